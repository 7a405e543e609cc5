"""The sum of all house buses: what the audience hears while the engineer's faders stand alike."""

from collections.abc import Sequence

import numpy as np

from appliance.kernel import Hops, Planar
from appliance.measurement.signals import Measurement, SignalMeters
from appliance.settings import BusKind, Rig


def sum_of_buses(block: Planar, buses: Sequence[Sequence[int]]) -> Planar:
    """The sum of buses, each given by its channels of the block: as wide as the widest, mono ones on both sides."""
    total = np.zeros((max(map(len, buses)), block.shape[1]), np.float32)
    for channels in buses:
        total += block[list(channels)]  # one row is added to both
    return total


class HouseSum:
    """A mono bus among stereo ones counts on both sides, as a mono stem does; mono buses alone add up to mono."""

    def __init__(self, rig: Rig) -> None:
        self._places: list[int] = []
        self._channels: list[list[int]] = []
        first = 0
        for place, bus in enumerate(rig.buses):
            if bus.kind is BusKind.HOUSE:
                self._places.append(place)
                self._channels.append(list(range(first, first + bus.width)))
            first += bus.width
        width = max(map(len, self._channels), default=0)
        several = len(self._places) > 1
        self._meters = SignalMeters(rig.rate_hz, [range(width)]) if several else None

    def add(self, block: Planar) -> Planar | None:
        """The next block of all bus channels. Returns the sum; None where no bus goes to the audience."""
        if not self._places:
            return None
        if self._meters is None:
            return block[self._channels[0]]
        taken = self._meters.meter.take(sum_of_buses(block, self._channels).T)
        self._meters.add(taken)
        return taken

    def finish(self, buses: Sequence[Measurement], hops: Hops) -> tuple[Measurement | None, Hops | None]:
        """None where no bus goes to the audience; the bus's own where there is only one."""
        if self._meters is not None:
            measured = self._meters.finish()[0]
            return measured, self._meters.hops
        if not self._places:
            return None, None
        return buses[self._places[0]], hops.part(self._channels[0])
