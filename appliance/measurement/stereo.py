"""What becomes of a stereo signal in mono: the sum that a small PA, a phone or a walk across the hall makes of it."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND, Planar

WINDOW_HOPS = 300
GATE = 10 ** (-70 / 10)
"""Mean square below which nobody hears what the sides do to each other."""
MOST_DB = 120.0
"""All of it: a float's rounding would make any larger number a matter of chance."""


class Stereo(msgspec.Struct, frozen=True, kw_only=True):
    """None where there is silence."""

    correlation: float | None
    """Of both sides over the whole: 1 is mono, 0 nothing in common, -1 one side with its polarity turned."""
    lowest_correlation: float | None
    """Of the worst 3 s."""
    mono_loss_db: float | None
    """How much quieter the mean of both sides is than the sides are on average: 0 for mono, 3 for nothing in common."""


class StereoMeter:
    """Sums in hops of 10 ms over blocks of whole seconds; only the last may have another length."""

    def __init__(self, rate_hz: int) -> None:
        self._hop = rate_hz // HOPS_PER_SECOND
        self._sums: list[NDArray[np.float64]] = [np.zeros((4, 0))]

    def add(self, block: Planar) -> None:
        """Samples of shape (2, frames)."""
        hops = block.shape[1] // self._hop
        left, right = block[:, : hops * self._hop].reshape(2, hops, self._hop)
        middle = left + right
        pairs = ((left, left), (right, right), (left, right), (middle, middle))
        self._sums.append(np.stack([np.einsum("hf,hf->h", a, b) for a, b in pairs]).astype(np.float64))

    def finish(self) -> Stereo:
        sums = np.concatenate(self._sums, axis=1)
        left, right, product, middle = (float(total) for total in sums.sum(axis=1))
        energy = left + right
        if energy <= 0:
            return Stereo(correlation=None, lowest_correlation=None, mono_loss_db=None)
        loss = 10.0 * math.log10(2.0 * energy / middle) if middle > 0 else MOST_DB
        return Stereo(
            correlation=_correlation(left, right, product),
            lowest_correlation=self._lowest(sums),
            mono_loss_db=max(0.0, min(MOST_DB, loss)),
        )

    def _lowest(self, sums: NDArray[np.float64]) -> float | None:
        running = np.concatenate([np.zeros((4, 1)), np.cumsum(sums, axis=1)], axis=1)
        left, right, product, _ = running[:, WINDOW_HOPS:] - running[:, :-WINDOW_HOPS]
        loud = np.minimum(left, right) > GATE * WINDOW_HOPS * self._hop
        if not loud.any():
            return None
        lowest = np.min(product[loud] / np.sqrt(left[loud] * right[loud]))
        return float(np.clip(lowest, -1.0, 1.0))


def _correlation(left: float, right: float, product: float) -> float | None:
    """None where a side is silent: then there is nothing to compare."""
    if left <= 0 or right <= 0:
        return None
    return max(-1.0, min(1.0, product / math.sqrt(left * right)))
