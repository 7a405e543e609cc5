"""``sidestage measure``: what it prints, and what it ends with."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from measurement.songs import RATE_HZ, busy, rig, write_song

from appliance.cli import main
from appliance.settings import save_rig
from appliance.songs.library import prepared_path
from appliance.songs.model import Song, Stem
from appliance.songs.songfile import SONG_FILE
from appliance.songs.songfile import write_song as write_song_file
from appliance.vocabulary import Role


@pytest.fixture
def home(tmp_path: Path) -> Path:
    save_rig(rig(), tmp_path / "rig.toml")
    for title, level in (("Night Drive", 0.1), ("Hold Fast", 0.02)):
        folder = tmp_path / "library" / title.lower().replace(" ", "-")
        folder.mkdir(parents=True)
        stem = Stem(name="Keys", role=Role.TRACK, file="Keys.wav", channels=(1, 2))
        write_song_file(folder / SONG_FILE, Song(title=title, stems=[stem]))
        write_song(prepared_path(folder, RATE_HZ), [("Keys", Role.TRACK, busy(5.0, level))], title=title)
    return tmp_path


def call(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), "measure", *arguments])


def test_a_table_of_buses_and_of_stems_on_request(home: Path) -> None:
    done = call(home, "Night Drive")
    assert done.exit_code == 0, done.output
    for word in ("Night Drive 0:05", "All of the house", "FOH house", "Ears ears", "S95", "true peak"):
        assert word in done.output
    assert "Keys" not in done.output
    assert "Keys track" in call(home, "night", "--stems").output


def test_all_songs_in_parallel_and_for_scripts(home: Path) -> None:
    done = call(home, "--json", "--jobs", "2")
    assert done.exit_code == 0, done.output
    songs = {song["title"]: song for song in json.loads(done.stdout)}
    assert set(songs) == {"Night Drive", "Hold Fast"}
    loud, soft = (songs[title]["house"]["loudness"]["integrated_lufs"] for title in ("Night Drive", "Hold Fast"))
    assert loud - soft == pytest.approx(20 * np.log10(5), abs=0.1)
    assert songs["Hold Fast"]["stems"] == []
    one = json.loads(call(home, "--json", "Hold Fast").stdout)
    assert one == [songs["Hold Fast"]]


def test_what_is_missing_is_named_and_the_rest_is_measured(home: Path) -> None:
    done = call(home, "Nobody", "Hold Fast")
    assert done.exit_code == 3
    assert "Hold Fast 0:05" in done.output
    assert "Nobody: There is no such song in the library." in done.output


def test_a_damaged_song_ends_with_4(home: Path) -> None:
    path = prepared_path(home / "library" / "hold-fast", RATE_HZ)
    data = bytearray(path.read_bytes())
    data[-100] ^= 4
    path.write_bytes(data)
    done = call(home, "--jobs", "1")
    assert done.exit_code == 4
    assert "damaged" in done.output
    assert "Night Drive 0:05" in done.output


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    done = call(tmp_path)
    assert done.exit_code == 3
    assert "sidestage import" in done.output


def test_help_explains_s95(home: Path) -> None:
    text = " ".join(call(home, "--help").output.split())
    assert "S95 how loud the loud sections are, for which a fader is set" in text
