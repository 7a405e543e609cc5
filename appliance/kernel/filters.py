"""Equaliser bands, in Hz and dB, as second-order sections in double precision.

Formulas: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (the bilinear transform with
the frequency warped to stay exact). High-pass and low-pass of other orders than 2 are Butterworth.
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from appliance.settings import EqBand, EqType

Sections = NDArray[np.float64]
"""Shape (sections, 5): b0 b1 b2 a1 a2, with a0 = 1."""


def band_sections(bands: Iterable[EqBand], rate_hz: int) -> Sections:
    """All bands in their order. Raises ValueError for a frequency at or above half the rate."""
    rows = [row for band in bands for row in _band(band, rate_hz)]
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def rows(sections: Sections) -> Sections:
    """As C reads them: rows of five in one piece of memory. Raises ValueError for another shape."""
    found = np.ascontiguousarray(sections, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != 5:
        raise ValueError(f"sections are rows of five numbers, not {found.shape}")
    return found


def response(sections: Sections, frequencies_hz: NDArray[np.float64], rate_hz: int) -> NDArray[np.complex128]:
    """Transfer function of the cascade at each frequency."""
    z = np.exp(-2j * np.pi * np.asarray(frequencies_hz) / rate_hz)
    total: NDArray[np.complex128] = np.ones_like(z)
    for b0, b1, b2, a1, a2 in sections:
        total *= (b0 + b1 * z + b2 * z**2) / (1 + a1 * z + a2 * z**2)
    return total


def _band(band: EqBand, rate_hz: int) -> list[list[float]]:
    if not 0 < band.frequency_hz < rate_hz / 2:
        raise ValueError(f"{band.frequency_hz} Hz is not below half of {rate_hz} Hz")
    w = 2 * math.pi * band.frequency_hz / rate_hz
    if band.type in {EqType.HIGH_PASS, EqType.LOW_PASS}:
        return _pass(band, w)
    return [_second_order(band, w)]


def _pass(band: EqBand, w: float) -> list[list[float]]:
    high = band.type is EqType.HIGH_PASS
    if band.order == 1:
        return [_first_order(w, high)]
    if band.order == 2:
        return [_second_order_pass(w, band.q, high)]
    if band.order == 3:  # one real pole and a pair of Q 1
        return [_first_order(w, high), _second_order_pass(w, 1.0, high)]
    # The two pole pairs of a 4th-order Butterworth lie at 22.5 and 67.5 degrees.
    return [_second_order_pass(w, 1 / (2 * math.cos(angle)), high) for angle in (math.pi / 8, 3 * math.pi / 8)]


def _first_order(w: float, high: bool) -> list[float]:
    k = math.tan(w / 2)
    if high:
        return [1 / (1 + k), -1 / (1 + k), 0.0, (k - 1) / (k + 1), 0.0]
    return [k / (1 + k), k / (1 + k), 0.0, (k - 1) / (k + 1), 0.0]


def _second_order_pass(w: float, q: float, high: bool) -> list[float]:
    cos, alpha = math.cos(w), math.sin(w) / (2 * q)
    sign = 1 if high else -1
    edge = (1 + sign * cos) / 2
    return _normalised((edge, -sign * 2 * edge, edge), (1 + alpha, -2 * cos, 1 - alpha))


def _second_order(band: EqBand, w: float) -> list[float]:
    cos, alpha = math.cos(w), math.sin(w) / (2 * band.q)
    a = 10 ** (band.gain_db / 40)
    if band.type is EqType.PEAK:
        return _normalised((1 + alpha * a, -2 * cos, 1 - alpha * a), (1 + alpha / a, -2 * cos, 1 - alpha / a))
    if band.type is EqType.NOTCH:
        return _normalised((1, -2 * cos, 1), (1 + alpha, -2 * cos, 1 - alpha))
    if band.type is EqType.ALL_PASS:
        return _normalised((1 - alpha, -2 * cos, 1 + alpha), (1 + alpha, -2 * cos, 1 - alpha))
    side = 1.0 if band.type is EqType.LOW_SHELF else -1.0  # a high shelf is a low shelf with the cosine's sign turned
    root = 2 * math.sqrt(a) * alpha
    up, down = a + 1, a - 1
    b = (
        a * (up - side * down * cos + root),
        side * 2 * a * (down - side * up * cos),
        a * (up - side * down * cos - root),
    )
    poles = (up + side * down * cos + root, -side * 2 * (down + side * up * cos), up + side * down * cos - root)
    return _normalised(b, poles)


def _normalised(b: tuple[float, float, float], a: tuple[float, float, float]) -> list[float]:
    return [b[0] / a[0], b[1] / a[0], b[2] / a[0], a[1] / a[0], a[2] / a[0]]
