"""The limiters of the house behind any gain: stems go through one kernel without limiters, and not through two chains.

Until its limiter a bus is linear, so another gain for all tracks is another gain in front of the limiters.
"""

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Kernel, SampleFormat, kernel_for_rig
from appliance.measurement.chain import HEADROOM_DB
from appliance.settings import Rig
from appliance.units import gain_from_db

Samples = NDArray[np.float32]
"""Of shape (frames, bus channels), quieter by HEADROOM_DB."""


class Limiters:
    """The limiters of a rig's buses behind a gain."""

    def __init__(self, rig: Rig, gain_db: float) -> None:
        self._gain = np.float32(gain_from_db(gain_db - HEADROOM_DB))
        buses = [msgspec.structs.replace(bus, gain_db=0.0, eq=()) for bus in rig.buses]
        bare = msgspec.structs.replace(rig, buses=tuple(buses))
        self._kernel: Kernel = kernel_for_rig(bare, SampleFormat.S32_LE, rig.outputs, metered=False)

    def blocks(self, before: Iterator[Samples]) -> Iterator[tuple[Samples, Samples]]:
        """Before and after, both late by the limiters' latency: frame n of one belongs to frame n of the other."""
        late = self._kernel.latency_frames
        tail = np.zeros((late, self._kernel.bus_channels), np.float32)
        for block in before:
            delayed = np.concatenate([tail, block])
            tail = delayed[len(block) :].copy()
            yield delayed[: len(block)], self._kernel.render_buses(block * self._gain)
