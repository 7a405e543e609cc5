"""The signals of EBU Tech 3341 (2023) table 1 and Tech 3342 (2023) table 1 that can be synthesised, for any rate.

Not here are the recorded programmes: 3341 number 7 and 8, 3342 number 5 and 6. All tones are 1 kHz in phase on both
sides unless said otherwise, and levels are those of their peaks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

Audio = NDArray[np.float64]
BOTH = 2
LU = (0.1, 0.1)
RANGE_LU = (1.0, 1.0)
PEAK_DB = (0.4, 0.2)
"""How far below and above the stated value a reading may lie."""


@dataclass(frozen=True)
class Check:
    """``reading`` is I, LRA, TP, or M or S followed by ``end``, ``max`` or ``all``: the last, greatest, and every one.

    ``span_s`` is the time in which momentary or short-term readings count.
    """

    reading: str
    expected: float
    tolerance: tuple[float, float]
    span_s: tuple[float, float] | None = None

    def holds(self, value: float) -> bool:
        below, above = self.tolerance
        return self.expected - below <= value <= self.expected + above


@dataclass(frozen=True)
class Case:
    """One file. ``weights`` are those of BS.1770-5 for its channels."""

    name: str
    samples: Audio
    checks: tuple[Check, ...]
    weights: tuple[float, ...] = (1.0, 1.0)


def tone(level_db: float, seconds: float, rate_hz: int) -> Audio:
    turns = np.arange(round(seconds * rate_hz)) * (1000.0 / rate_hz)
    return 10.0 ** (level_db / 20.0) * np.sin(2.0 * np.pi * turns)


def sequence(rate_hz: int, *steps: tuple[float, float | None]) -> Audio:
    """Tones of (level or None for silence, seconds), each from phase 0."""
    parts = [np.zeros(round(s * rate_hz)) if db is None else tone(db, s, rate_hz) for s, db in steps]
    return np.concatenate(parts)


def on_both(mono: Audio) -> Audio:
    return np.repeat(mono[:, np.newaxis], BOTH, axis=1)


def _steady(level: float) -> Callable[[int], Iterator[Case]]:
    def make(rate_hz: int) -> Iterator[Case]:
        checks = tuple(Check(reading, level, LU) for reading in ("M end", "S end", "I"))
        yield Case("", on_both(tone(level, 20.0, rate_hz)), checks)

    return make


def _integrated(*steps: tuple[float, float]) -> Callable[[int], Iterator[Case]]:
    def make(rate_hz: int) -> Iterator[Case]:
        yield Case("", on_both(sequence(rate_hz, *steps)), (Check("I", -23.0, LU),))

    return make


def _surround(rate_hz: int) -> Iterator[Case]:
    sides = [tone(level, 20.0, rate_hz) for level in (-28.0, -28.0, -24.0, -30.0, -30.0)]
    yield Case("", np.stack(sides, axis=1), (Check("I", -23.0, LU),), (1.0, 1.0, 1.0, 1.41, 1.41))


def _constant(reading: str, loud_s: float, soft_s: float, times: int, from_s: float) -> Callable[[int], Iterator[Case]]:
    def make(rate_hz: int) -> Iterator[Case]:
        steps = [(loud_s, -20.0), (soft_s, -30.0)] * times
        end_s = times * (loud_s + soft_s)
        yield Case("", on_both(sequence(rate_hz, *steps)), (Check(reading, -23.0, LU, (from_s, end_s)),))

    return make


def _files(reading: str, window_s: float, delay_s: float) -> Callable[[int], Iterator[Case]]:
    """20 files, each with a tone as long as the window that begins a little later than in the one before."""

    def make(rate_hz: int) -> Iterator[Case]:
        for i in range(20):
            steps: list[tuple[float, float | None]] = [(i * delay_s, None), (window_s, -23.0), (1.0, None)]
            yield Case(f" file {i + 1}", on_both(sequence(rate_hz, *steps)), (Check(reading, -23.0, LU),))

    return make


def _live(reading: str, window_s: float, delay_s: float) -> Callable[[int], Iterator[Case]]:
    """The same in one stretch, each tone a decibel louder, so that each sets a new maximum."""

    def make(rate_hz: int) -> Iterator[Case]:
        steps: list[tuple[float, float | None]] = []
        checks = []
        for i in range(20):
            steps += [(i * delay_s, None), (window_s, i - 38.0), (window_s - i * delay_s, None)]
            checks.append(Check(reading, i - 38.0, LU, (2 * window_s * i, 2 * window_s * (i + 1))))
        yield Case("", on_both(sequence(rate_hz, *steps)), tuple(checks))

    return make


def faded(samples: Audio, frames: int) -> Audio:
    """With raised cosines at both ends."""
    ramp = np.sin(0.5 * np.pi * (np.arange(frames) + 0.5) / frames) ** 2
    result = samples.copy()
    result[:frames] *= ramp
    result[len(result) - frames :] *= ramp[::-1]
    return result


def _between(divisor: int, amplitude: float, degrees: float, level: float) -> Callable[[int], Iterator[Case]]:
    """A tone whose crests all lie between the samples."""

    def make(rate_hz: int) -> Iterator[Case]:
        angle = 2.0 * np.pi * np.arange(rate_hz) / divisor + np.radians(degrees)
        samples = faded(amplitude * np.sin(angle), round(0.010 * rate_hz))
        yield Case("", on_both(samples), (Check("TP", level, PEAK_DB),))

    return make


def _burst(offset: int) -> Callable[[int], Iterator[Case]]:
    """One period at a quarter of the rate and full scale amid a sixth of the rate at half of it, in one phase.

    Made at four times the rate, where the periods are 16 and 24 samples, and decimated from ``offset`` on.
    """

    def make(rate_hz: int) -> Iterator[Case]:
        frames = 4 * rate_hz
        start = frames // 2 // 24 * 24
        within = (np.arange(frames) >= start) & (np.arange(frames) < start + 16)
        turns = np.cumsum(np.where(within, 1 / 16, 1 / 24))
        turns = np.concatenate([[0.0], turns[:-1]])
        wave = np.where(within, 1.0, 0.5) * np.sin(2.0 * np.pi * turns)
        taps = np.arange(-400, 401)
        low_pass = np.sinc(2 * 0.122 * taps) * np.kaiser(801, 8.0)  # -6 dB at 0.488 of the rate
        filtered = fftconvolve(faded(wave, round(0.010 * frames)), low_pass / low_pass.sum(), "same")
        yield Case("", on_both(filtered[offset::4]), (Check("TP", 0.0, PEAK_DB),))

    return make


def _range(expected: float, *levels: float) -> Callable[[int], Iterator[Case]]:
    def make(rate_hz: int) -> Iterator[Case]:
        steps = [(20.0, level) for level in levels]
        yield Case("", on_both(sequence(rate_hz, *steps)), (Check("LRA", expected, RANGE_LU),))

    return make


_MAKERS: dict[str, Callable[[int], Iterator[Case]]] = {
    "3341-1": _steady(-23.0),
    "3341-2": _steady(-33.0),
    "3341-3": _integrated((10.0, -36.0), (60.0, -23.0), (10.0, -36.0)),
    "3341-4": _integrated((10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)),
    "3341-5": _integrated((20.0, -26.0), (20.1, -20.0), (20.0, -26.0)),
    "3341-6": _surround,
    "3341-9": _constant("S all", 1.34, 1.66, 5, 3.0),
    "3341-10": _files("S max", 3.0, 0.15),
    "3341-11": _live("S max", 3.0, 0.15),
    "3341-12": _constant("M all", 0.18, 0.22, 25, 1.0),
    "3341-13": _files("M max", 0.4, 0.02),
    "3341-14": _live("M max", 0.4, 0.02),
    "3341-15": _between(4, 0.50, 0.0, -6.0),
    "3341-16": _between(4, 0.50, 45.0, -6.0),
    "3341-17": _between(6, 0.50, 60.0, -6.0),
    "3341-18": _between(8, 0.50, 67.5, -6.0),
    "3341-19": _between(4, 1.41, 45.0, 3.0),
    "3341-20": _burst(0),
    "3341-21": _burst(1),
    "3341-22": _burst(2),
    "3341-23": _burst(3),
    "3342-1": _range(10.0, -20.0, -30.0),
    "3342-2": _range(5.0, -20.0, -15.0),
    "3342-3": _range(20.0, -40.0, -20.0),
    "3342-4": _range(15.0, -50.0, -35.0, -20.0, -35.0, -50.0),
}
NAMES = tuple(_MAKERS)


def cases(name: str, rate_hz: int) -> Iterator[Case]:
    """The files of one case; a meter is reset before each."""
    for case in _MAKERS[name](rate_hz):
        yield Case(name + case.name, case.samples, case.checks, case.weights)
