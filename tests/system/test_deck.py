"""A list of songs on a real engine that plays to nobody."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile
from desk import EngineProcess, sidestage

from appliance.commands.deck import Deck
from appliance.settings import load_rig, preset, save_rig
from appliance.songs.library import Library
from appliance.songs.prepared import PreparedSong, read_header

RATE = 48_000


@pytest.fixture
def songs(tmp_path: Path) -> list[PreparedSong]:
    """Two songs of half a second."""
    t = np.arange(RATE // 2) / RATE
    for number in (1, 2):
        folder = tmp_path / "in" / f"0{number} Song {number}"
        folder.mkdir(parents=True)
        soundfile.write(folder / "bass.wav", 0.3 * np.sin(2 * np.pi * 110 * number * t), RATE)
    save_rig(preset(2), tmp_path / "home" / "rig.toml")
    assert sidestage(tmp_path / "home", "import", str(tmp_path / "in")).returncode == 0
    return [read_header(song.prepared(RATE)) for song in Library(tmp_path / "home" / "library").songs()]


def test_a_next_song_that_cannot_be_loaded_is_named_and_left_out(songs: list[PreparedSong], tmp_path: Path) -> None:
    gone = dataclasses.replace(songs[1], path=tmp_path / "gone.song")
    with EngineProcess(tmp_path / "home", "null") as engine, engine.client() as client:
        deck = Deck(client, load_rig(tmp_path / "home" / "rig.toml"), [songs[0], gone, songs[1]])
        heard = set()
        while not deck.is_finished():
            status = client.wait_for_status()
            deck.step(status)
            heard.add(status.segment * status.playing)
    assert len(deck.songs) == 2
    assert deck.trouble.startswith(str(gone.path))
    assert deck.trouble.endswith("It is left out.")
    assert heard == {0, 1, 2}, "the songs before and after it are played"
