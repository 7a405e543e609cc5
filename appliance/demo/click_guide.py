"""The click, and a voice that says what comes: by espeak-ng, or by a box that only hums the vowels."""

import functools
import io
import shutil
import subprocess

import numpy as np
import soundfile as sf
import soxr

from appliance.demo.charts import Arrangement
from appliance.demo.voices import RATE_HZ, VOWELS, Audio, sung, swell

FIRST_BEAT_HZ = 1600.0
BEAT_HZ = 1100.0
CLICK_S = 0.025
SPOKEN_PEAK = 0.5


def click_track(arrangement: Arrangement, rate_hz: int) -> Audio:
    """A tone burst on each beat, mono (frames,), made at its own rate so that each beat falls on the nearest frame.

    The first frame of a burst is already loud: what measures the click's place finds it to the frame.
    """
    beat_s = 60 / arrangement.chart.tempo
    tape = np.zeros(round(arrangement.duration_s * rate_hz), np.float32)
    time = np.arange(round(CLICK_S * rate_hz)) / rate_hz
    fade = np.exp(-time / 0.005) * np.minimum(1, (CLICK_S - time) / 0.002)
    bursts = [np.cos(2 * np.pi * pitch * time) * fade * 0.7 for pitch in (FIRST_BEAT_HZ, BEAT_HZ)]
    for beat in range((len(arrangement.chords) - 1) * arrangement.chart.beats + 1):
        start = round(beat * beat_s * rate_hz)
        burst = bursts[0 if beat % arrangement.chart.beats == 0 else 1]
        tape[start : start + len(burst)] += burst.astype(np.float32)
    return tape


def guide_track(arrangement: Arrangement, builtin: bool) -> Audio:
    """Each section's name in the bar before it, mono (frames,) at 48 kHz."""
    chart = arrangement.chart
    say = functools.partial(_espeak, language=chart.voice) if _can_speak() and not builtin else _hum
    tape = np.zeros(round(arrangement.duration_s * RATE_HZ), np.float32)
    for section in arrangement.sections:
        spoken = say(chart.words.get(section.name, section.name))
        start = round((section.bar - 1) * arrangement.bar_s * RATE_HZ)
        spoken = spoken[: len(tape) - start]
        tape[start : start + len(spoken)] += spoken * np.float32(SPOKEN_PEAK / np.abs(spoken).max())
    return tape


def _can_speak() -> bool:
    return shutil.which("espeak-ng") is not None


def _espeak(word: str, language: str) -> Audio:
    command = ["espeak-ng", "-v", language, "-s", "150", "--stdout", word]
    spoken = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    # A WAV that was written to a pipe gives its length as unknown; soundfile reads what is there.
    sound, rate_hz = sf.read(io.BytesIO(spoken), dtype="float32")
    resampled: Audio = soxr.resample(sound, rate_hz, RATE_HZ)
    return resampled


def _hum(word: str) -> Audio:
    """The word's vowels on a falling tone; enough to hear that somebody says something."""
    vowels = [letter for letter in word.lower() if letter in VOWELS] or ["a"]
    frames = round(0.16 * RATE_HZ)
    shape = swell(frames, 0.02, 0.05)
    return np.concatenate([sung(125.0 - 8 * number, frames, vowel) * shape for number, vowel in enumerate(vowels)])
