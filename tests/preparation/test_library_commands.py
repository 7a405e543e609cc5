"""The command line: what it prints, and what it ends with."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from deliveries import click, music, write

from appliance.commands import library as commands
from appliance.errors import SidestageError
from appliance.paths import Paths, find_paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return find_paths(tmp_path / "home")


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    write(tmp_path / "in" / "01 Night Drive" / "Drums.wav", music())
    write(tmp_path / "in" / "01 Night Drive" / "Click.wav", click())
    return tmp_path / "in"


def call(command: object, paths: Paths, *arguments: object) -> Result:
    result = CliRunner().invoke(command, [str(each) for each in arguments], obj=paths)  # type: ignore[arg-type]
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_import_and_look(paths: Paths, delivered: Path) -> None:
    assert "empty" in call(commands.songs, paths).output
    done = call(commands.import_, paths, delivered)
    assert done.exit_code == 0
    assert "Night Drive [night-drive]: imported" in done.output
    assert "1 of 1: Night Drive" in done.output
    assert "already there" in call(commands.import_, paths, delivered, "--jobs", "1").output
    listed = call(commands.songs, paths).output
    assert "Night Drive" in listed
    assert "0:06" in listed
    shown = call(commands.show, paths, "night").output
    assert 'its name says "click"' in shown
    assert "song.toml" in shown
    verified = call(commands.verify, paths)
    assert (verified.exit_code, verified.output) == (0, "Night Drive: prepared-48000.song is whole.\n")


def test_what_fails_is_told_and_ends_with_one(paths: Paths, delivered: Path) -> None:
    (delivered / "01 Night Drive" / "Bass.wav").write_text("la la la")
    done = call(commands.import_, paths, delivered)
    assert done.exit_code == 1
    assert "Night Drive [night-drive]: imported" in done.output
    assert "Bass.wav: This is not audio, whatever its name says." in done.output


def test_for_scripts(paths: Paths, delivered: Path) -> None:
    report = json.loads(call(commands.import_, paths, delivered, "--json", "--rate", "44100").output)
    assert report["songs"][0]["outcome"] == "imported"
    (song,) = json.loads(call(commands.songs, paths, "--json").output)
    assert (song["title"], song["state"], song["seconds"]) == ("Night Drive", "not prepared", None)
    assert json.loads(call(commands.show, paths, "night-drive", "--json").output)["stems"][0]["role"] == "click"
    (checked,) = json.loads(call(commands.verify, paths, "--json").output)
    assert checked["problem"] is None
    assert checked["file"].endswith("prepared-44100.song")


def test_damage_ends_with_four(paths: Paths, delivered: Path) -> None:
    call(commands.import_, paths, delivered)
    file = paths.library / "night-drive" / "prepared-48000.song"
    raw = bytearray(file.read_bytes())
    raw[-5] ^= 1
    file.write_bytes(raw)
    done = call(commands.verify, paths, "night")
    assert done.exit_code == 4
    assert "damaged in chunk" in done.stderr
    file.unlink()
    assert call(commands.verify, paths).exit_code == 4


def test_an_unknown_song_and_a_senseless_rate(paths: Paths, delivered: Path) -> None:
    with pytest.raises(SidestageError) as caught:
        call(commands.show, paths, "nothing")
    assert caught.value.exit_code == 3
    with pytest.raises(SidestageError) as caught:
        call(commands.import_, paths, delivered, "--rate", "47000")
    assert caught.value.exit_code == 2
    assert call(commands.import_, paths).exit_code == 2
