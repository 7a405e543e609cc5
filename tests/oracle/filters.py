"""Equaliser bands as second-order sections, after the RBJ Audio EQ Cookbook."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

Signal = NDArray[np.float64]

BUTTERWORTH_Q = 1.0 / math.sqrt(2.0)


@dataclass(frozen=True)
class EqBand:
    """One band: high_pass, low_pass, low_shelf, high_shelf, peak, notch or all_pass.

    ``order`` is for the passes alone: 1 to 4. ``q`` counts for everything but the passes of order 1, 3 and 4.
    """

    type: str
    frequency_hz: float
    gain_db: float = 0.0
    q: float = BUTTERWORTH_Q
    order: int = 2


def design(band: EqBand, rate_hz: float) -> Signal:
    """The band's sections, each row b0 b1 b2 a0 a1 a2 with a0 = 1."""
    if not 0.0 < band.frequency_hz < rate_hz / 2.0:
        raise ValueError(f"{band.frequency_hz} Hz is not between 0 and half of {rate_hz} Hz")
    if band.type in {"low_pass", "high_pass"}:
        return _pass(band, rate_hz)
    omega = 2.0 * math.pi * band.frequency_hz / rate_hz
    return _normalised([_second_order(band.type, omega, band.q, band.gain_db)])


def equalise(x: Signal, bands: Sequence[EqBand], rate_hz: float) -> Signal:
    """The signal (frames, channels) through all bands in order."""
    for band in bands:
        x = sosfilt(design(band, rate_hz), x, axis=0)
    return x


def _pass(band: EqBand, rate_hz: float) -> Signal:
    omega = 2.0 * math.pi * band.frequency_hz / rate_hz
    first = _first_order(band.type, omega)

    def second(q: float) -> list[float]:
        return _second_order(band.type, omega, q, 0.0)

    # Butterworth poles of order 4 lie at 22.5 and 67.5 degrees.
    steep, flat = 0.5 / math.cos(math.radians(67.5)), 0.5 / math.cos(math.radians(22.5))
    by_order = {1: [first], 2: [second(band.q)], 3: [first, second(1.0)], 4: [second(flat), second(steep)]}
    if band.order not in by_order:
        raise ValueError(f"a pass of order {band.order} is not one of 1 to 4")
    return _normalised(by_order[band.order])


def _first_order(kind: str, omega: float) -> list[float]:
    """1 / (s + 1) or s / (s + 1) through the bilinear transform."""
    k = math.tan(omega / 2.0)
    if kind == "low_pass":
        return [k, k, 0.0, k + 1.0, k - 1.0, 0.0]
    return [1.0, -1.0, 0.0, k + 1.0, k - 1.0, 0.0]


def _second_order(kind: str, omega: float, q: float, gain_db: float) -> list[float]:
    cos, alpha = math.cos(omega), math.sin(omega) / (2.0 * q)
    a = 10.0 ** (gain_db / 40.0)
    root = 2.0 * math.sqrt(a) * alpha
    up, down = a + 1.0, a - 1.0
    cookbook = {
        "low_pass": [(1 - cos) / 2, 1 - cos, (1 - cos) / 2, 1 + alpha, -2 * cos, 1 - alpha],
        "high_pass": [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2, 1 + alpha, -2 * cos, 1 - alpha],
        "notch": [1.0, -2 * cos, 1.0, 1 + alpha, -2 * cos, 1 - alpha],
        "all_pass": [1 - alpha, -2 * cos, 1 + alpha, 1 + alpha, -2 * cos, 1 - alpha],
        "peak": [1 + alpha * a, -2 * cos, 1 - alpha * a, 1 + alpha / a, -2 * cos, 1 - alpha / a],
        "low_shelf": [
            a * (up - down * cos + root),
            2 * a * (down - up * cos),
            a * (up - down * cos - root),
            up + down * cos + root,
            -2 * (down + up * cos),
            up + down * cos - root,
        ],
        "high_shelf": [
            a * (up + down * cos + root),
            -2 * a * (down + up * cos),
            a * (up + down * cos - root),
            up - down * cos + root,
            2 * (down - up * cos),
            up - down * cos - root,
        ],
    }
    if kind not in cookbook:
        raise ValueError(f"no such band: {kind}")
    return cookbook[kind]


def _normalised(sections: Sequence[Sequence[float]]) -> Signal:
    rows = np.asarray(sections, dtype=np.float64)
    return rows / rows[:, 3:4]
