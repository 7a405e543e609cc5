"""Between samples of full scale 1.0 and the interface's words."""

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

S16_DITHER_BOUND_LSB = 1.5
"""Triangular dither adds up to 1 step, rounding up to a half."""

WORD_BITS = {"S32_LE": 32, "S24_LE": 24, "S24_3LE": 24, "S16_LE": 16}


def from_int24(words: NDArray[np.integer]) -> Signal:
    """24-bit words as they stand in a prepared song."""
    return words.astype(np.float64) / 2.0**23


def quantise(x: Signal, alsa_format: str) -> NDArray[np.int64]:
    """Words of the format: nearest, saturating, no dither.

    For S16_LE the chain adds dither: its words lie within ``S16_DITHER_BOUND_LSB`` of ``x * 2**15``, not of these.
    """
    bits = WORD_BITS[alsa_format]
    full = 2 ** (bits - 1)
    return np.clip(np.rint(x * full), -full, full - 1).astype(np.int64)
