"""Roles where names do not tell all: left and right, many channels, files that bear only a title."""

from pathlib import Path

import numpy as np
import pytest
from deliveries import (
    RATE,
    audio_of,
    click,
    drums,
    music,
    prepared_of,
    roles_of,
    run,
    sentences,
    timecode,
    voice,
    write,
)

from appliance.songs.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.mark.parametrize("name", ["Two Wires.wav", "Two Wires Track.wav", "mix.wav"])
@pytest.mark.parametrize("click_first", [False, True])
def test_track_on_one_side_and_click_on_the_other(
    tmp_path: Path, library: Library, name: str, click_first: bool
) -> None:
    sides = [click(8), music(8)] if click_first else [music(8), click(8)]
    write(tmp_path / "Two Wires" / name, np.column_stack(sides))
    run(library, tmp_path / "Two Wires")
    track, clicks = ("2", "1") if click_first else ("1", "2")
    title = library.songs()[0].song.title
    assert title == "Two Wires"
    assert roles_of(library, title) == {f"{name}:{track}": "track", f"{name}:{clicks}": "click"}
    song = prepared_of(library, title)
    for channel, role in enumerate(song.roles):
        side = sides[(int(track if role == "track" else clicks)) - 1]
        np.testing.assert_allclose(audio_of(song)[:, channel] / (1 << 23), side, atol=2**-22)


def test_a_click_that_bleeds_into_the_track_is_still_apart(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song.wav", np.column_stack([music(8) + 0.4 * click(8), click(8)]))
    run(library, tmp_path / "Song.wav")
    assert roles_of(library, "Song") == {"Song.wav:1": "track", "Song.wav:2": "click"}


@pytest.mark.parametrize("right", ["music", "drums", "same", "quieter"])
def test_ordinary_stereo_stays_one_stem(tmp_path: Path, library: Library, right: str) -> None:
    left = music(8)
    sides = {"music": music(8, seed=2), "drums": drums(8), "same": left, "quieter": 0.1 * left}
    write(tmp_path / "Song.wav", np.column_stack([left, sides[right]]))
    run(library, tmp_path / "Song.wav")
    assert roles_of(library, "Song") == {"Song.wav:1+2": "track"}


def test_many_channels_by_their_sound(tmp_path: Path, library: Library) -> None:
    one, two = music(12, seed=1), music(12, seed=2)
    lanes = [one, 0.7 * one, two, music(12, seed=3), np.zeros(12 * RATE), click(12), voice(12), timecode(12)]
    write(tmp_path / "Song (8ch).wav", np.column_stack(lanes))
    report = run(library, tmp_path / "Song (8ch).wav")
    f = "Song (8ch).wav"
    assert roles_of(library, "Song") == {
        f"{f}:1+2": "track", f"{f}:3": "track", f"{f}:4": "track", f"{f}:6": "click", f"{f}:7": "guide",
        f"{f}:8": "timecode",
    }  # fmt: skip
    assert f"{f}: Channel 5 is silent and is left out." in sentences(report)


def test_a_guide_that_does_not_sound_like_a_voice_is_told_by_its_place(tmp_path: Path, library: Library) -> None:
    """A few beeped phrases beside the click are a guide; the same far from it, or as one side of a pair, are music."""
    phrases = np.zeros(20 * RATE)
    for at in (2, 9, 15):
        phrases[at * RATE :][: RATE // 3] = 0.3 * np.sin(2 * np.pi * 300 * np.arange(RATE // 3) / RATE)
    lanes = [music(20), music(20, seed=2), phrases, phrases, click(20), np.roll(phrases, RATE)]
    write(tmp_path / "Song (6ch).wav", np.column_stack(lanes))
    run(library, tmp_path / "Song (6ch).wav")
    assert list(roles_of(library, "Song").values()) == ["track", "track", "track", "click", "guide"]


def test_files_without_words_by_their_sound(tmp_path: Path, library: Library) -> None:
    for name, data in {"aaa": music(12), "bbb": click(12), "ccc": voice(12), "ddd": timecode(12)}.items():
        write(tmp_path / "in" / "Song" / f"{name}.wav", data)
    report = run(library, tmp_path / "in")
    assert roles_of(library, "Song") == {
        "aaa.wav:1": "track", "bbb.wav:1": "click", "ccc.wav:1": "guide", "ddd.wav:1": "timecode",
    }  # fmt: skip
    reasons = {stem.file: stem.reason for stem in library.find("Song").song.stems}
    assert reasons["bbb.wav"].startswith("its name says nothing; short equal clicks, 120 a minute")
    assert len([s for s in sentences(report) if "Taken as" in s]) == 3


def test_a_click_that_is_called_track_does_not_reach_the_audience(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song" / "Track 1.wav", music(8))
    write(tmp_path / "Song" / "Track 2.wav", click(8))
    run(library, tmp_path / "Song")
    assert roles_of(library, "Song") == {"Track 1.wav:1": "track", "Track 2.wav:1": "click"}


def test_an_instruments_name_is_believed_and_doubted_aloud(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song" / "Cowbell.wav", click(8))
    write(tmp_path / "Song" / "Drums.wav", drums(8))
    report = run(library, tmp_path / "Song")
    assert set(roles_of(library, "Song").values()) == {"track"}
    assert any('sounds like a click, but its name says "cowbell"' in s for s in sentences(report))


def test_one_heard_side_is_mono(tmp_path: Path, library: Library) -> None:
    write(tmp_path / "Song.wav", np.column_stack([music(), np.zeros_like(music())]))
    run(library, tmp_path / "Song.wav")
    assert roles_of(library, "Song") == {"Song.wav:1": "track"}


def test_more_channels_than_a_song_may_have(tmp_path: Path, library: Library) -> None:
    for number in range(33):
        stereo = np.column_stack([music(1, seed=number), music(1, seed=number)])
        write(tmp_path / "Song" / f"Guitar {number}.wav", stereo, subtype="PCM_16")
    report = run(library, tmp_path / "Song")
    assert sentences(report) == ["Song: It has 66 channels; a song may have 64."]
    assert library.songs() == []


def test_mono_stereo_and_lengths_mix(tmp_path: Path, library: Library) -> None:
    short, long = music(3), music(5, seed=2)
    write(tmp_path / "Song" / "Bass.wav", short)
    write(tmp_path / "Song" / "Keys.wav", np.column_stack([long, -long]))
    run(library, tmp_path / "Song")
    song = prepared_of(library, "Song")
    assert (song.channels, song.frames) == (3, 5 * RATE)
    audio = audio_of(song) / (1 << 23)
    end = 3 * RATE - RATE // 200  # the last 5 ms of a stem that ends in mid-wave are eased
    np.testing.assert_allclose(audio[:end, 0], short[:end], atol=2**-22)
    assert not audio[3 * RATE :, 0].any()
    np.testing.assert_allclose(audio[:, 1:], np.column_stack([long, -long]), atol=2**-22)
