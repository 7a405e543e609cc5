"""How far patterns that repeat with every beat have moved against each other.

Every pattern is compared with the mean of all others but its neighbours, all moved to where they belong. Where that is
cannot be known beforehand: a steady drift of any slope and one jump at any place are tried, and what makes the mean
sharpest is the start. Patterns go round: what leaves the beat at its end comes in at its beginning.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEEPEST = 0.01
SLOPES = 801
"""From -1 to 1 %: between two of them a song of five minutes moves by 7.5 ms."""
JUMP_S = 0.08
"""The largest jump that is looked for: less than a semiquaver at 180 bpm."""
NEAR_S = 0.03
ROUNDS = 4
SHARED = 1
"""Patterns so near are partly of the same beats: alike, whatever they are."""
BLUR_S = 0.002
"""An onset's own width; finer detail is chance."""
JUMP_GAIN = 1.02
"""A jump has its place and its size to choose, so it must be this much sharper than the best line."""
OFFSET_S = 0.12
"""The onset nearest to the click is looked for so far from it, or a quarter of a beat."""

Series = NDArray[np.float64]
Lines = NDArray[np.complex128]


@dataclass(frozen=True)
class Lags:
    lags_s: Series
    offset_s: float
    confidence: float


def follow(patterns: Series, times_s: Series, beats_s: Series) -> Lags:
    """``patterns`` of shape (stretches, phases of a beat), the time of each and how long its beat is."""
    phases = patterns.shape[1]
    number = np.arange(phases // 2 + 1)
    lines = np.fft.rfft(patterns, axis=1)
    lines *= np.exp(-0.5 * np.square(2 * np.pi * number * BLUR_S / beats_s[:, np.newaxis]))
    lines[:, 0] = 0.0
    lines /= np.sqrt(np.sum(np.abs(lines) ** 2, axis=1, keepdims=True) + 1e-30)
    lags = _start(lines, number, times_s, beats_s)
    likeness = np.zeros(len(lines))
    for _ in range(ROUNDS):
        moved = _moved(lines, number, lags)
        total = moved.sum(axis=0)
        steps = np.zeros(len(lines))
        for row in range(len(lines)):
            reach = NEAR_S / beats_s[row]
            others = total - moved[max(0, row - SHARED) : row + SHARED + 1].sum(axis=0)
            steps[row], likeness[row] = _shift(moved[row], others, phases, reach)
        lags = lags + steps
    mean = np.fft.irfft(_moved(lines, number, lags - lags[0]).sum(axis=0), phases)
    beat = float(np.median(beats_s))
    return Lags(lags * beats_s, _offset_s(mean, beat), float(np.mean(likeness)))


def _start(lines: Lines, number: NDArray[np.int64], times_s: Series, beats_s: Series) -> Series:
    """Lags in beats."""
    since = (times_s - times_s[0]) / beats_s
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    sharpness = [_sharpness(lines, number, slope * since) for slope in slopes]
    best = int(np.argmax(sharpness))
    jump, jumped = _jump(lines, float(np.median(beats_s)))
    line: Series = slopes[best] * since
    return jump if jumped > JUMP_GAIN * sharpness[best] else line


def _jump(lines: Lines, beat_s: float) -> tuple[Series, float]:
    """The jump at one place that makes the mean sharpest, and how sharp it makes it."""
    before = np.cumsum(lines, axis=0)
    found, sharpest = np.zeros(len(lines)), 0.0
    phases = 2 * (lines.shape[1] - 1)
    for place in range(1, len(lines)):
        earlier, later = before[place - 1], before[-1] - before[place - 1]
        step, _ = _shift(later, earlier, phases, JUMP_S / beat_s)
        lags = np.where(np.arange(len(lines)) < place, 0.0, step)
        sharpness = _sharpness(lines, np.arange(lines.shape[1]), lags)
        if sharpness > sharpest:
            found, sharpest = lags, sharpness
    return found, sharpest


def _moved(lines: Lines, number: NDArray[np.int64], lags: Series) -> Lines:
    """Earlier by so many beats."""
    moved: Lines = lines * np.exp(2j * np.pi * number * lags[:, np.newaxis])
    return moved


def _sharpness(lines: Lines, number: NDArray[np.int64], lags: Series) -> float:
    return float(np.sum(np.abs(_moved(lines, number, lags).sum(axis=0)) ** 2))


def _shift(pattern: Lines, reference: Lines, phases: int, reach: float) -> tuple[float, float]:
    """By how much of a beat ``pattern`` is later than ``reference``, and how alike they are then (cosine)."""
    match = np.fft.irfft(pattern * np.conj(reference), phases)
    most = max(1, min(phases // 2 - 1, round(reach * phases)))
    places = np.arange(-most, most + 1)
    best = int(places[np.argmax(match[places])])
    before, at, after = (float(match[(best + step) % phases]) for step in (-1, 0, 1))
    bend = before - 2 * at + after
    between = 0.5 * (before - after) / bend if bend < 0 else 0.0
    size = np.sqrt(np.sum(np.abs(pattern) ** 2) * np.sum(np.abs(reference) ** 2)) * 2 / phases
    return (best + float(np.clip(between, -0.5, 0.5))) / phases, at / max(float(size), 1e-30)


def _offset_s(pattern: Series, beat_s: float) -> float:
    phases = len(pattern)
    most = max(1, round(min(0.25, OFFSET_S / beat_s) * phases))
    places = np.arange(-most, most + 1)
    return float(places[np.argmax(pattern[places])]) / phases * beat_s
