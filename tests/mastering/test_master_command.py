"""``sidestage master`` as a person uses it: a process of its own, a library, a setlist."""

import csv
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from system.desk import COMMAND, sidestage

from appliance.demo import render_band
from appliance.preparation.importer import import_songs
from appliance.settings import preset, save_rig
from appliance.songs.library import Library


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    render_band(home / "delivery", 8.0, tools="builtin", workers=2)
    report = import_songs(Library(home / "library"), [home / "delivery"], 48_000, jobs=2)
    assert not report.failed
    save_rig(preset(4), home / "rig.toml")
    return home


@pytest.fixture
def home(band: Path, tmp_path: Path) -> Path:
    """Not mastered yet."""
    shutil.copytree(band / "library", tmp_path / "library")
    shutil.copy(band / "rig.toml", tmp_path)
    return tmp_path


def titles(home: Path) -> list[str]:
    return [song.song.title for song in Library(home / "library").songs()]


def test_a_setlist_with_its_report_its_sheet_and_its_table(home: Path) -> None:
    one, other, *_ = titles(home)
    assert sidestage(home, "setlist", "new", "Friday", one, other).returncode == 0
    file = home / "setlists" / "friday.toml"
    lines = file.read_text(encoding="utf-8").replace(
        "[[entries]]", "[mastering]\ntarget_lufs = -20.0\n\n[[entries]]", 1
    )
    file.write_text(lines, encoding="utf-8")
    files = [str(home / name) for name in ("set.html", "foh.html", "set.csv")]
    done = sidestage(home, "master", "Friday", "--report", files[0], "--foh", files[1], "--csv", files[2])
    assert done.returncode == 0, done.stderr
    assert one in done.stdout
    assert "-20.0" in done.stdout
    assert one in Path(files[0]).read_text(encoding="utf-8")
    assert "front of house" in Path(files[1]).read_text(encoding="utf-8")
    with Path(files[2]).open(encoding="utf-8", newline="") as table:
        assert len(list(csv.DictReader(table))) == 2


def test_everything_for_scripts_and_again_from_what_is_known(home: Path) -> None:
    first = sidestage(home, "master", "--json", "--live", "bass")
    assert first.returncode == 0, first.stderr
    songs = json.loads(first.stdout)["songs"]
    assert [song["title"] for song in songs] == titles(home)
    for song in songs:
        assert song["limited"] or abs(song["reached_lufs"] + 18) < 0.1
    written = {path: path.stat().st_mtime_ns for path in (home / "library").rglob("mastered-*.json")}
    assert len(written) == len(songs)
    again = sidestage(home, "master", "--json", "--live", "bass")
    assert json.loads(again.stdout)["songs"] == songs
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_players_hear_of_it(home: Path) -> None:
    title = titles(home)[0]
    played = ("play", title, "--card", "null", "--seconds", "0.2")
    assert "Not mastered, and played as delivered" in sidestage(home, *played).stderr
    assert sidestage(home, "master").returncode == 0
    assert "Not mastered" not in sidestage(home, *played).stderr
    plain = json.loads(sidestage(home, "measure", title, "--json", "--plain").stdout)
    mastered = json.loads(sidestage(home, "measure", title, "--json").stdout)
    assert mastered[0]["house"]["loudness"]["s95_lufs"] == pytest.approx(-18, abs=0.15)
    assert plain != mastered
    rendered = [
        json.loads(sidestage(home, "render", title, str(home / "out.wav"), "--json", *more).stdout)["seconds"]
        for more in ((), ("--plain",))
    ]
    assert rendered[0] <= rendered[1]
    done = sidestage(home, "audition", title, str(home))
    assert done.returncode == 0, done.stderr
    assert len(list(home.glob("*-before.wav")) + list(home.glob("*-after.wav"))) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("master", "No such thing"), 3, "There is no such song in the library"),
        (("master", "--target", "0"), 2, "options: mastering.target_lufs: Must be from -40 to -9"),
        (("master", "--match", "reference"), 2, "the title of a song is needed"),
        (("master", "--scheduler", "tcp://127.0.0.1:9"), 1, "There is no Dask scheduler"),
        (("master", "--report", "/no/such/folder/a.html"), 5, "/no/such/folder/a.html"),
    ],
)
def test_each_mistake_is_one_sentence(home: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = sidestage(home, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_song_that_is_damaged_costs_the_others_nothing(home: Path) -> None:
    song = Library(home / "library").songs()[0]
    prepared = song.prepared(48_000)
    raw = bytearray(prepared.read_bytes())
    raw[-100_000] ^= 1
    prepared.write_bytes(raw)
    done = sidestage(home, "master", "--json")
    assert done.returncode == 4
    assert "The audio is damaged" in done.stderr
    assert len(json.loads(done.stdout)["songs"]) == len(titles(home)) - 1


def test_ended_in_the_middle_it_goes_on_where_it_was(home: Path) -> None:
    started = subprocess.Popen(
        [*COMMAND, "--home", str(home), "master"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list((home / "library").rglob("measured-*.json")):
        assert time.monotonic() < deadline, "nothing was ever measured"
        assert started.poll() is None, started.communicate()
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=30)
    assert started.returncode != 0
    assert not list((home / "library").rglob("*.partial"))
    known = {path: path.stat().st_mtime_ns for path in (home / "library").rglob("measured-*.json")}
    done = sidestage(home, "master")
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in known} == known
