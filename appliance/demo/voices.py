"""Instruments out of sines and noise. Each makes one note as float32 of shape (frames, 2), at most about 1.0 loud."""

import functools

import numpy as np
from numpy.typing import NDArray

from appliance.demo.chords import frequency_hz

Audio = NDArray[np.float32]

RATE_HZ = 48_000
TABLE = 2048
HIGHEST_HZ = 15_000.0
"""Harmonics above would alias or only hiss."""
VOWELS = {
    "a": (730.0, 1090.0, 2440.0),
    "e": (530.0, 1840.0, 2480.0),
    "i": (270.0, 2290.0, 3010.0),
    "o": (570.0, 840.0, 2410.0),
    "u": (300.0, 870.0, 2240.0),
}
"""First three formants, as phoneticians measured them in speech."""


def seconds(count: int) -> Audio:
    """The time of each frame."""
    return np.arange(count, dtype=np.float32) / np.float32(RATE_HZ)


def swell(count: int, attack_s: float, release_s: float) -> Audio:
    """Rises, stays, falls: no note may begin or end with a step."""
    time = seconds(count)
    shape: Audio = np.minimum(np.minimum(time / attack_s, 1.0), time[::-1] / release_s)
    return shape


def _wave(pitch_hz: float, count: int, levels: list[float], phase: float = 0.0) -> Audio:
    """A steady tone with such harmonics, from one cycle read over and over."""
    usable = [level for number, level in enumerate(levels, 1) if number * pitch_hz < HIGHEST_HZ]
    cycle = np.arange(TABLE) * (2 * np.pi / TABLE)
    table = np.zeros(TABLE, np.float32)
    for number, level in enumerate(usable, 1):
        table += (level * np.sin(number * cycle)).astype(np.float32)
    place = (np.arange(count) * (pitch_hz / RATE_HZ) + phase) % 1.0 * TABLE
    index = place.astype(np.int32)
    fraction = (place - index).astype(np.float32)
    return table[index] * (1 - fraction) + table[(index + 1) % TABLE] * fraction


def _stereo(mono: Audio, pan: float = 0.0) -> Audio:
    """Equal power from -1 (left) to 1 (right)."""
    angle = (pan + 1) * np.pi / 4
    return np.column_stack([mono * np.float32(np.cos(angle)), mono * np.float32(np.sin(angle))])


@functools.lru_cache(maxsize=256)
def bass(note: int, frames: int) -> Audio:
    pitch = frequency_hz(note)
    time = seconds(frames)
    dark = _wave(pitch, frames, [1.0, 0.35, 0.12])
    bright = _wave(pitch, frames, [0.0, 0.3, 0.35, 0.25, 0.18, 0.12, 0.08])
    mono = (dark * np.exp(-time / 1.6) + bright * np.exp(-time / 0.15)) * swell(frames, 0.004, 0.03) * 0.7
    return np.column_stack([mono, mono])


@functools.lru_cache(maxsize=256)
def keys(note: int, frames: int) -> Audio:
    """An electric piano: a sine bent by another of the same pitch, and a bell-like one at the strike."""
    pitch = frequency_hz(note)
    time = seconds(frames)
    angle = (2 * np.pi * pitch * time).astype(np.float32)
    bend = 1.1 * np.exp(-time / 0.5) * np.sin(angle)
    bell = 0.12 * np.exp(-time / 0.12) * np.sin(14 * angle) if 14 * pitch < HIGHEST_HZ else 0.0
    mono = (np.sin(angle + bend) + bell) * np.exp(-time / 1.1) * swell(frames, 0.003, 0.06)
    tremolo = 0.25 * np.sin(2 * np.pi * 4.6 * time)
    return np.column_stack([mono * (1 + tremolo), mono * (1 - tremolo)]).astype(np.float32) * 0.6


@functools.lru_cache(maxsize=256)
def strings(note: int, frames: int) -> Audio:
    levels = [1 / number**1.5 for number in range(1, 24)]
    sides = []
    for cents in ((-7, 4), (-4, 7)):
        pair = [_wave(frequency_hz(note + c / 100), frames, levels, phase=(note * 0.37 + c * 0.11) % 1) for c in cents]
        sides.append(pair[0] + pair[1])
    return np.column_stack(sides) * swell(frames, 0.25, 0.3)[:, None] * np.float32(0.3)


@functools.lru_cache(maxsize=256)
def guitar(note: int, frames: int, pan: float) -> Audio:
    """A plucked string: high harmonics die first."""
    pitch = frequency_hz(note)
    time = seconds(frames)
    mono = np.zeros(frames, np.float32)
    for first, last, decay_s in ((1, 2, 0.9), (3, 5, 0.45), (6, 10, 0.18), (11, 18, 0.07)):
        # A string plucked at a fifth of its length lacks every fifth harmonic.
        levels = [abs(np.sin(np.pi * k / 5)) / k if first <= k <= last else 0.0 for k in range(1, last + 1)]
        mono += _wave(pitch, frames, levels) * np.exp(-time / np.float32(decay_s))
    return _stereo(mono * swell(frames, 0.002, 0.03) * np.float32(0.8), pan)


def sung(pitch_hz: float, frames: int, vowel: str) -> Audio:
    """Harmonics weighted by a vowel's formants, as mono (frames,)."""
    levels = []
    for number in range(1, int(4000 / pitch_hz) + 1):
        distance = [(number * pitch_hz - formant) / (60 + 0.06 * formant) for formant in VOWELS[vowel]]
        weights = zip(distance, (1.0, 0.6, 0.25), strict=True)
        levels.append(sum(level / (1 + d * d) for d, level in weights) + 0.04 / number)
    return _wave(pitch_hz, frames, levels)


@functools.lru_cache(maxsize=256)
def vocals(note: int, frames: int) -> Audio:
    left = sung(frequency_hz(note - 0.06), frames, "a")
    right = sung(frequency_hz(note + 0.06), frames, "o")
    return np.column_stack([left, right]) * swell(frames, 0.12, 0.2)[:, None] * np.float32(0.6)
