"""Distortion by least squares: take away the tones that belong there, and weigh what is left.

A fit needs no whole number of periods and no window, and in double precision it reaches below -250 dB.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .levels import Signal, columns, decibels


def _basis(frames: int, rate_hz: float, frequencies_hz: Sequence[float]) -> Signal:
    """Columns: one, then cosine and sine of each frequency."""
    phase = 2.0 * np.pi * np.arange(frames)[:, np.newaxis] * (np.asarray(frequencies_hz) / rate_hz)
    return np.hstack([np.ones((frames, 1)), np.cos(phase), np.sin(phase)])


def _fit(x: ArrayLike, rate_hz: float, frequencies_hz: Sequence[float]) -> tuple[Signal, Signal]:
    """Peak amplitude of each tone and channel, and what is left of the signal."""
    samples = columns(x)
    basis = _basis(len(samples), rate_hz, frequencies_hz)
    # Normal equations are well conditioned here (the tones are all but orthogonal) and need little memory. One more
    # round on the residue takes away the rounding of the first.
    gram = basis.T @ basis
    weights = np.linalg.solve(gram, basis.T @ samples)
    weights += np.linalg.solve(gram, basis.T @ (samples - basis @ weights))
    tones = len(frequencies_hz)
    amplitudes = np.hypot(weights[1 : tones + 1], weights[tones + 1 :])
    return amplitudes, samples - basis @ weights


def tone_amplitudes(x: ArrayLike, rate_hz: float, frequencies_hz: Sequence[float]) -> NDArray[np.float64]:
    """Peak amplitude of each of these tones (rows) in each channel (columns), fitted together."""
    return _fit(x, rate_hz, frequencies_hz)[0]


def thd_n_db(x: ArrayLike, rate_hz: float, fundamental_hz: float) -> float:
    """Everything but the fundamental and DC, over the fundamental, RMS; the worst channel counts."""
    amplitudes, rest = _fit(x, rate_hz, [fundamental_hz])
    rest_rms = np.sqrt(np.mean(rest**2, axis=0))
    return decibels(float(np.max(rest_rms / (amplitudes[0] / np.sqrt(2.0)))))


def smpte_imd_db(
    x: ArrayLike, rate_hz: float, low_hz: float = 60.0, high_hz: float = 7_000.0, sidebands: int = 6
) -> float:
    """Sidebands around the high tone, root of the sum of their squares, over the high tone; worst channel."""
    orders = range(1, sidebands + 1)
    around = [high_hz + sign * order * low_hz for order in orders for sign in (-1, 1)]
    harmonics = [low_hz * order for order in range(2, sidebands + 1)]
    amplitudes = tone_amplitudes(x, rate_hz, [high_hz, low_hz, *around, *harmonics])
    products = np.sqrt(np.sum(amplitudes[2 : 2 + len(around)] ** 2, axis=0))
    return decibels(float(np.max(products / amplitudes[0])))


def ccif_imd_db(x: ArrayLike, rate_hz: float, first_hz: float = 19_000.0, second_hz: float = 20_000.0) -> float:
    """Products of second and third order, root of the sum of their squares, over both tones' sum; worst channel."""
    nyquist_hz = rate_hz / 2.0
    candidates = (second_hz - first_hz, 2.0 * first_hz - second_hz, 2.0 * second_hz - first_hz)
    products_hz = [frequency for frequency in candidates if frequency < nyquist_hz]
    amplitudes = tone_amplitudes(x, rate_hz, [first_hz, second_hz, *products_hz])
    products = np.sqrt(np.sum(amplitudes[2:] ** 2, axis=0))
    return decibels(float(np.max(products / (amplitudes[0] + amplitudes[1]))))
