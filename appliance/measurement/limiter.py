"""What the limiters take, seen from outside: by how much what leaves a bus is smaller than what came to its limiter."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND, LoudnessMeter, Planar
from appliance.measurement.chain import HEADROOM_DB
from appliance.measurement.loudness import ABSOLUTE_GATE_LUFS, power
from appliance.units import gain_from_db

UNTOUCHED = 1.0 - 1e-4
"""A factor of 0.001 dB is the rounding of 32-bit words and no work of a limiter."""
QUIET = 1e-3
"""A gain is read from samples above -60 dBFS; no limiter works on quieter ones alone."""
AT_WORK_DB = 0.1


class LimiterWork(msgspec.Struct, frozen=True, kw_only=True):
    """What a limiter takes, as the smallest factor of each 10 ms; 0 where it rests."""

    max_reduction_db: float
    max_reduction_at_s: float | None
    mean_reduction_db: float
    """Over all 10 ms above -70 LUFS."""
    working_percent: float
    """The part of them in which it takes more than 0.1 dB."""


class LimiterMeter:
    """Compares blocks of all bus channels before and behind the limiters."""

    def __init__(self, meter: LoudnessMeter, buses: Sequence[Sequence[int]]) -> None:
        self._meter, self._buses = meter, buses
        self._least: list[NDArray[np.float32]] = [np.zeros((meter.channels, 0), np.float32)]
        self.reduction_db: tuple[NDArray[np.float64], ...] = ()
        """Of each bus in each 10 ms, once finished."""

    def add(self, before: Planar, after: Planar) -> None:
        """``before`` is quieter by HEADROOM_DB."""
        self._least.append(self._meter.least_gains(before, after, gain_from_db(-HEADROOM_DB), QUIET))

    def finish(self, weighted: NDArray[np.float64]) -> list[LimiterWork]:
        """For each bus; ``weighted`` are the mean squares of the same hops behind the limiters."""
        least = np.concatenate(self._least, axis=1)
        self.reduction_db = tuple(_reduction_db(least[list(bus)].min(axis=0)) for bus in self._buses)
        sums = [weighted[list(bus)].sum(axis=0) for bus in self._buses]
        return [_work(taken, total) for taken, total in zip(self.reduction_db, sums, strict=True)]


def _reduction_db(least: NDArray[np.float32]) -> NDArray[np.float64]:
    gain = np.where(least < UNTOUCHED, least, 1.0).astype(np.float64)
    taken: NDArray[np.float64] = np.abs(20.0 * np.log10(gain))
    return taken


def _work(reduction_db: NDArray[np.float64], weighted: NDArray[np.float64]) -> LimiterWork:
    sounding = reduction_db[weighted > power(ABSOLUTE_GATE_LUFS)]
    most = float(reduction_db.max(initial=0.0))
    return LimiterWork(
        max_reduction_db=most,
        max_reduction_at_s=int(reduction_db.argmax()) / HOPS_PER_SECOND if most else None,
        mean_reduction_db=float(sounding.mean()) if len(sounding) else 0.0,
        working_percent=100.0 * float(np.mean(sounding > AT_WORK_DB)) if len(sounding) else 0.0,
    )
