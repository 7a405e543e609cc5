"""SMPTE linear time code, found by its sync word: sixteen bits that end every frame and occur nowhere else in one.

Each frame has 80 bits; a bit is one period of silence between level changes for a 0 and two half periods for a 1. Only
the presence is wanted here, and the frame rate for the sentence.
"""

import numpy as np
from numpy.typing import NDArray

FRAME_BITS = 80
SYNC_WORD = "0011111111111101"
FRAME_RATES = (24, 25, 30)
"""29.97 and 23.98 lie so near to 30 and 24 that naming them would be a guess."""
TOLERANCE = 0.06
"""How far the speed may be off; the neighbours 24 and 25 are 4 % apart and the nearest is taken."""


def find_timecode(excerpt: NDArray[np.float32], rate_hz: int) -> int | None:
    """The frame rate when ``excerpt`` (samples at ``rate_hz``) is time code, else None."""
    flips = np.flatnonzero(np.diff(np.signbit(excerpt)))
    if len(flips) < 4 * FRAME_BITS:
        return None
    distances = np.diff(flips) / rate_hz
    long_s = float(np.percentile(distances, 90))
    bit_rate = 1 / long_s
    frame_rate = min(FRAME_RATES, key=lambda rate: abs(bit_rate / FRAME_BITS - rate))
    if abs(bit_rate / FRAME_BITS / frame_rate - 1) > TOLERANCE:
        return None
    bits = _bits(distances, long_s)
    first = bits.find(SYNC_WORD)
    if first < 0:
        return None
    places = range(first, len(bits) - len(SYNC_WORD), FRAME_BITS)
    kept = sum(bits.startswith(SYNC_WORD, place) for place in places)
    return frame_rate if kept >= 3 and kept >= 0.8 * len(places) else None


def _bits(distances: NDArray[np.float64], long_s: float) -> str:
    bits, index = [], 0
    while index < len(distances):
        if distances[index] > 0.75 * long_s:
            bits.append("0")
            index += 1
        else:
            bits.append("1")
            index += 2
    return "".join(bits)
