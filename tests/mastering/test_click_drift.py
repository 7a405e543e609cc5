"""Tracks that leave the click are found by how far they leave it; what is only groove is none."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click_library import prepared_songs
from click_songs import Samples, beats, burst, click_channel, mixed, pad, rewritten, snare, write_song

from appliance.mastering.click_drift import REPORT_MS, measure_click_drift
from appliance.songs.library import Library
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

SECONDS = 24.0
VARIED = ("Night Drive", "Slow Water", "Two Wires", "Glass Waltz")
"""Rock at 118, a ballad at 66, rock at 156, and three to the bar."""


def played(path: Path, click_bpm: float = 120.0, drums_bpm: float = 120.0, late_s: float = 0.0) -> PreparedSong:
    drums = beats(snare(), SECONDS, drums_bpm, late_s=late_s)
    stems = [("Drums", Role.TRACK, drums), ("Click", Role.CLICK, beats(burst(1000.0, 0.006), SECONDS, click_bpm))]
    return write_song(path / "song", stems)


class TestMadeOfNumbers:
    @pytest.mark.parametrize("percent", [-0.5, -0.1, 0.0, 0.1, 0.5])
    def test_tempos_and_what_becomes_of_them(self, tmp_path: Path, percent: float) -> None:
        drift = measure_click_drift(played(tmp_path, click_bpm=120.0 * (1 + percent / 100)))
        assert drift is not None
        expected_ms = 1000.0 * SECONDS * percent / 100
        assert drift.drift_ms == pytest.approx(expected_ms, abs=max(2.0, 0.05 * abs(expected_ms)))
        assert drift.worst_ms == pytest.approx(expected_ms, abs=max(2.0, 0.05 * abs(expected_ms)))
        assert drift.click_bpm == pytest.approx(120.0 * (1 + percent / 100), rel=1e-4)
        assert drift.tracks_bpm == pytest.approx(120.0, rel=3e-4)

    def test_a_groove_behind_the_beat_is_no_drift(self, tmp_path: Path) -> None:
        drift = measure_click_drift(played(tmp_path, late_s=0.03))
        assert drift is not None
        assert abs(drift.drift_ms) < 1.0
        assert drift.steady_offset_ms == pytest.approx(30.0, abs=5.0)

    def test_no_answer_where_there_is_none(self, tmp_path: Path) -> None:
        click = ("Click", Role.CLICK, beats(burst(1000.0, 0.006), SECONDS))
        ambient = ("Pad", Role.TRACK, pad(SECONDS, 0.05))
        silent = np.zeros((round(SECONDS * 48_000), 1))
        for stems in (
            [ambient],
            [click],
            [click, ambient],
            [click, ("Silence", Role.TRACK, silent)],
            [ambient, ("Click", Role.CLICK, silent)],
        ):
            assert measure_click_drift(write_song(tmp_path / "song", stems)) is None

    def test_five_seconds_are_too_few(self, tmp_path: Path) -> None:
        stems = [("D", Role.TRACK, beats(snare(), 5.0)), ("C", Role.CLICK, beats(burst(1000.0, 0.006), 5.0))]
        assert measure_click_drift(write_song(tmp_path / "song", stems)) is None

    def test_progress_is_told_to_the_end(self, tmp_path: Path) -> None:
        told: list[float] = []
        measure_click_drift(played(tmp_path), told.append)
        assert told == sorted(told)
        assert told[-1] == 1.0


def with_click(song: PreparedSong, path: Path, faster: float = 0.0, jump_s: float = 0.0, late_s: float = 0.0) -> Any:
    """The click played faster, late by a constant, or late from the middle of the song on."""

    def change(samples: Samples) -> None:
        channel = click_channel(song)
        at = np.arange(samples.shape[1]) * (1.0 + faster) - late_s * song.rate_hz
        at[len(at) // 2 :] -= jump_s * song.rate_hz
        samples[channel] = np.interp(at, np.arange(samples.shape[1]), samples[channel], left=0.0, right=0.0)

    return measure_click_drift(rewritten(song, path, change))


def mixes(library: Library, folder: Path) -> list[PreparedSong]:
    songs = [song for song in prepared_songs(library) if song.metadata.title in VARIED]
    assert len(songs) == len(VARIED)
    return [mixed(song, folder / f"mix-{number}") for number, song in enumerate(songs)]


def test_the_stick_stays_with_its_click(click_library: Library) -> None:
    for song in prepared_songs(click_library):
        drift = measure_click_drift(song)
        assert drift is not None
        assert abs(drift.drift_ms) < 5.0, song.metadata.title
        assert abs(drift.worst_ms) < 5.0, song.metadata.title
        assert abs(drift.steady_offset_ms) < 10.0, song.metadata.title


def test_a_click_that_leaves_the_stick_is_found(click_library: Library, tmp_path: Path) -> None:
    for song in mixes(click_library, tmp_path):
        for percent in (-0.5, -0.1, 0.1, 0.5):
            drift = with_click(song, tmp_path / "song", faster=percent / 100)
            expected_ms = percent * 10.0 * (song.duration_s - 2.0)
            near = max(5.0, 0.1 * abs(expected_ms))
            assert drift.drift_ms == pytest.approx(expected_ms, abs=near), (song.path, percent)
            assert abs(drift.drift_ms) > REPORT_MS


def test_a_jump_of_the_click_is_found_where_it_is(click_library: Library, tmp_path: Path) -> None:
    for song in mixes(click_library, tmp_path):
        drift = with_click(song, tmp_path / "song", jump_s=0.05)
        assert drift.drift_ms == pytest.approx(-50.0, abs=5.0), song.path
        assert drift.at_s == pytest.approx(song.duration_s / 2, abs=5.0)


def test_a_late_click_is_no_drift(click_library: Library, tmp_path: Path) -> None:
    for song in mixes(click_library, tmp_path):
        drift = with_click(song, tmp_path / "song", late_s=0.03)
        assert abs(drift.drift_ms) < 5.0, song.path
        assert drift.steady_offset_ms == pytest.approx(-30.0, abs=10.0)


def test_the_demo_band_stays_with_its_click(demo_library: Library) -> None:
    for song in prepared_songs(demo_library):
        drift = measure_click_drift(song)
        assert drift is None or abs(drift.drift_ms) < 5.0, song.metadata.title
