"""What channels sound like: clicks, voices, time code, and music that could be taken for them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deliveries import Signal, click, drums, music, timecode, tone, voice, write

from appliance.preparation.content import Content, listen
from appliance.preparation.measure import measure
from appliance.preparation.probe import probe


def heard(tmp_path: Path, data: Signal, rate: int = 48_000) -> Content:
    facts = measure(probe(write(tmp_path / "x.wav", data, rate)))
    return listen(facts.channels[0], rate).content


@pytest.mark.parametrize("tempo", [40, 66, 120, 210])
def test_a_click_of_any_tempo(tmp_path: Path, tempo: float) -> None:
    assert heard(tmp_path, click(14, tempo)) is Content.CLICK


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_a_click_that_gets_faster_and_hisses(tmp_path: Path, rate: int) -> None:
    hiss = np.random.default_rng(1).normal(0, 1e-4, 12 * rate)
    assert heard(tmp_path, click(12, 100, rate, faster=40) + hiss, rate) is Content.CLICK


def test_music_is_no_click(tmp_path: Path) -> None:
    for seed in range(5):
        assert heard(tmp_path, music(seed=seed)) is Content.MUSIC
        assert heard(tmp_path, drums(seed=seed)) is Content.MUSIC
    assert heard(tmp_path, tone()) is Content.MUSIC


def test_click_with_music_in_it_is_no_click(tmp_path: Path) -> None:
    assert heard(tmp_path, click() + 0.3 * music()) is Content.MUSIC
    assert heard(tmp_path, click() + tone(6.0, level=0.01)) is Content.MUSIC, "a soft pad between the strokes"


def test_a_voice(tmp_path: Path) -> None:
    assert heard(tmp_path, voice()) is Content.VOICE


def test_a_click_with_a_voice_in_it_is_a_click(tmp_path: Path) -> None:
    for tempo in (66, 120, 180):
        assert heard(tmp_path, click(20, tempo) + 0.5 * voice(20)) is Content.CLICK


def test_by_sound_alone_every_stem_of_the_stick_is_what_it_is(stick: Any) -> None:
    expected = {"track": Content.MUSIC, "click": Content.CLICK, "guide": Content.VOICE}
    for song in stick.truth["songs"]:
        for file in song["files"]:
            info = probe(stick.root / song["folder"] / file["file"])
            roles = file["roles"] if len(file["roles"]) > 1 else file["roles"] * info.channels
            verdicts = [listen(channel, info.rate_hz).content for channel in measure(info).channels]
            assert verdicts == [expected[role] for role in roles], file["file"]


def test_dry_strokes_are_no_voice(tmp_path: Path) -> None:
    """Strokes of noise and tone by turns with silence in between: as rich as a voice, but twice as often."""
    out = np.zeros(12 * 48_000)
    decay = np.exp(-np.arange(12_000) / 3000)
    for number, at in enumerate(np.arange(0.1, 11.5, 0.6)):
        stroke = np.random.default_rng(number).normal(0, 0.2, 12_000) if number % 2 else tone(0.25, 70)
        out[round(at * 48_000) :][:12_000] += stroke * decay
    assert heard(tmp_path, out) is Content.MUSIC


def test_horn_stabs_are_no_voice(tmp_path: Path) -> None:
    stabs = np.zeros(12 * 48_000)
    for at in (1, 4, 7, 10):
        note = tone(0.4, 440) + tone(0.4, 880, 0.2)
        stabs[at * 48_000 : at * 48_000 + len(note)] += note
    assert heard(tmp_path, stabs) is Content.MUSIC


@pytest.mark.parametrize("frame_rate", [24, 25, 30])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_time_code(tmp_path: Path, frame_rate: int, rate: int) -> None:
    data = np.concatenate([np.zeros(rate), timecode(4, frame_rate, rate)])
    facts = measure(probe(write(tmp_path / "x.wav", data, rate)))
    verdict = listen(facts.channels[0], rate)
    assert verdict.content is Content.TIMECODE
    assert f" {frame_rate} frames" in verdict.because


def test_a_square_wave_is_no_time_code(tmp_path: Path) -> None:
    for frequency in (960, 1000, 1200, 2000):
        assert heard(tmp_path, np.sign(tone(4, frequency)) * 0.5) is Content.MUSIC


def test_silence(tmp_path: Path) -> None:
    assert heard(tmp_path, np.zeros(48_000)) is Content.SILENCE
    assert heard(tmp_path, np.random.default_rng(1).uniform(-1, 1, 48_000) * 2**-15) is Content.SILENCE
