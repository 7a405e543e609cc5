"""A song over time, as coarse as a phone or a sheet of paper shows it."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND
from appliance.measurement.buses import BusPass
from appliance.settings import BusKind

POINTS = 600


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """In equal steps: the highest sample of the house's sum, 0 to 1 and beyond, and the most its limiters take."""

    step_s: float
    peaks: tuple[float, ...]
    reduction_db: tuple[float, ...]


def draw(heard: BusPass) -> Picture:
    """Of the house; of nothing where there is none."""
    if heard.house_hops is None:
        return Picture(step_s=1.0, peaks=(), reduction_db=())
    peaks = heard.house_hops.sample_peak.max(axis=0)
    taken = [
        reduction for bus, reduction in zip(heard.buses, heard.reduction_db, strict=True) if bus.kind is BusKind.HOUSE
    ]
    hops = max(1, -(-len(peaks) // POINTS))
    return Picture(
        step_s=hops / HOPS_PER_SECOND,
        peaks=_highest(peaks, hops, digits=4),
        reduction_db=_highest(np.max(taken, axis=0), hops, digits=2),
    )


def _highest(values: Sequence[float] | NDArray[np.floating], hops: int, digits: int) -> tuple[float, ...]:
    whole = np.zeros(-(-len(values) // hops) * hops)
    whole[: len(values)] = values
    return tuple(round(float(x), digits) for x in whole.reshape(-1, hops).max(axis=1))
