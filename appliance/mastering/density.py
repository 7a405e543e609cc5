"""How much of the audible range a song fills, and how much of the time: a pad and a shaker leave most of it empty.

Each quarter of a second is cut into third octaves. What is kept of a song are, for each band, the quantiles of its
levels below the song's own loud sections, from which follows how often the band comes near what is usual in the set.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Planar

CENTRES_HZ = tuple(1000.0 * 10 ** (n / 10) for n in range(-13, 12))
"""50 Hz to 12.5 kHz."""
QUANTILES = tuple(q / 20 for q in range(21))
STEP_S = 0.25
WINDOW_S = 0.17
"""Long enough to tell the lowest bands from each other."""
FLOOR_DB = -120.0
NEAR_DB = 10.0
"""A band counts as filled while it is at most so much below what is usual there."""
SPARSE_PART = 0.6
"""Of the set's median."""
LEAST_SONGS = 3
"""Fewer make no set."""


class Occupancy(msgspec.Struct, frozen=True, kw_only=True):
    """``levels_db[band][quantile]``: how loud the band is, in dBFS."""

    levels_db: tuple[tuple[float, ...], ...]


class OccupancyMeter:
    """Takes blocks of any length."""

    def __init__(self, rate_hz: int) -> None:
        self._step = round(STEP_S * rate_hz)
        self._size = round(WINDOW_S * rate_hz)
        self._window = np.hanning(self._size).astype(np.float32)
        edges = np.array([centre * 10 ** (side / 20) for centre in CENTRES_HZ for side in (-1, 1)]).reshape(-1, 2)
        self._lines = np.rint(edges * self._size / rate_hz).astype(int)
        self._lines[:, 1] = np.maximum(self._lines[:, 1], self._lines[:, 0] + 1)
        self._rest: Planar | None = None
        self._rows: list[NDArray[np.float64]] = []

    def add(self, block: Planar) -> None:
        """Samples of shape (channels, frames)."""
        joined = block if self._rest is None else np.concatenate([self._rest, block], axis=1)
        count = max(0, (joined.shape[1] - self._size) // self._step + 1)
        for start in range(0, count * self._step, self._step):
            lines = np.fft.rfft(joined[:, start : start + self._size] * self._window, axis=1)
            power = (lines.real**2 + lines.imag**2).sum(axis=0)
            sums = np.concatenate([[0.0], np.cumsum(power)])
            self._rows.append(sums[self._lines[:, 1]] - sums[self._lines[:, 0]])
        self._rest = joined[:, count * self._step :].copy()

    def finish(self) -> Occupancy:
        """Call once, at the end."""
        if not self._rows:
            return Occupancy(levels_db=tuple((FLOOR_DB,) * len(QUANTILES) for _ in CENTRES_HZ))
        scale = 2.0 / (self._size * float(np.square(self._window).sum()))
        levels = 10.0 * np.log10(np.maximum(np.array(self._rows) * scale, 10 ** (FLOOR_DB / 10)))
        kept = np.quantile(levels, QUANTILES, axis=0).T
        return Occupancy(levels_db=tuple(tuple(round(float(x), 2) for x in band) for band in kept))


def densities(songs: Sequence[tuple[Occupancy, float]]) -> list[float]:
    """Of songs with their loudness in LUFS: which part of band and time each fills as the set usually does, 0 to 1."""
    if not songs:
        return []
    levels = np.array([np.array(one.levels_db) - loudness for one, loudness in songs])
    usual = np.median(levels[:, :, len(QUANTILES) // 2], axis=0) - NEAR_DB
    filled = [
        [1.0 - float(np.interp(usual[b], song[b], QUANTILES, left=0.0, right=1.0)) for b in range(len(CENTRES_HZ))]
        for song in levels
    ]
    return [float(np.mean(bands)) for bands in filled]


def are_sparse(found: Sequence[float]) -> list[bool]:
    """Which songs of those densities are sparse for their set."""
    if len(found) < LEAST_SONGS:
        return [False] * len(found)
    limit = SPARSE_PART * float(np.median(found))
    return [density < limit and not math.isclose(density, limit) for density in found]
