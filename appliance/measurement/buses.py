"""All buses of a rig while a song goes through them: each behind its limiter, what the limiters take, and the house."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Hops, Planar, planar_from_int32
from appliance.measurement.chain import bus_blocks
from appliance.measurement.house import HouseSum
from appliance.measurement.limiter import LimiterMeter, LimiterWork
from appliance.measurement.signals import Measurement, SignalMeters
from appliance.settings import BusKind, Rig
from appliance.songs.mastered import Mastering
from appliance.songs.prepared import PreparedSong

BLOCK_SAMPLES = 4_000_000
"""Of all channels in a block: 16 MB of floats."""

Progress = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""
Listener = Callable[[Planar], None]
"""Gets the house's sum, block by block."""


class BusMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """A bus as it leaves the box."""

    name: str
    kind: BusKind
    measured: Measurement
    limiter: LimiterWork


@dataclass(frozen=True)
class BusPass:
    """What one pass of a song through the buses gave."""

    house: Measurement | None
    """The sum of all house buses; None where no bus goes to the audience."""
    house_hops: Hops | None
    buses: tuple[BusMeasurement, ...]
    reduction_db: tuple[NDArray[np.float64], ...]
    """What each bus's limiter takes in each 10 ms."""


def measure_buses(
    rig: Rig,
    song: PreparedSong,
    mastering: Mastering | None = None,
    progress: Progress = lambda _: None,
    listener: Listener | None = None,
) -> BusPass:
    """Raises PreparedSongError where the file is damaged."""
    channels = channels_of(rig)
    meters, house = SignalMeters(rig.rate_hz, channels), HouseSum(rig)
    limiters = LimiterMeter(meters.meter, channels)
    done = 0
    for after, before in bus_blocks(rig, song, block_frames(rig.rate_hz, 2 * rig.bus_channels), mastering):
        block = meters.meter.take_int32(after)
        meters.add(block)
        total = house.add(block)
        if listener and total is not None:
            listener(total)
        limiters.add(planar_from_int32(before), block)
        done += len(after)
        progress(done / song.frames)
    measured = meters.finish()
    work = limiters.finish(meters.hops.weighted)
    buses = tuple(
        BusMeasurement(name=bus.name, kind=bus.kind, measured=one, limiter=taken)
        for bus, one, taken in zip(rig.buses, measured, work, strict=True)
    )
    total_measured, total_hops = house.finish(measured, meters.hops)
    return BusPass(total_measured, total_hops, buses, limiters.reduction_db)


def channels_of(rig: Rig) -> list[list[int]]:
    """The bus channels of each bus."""
    channels, first = [], 0
    for bus in rig.buses:
        channels.append(list(range(first, first + bus.width)))
        first += bus.width
    return channels


def block_frames(rate_hz: int, channels: int) -> int:
    """Whole seconds, as meters take them, and no more of them than fit."""
    return rate_hz * max(1, BLOCK_SAMPLES // (rate_hz * channels))
