"""The house before its limiters at one gain, and the limiters alone at any other: stems are mixed and equalised once.

Until its limiter a bus is linear, so another gain for all tracks is another trim in front of the limiters.
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
    """The limiters of a rig's buses behind a gain; what comes out is aligned with what went in."""

    def __init__(self, rig: Rig, gain_db: float) -> None:
        self._gain = np.float32(gain_from_db(gain_db - HEADROOM_DB))
        buses = [msgspec.structs.replace(bus, gain_db=0.0, eq=()) for bus in rig.buses]
        bare = msgspec.structs.replace(rig, buses=tuple(buses))
        self._kernel: Kernel = kernel_for_rig(bare, SampleFormat.S32_LE, rig.outputs, metered=False)

    def blocks(self, before: Iterator[Samples], block_frames: int) -> Iterator[tuple[Samples, Samples]]:
        """Before and after in blocks of so many frames; the last is shorter."""
        waiting: list[Samples] = [np.zeros((0, self._kernel.bus_channels), np.float32)] * 2
        skip = self._kernel.latency_frames
        for block in before:
            after = self._kernel.render_buses(block * self._gain)
            waiting = [np.concatenate([waiting[0], block]), np.concatenate([waiting[1], after[skip:]])]
            skip = max(0, skip - len(block))
            while len(waiting[1]) >= block_frames:
                yield waiting[0][:block_frames], waiting[1][:block_frames]
                waiting = [each[block_frames:] for each in waiting]
        rest = np.zeros((self._kernel.latency_frames, self._kernel.bus_channels), np.float32)
        last = np.concatenate([waiting[1], self._kernel.render_buses(rest)[skip:]])
        yield waiting[0], last[: len(waiting[0])]
