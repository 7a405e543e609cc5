"""A prepared song as the audience and the band get it: every bus behind its limiter, and every stem on its own."""

from collections.abc import Callable

import msgspec

from appliance.kernel import planar_from_int32
from appliance.measurement.chain import bus_blocks
from appliance.measurement.house import HouseSum
from appliance.measurement.limiter import LimiterMeter, LimiterWork
from appliance.measurement.signals import Measurement, SignalMeters
from appliance.measurement.source import stem_blocks
from appliance.settings import BusKind, Rig
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Part, Role

BLOCK_SAMPLES = 4_000_000
"""Of all channels in a block: 16 MB of floats."""

Progress = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""


class StemMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """A stem as it was delivered, before any bus."""

    name: str
    role: Role
    part: Part | None
    measured: Measurement


class BusMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """A bus as it leaves the box."""

    name: str
    kind: BusKind
    measured: Measurement
    limiter: LimiterWork


class SongMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """``house`` is the sum of all house buses; a mono one among stereo ones counts on both sides."""

    title: str
    rate_hz: int
    duration_s: float
    house: Measurement | None
    buses: tuple[BusMeasurement, ...]
    stems: tuple[StemMeasurement, ...]


def measure_song(
    rig: Rig, song: PreparedSong, stems: bool = True, progress: Progress = lambda _: None
) -> SongMeasurement:
    """Measure all buses, and the stems too if asked to. Raises PreparedSongError where the file is damaged.

    What is in memory at a time are a few seconds of the song.
    """
    share = 0.5 if stems else 1.0
    house, buses = _measure_buses(rig, song, lambda done: progress(share * done))
    found = _measure_stems(song, lambda done: progress(share + (1 - share) * done)) if stems else ()
    return SongMeasurement(
        title=song.metadata.title,
        rate_hz=song.rate_hz,
        duration_s=song.duration_s,
        house=house,
        buses=buses,
        stems=found,
    )


def _measure_stems(song: PreparedSong, progress: Progress) -> tuple[StemMeasurement, ...]:
    stems = song.metadata.stems
    meters = SignalMeters(song.rate_hz, [stem.channels for stem in stems], song.channels)
    done = 0
    for data, frames in stem_blocks(song, _block_frames(song.rate_hz, song.channels)):
        meters.add(meters.meter.take_int24(data, frames))
        done += frames
        progress(done / song.frames)
    measured = meters.finish([stem.gain_db for stem in stems])
    return tuple(
        StemMeasurement(name=stem.name, role=stem.role, part=stem.part, measured=one)
        for stem, one in zip(stems, measured, strict=True)
    )


def _measure_buses(
    rig: Rig, song: PreparedSong, progress: Progress
) -> tuple[Measurement | None, tuple[BusMeasurement, ...]]:
    channels, first = [], 0
    for bus in rig.buses:
        channels.append(list(range(first, first + bus.width)))
        first += bus.width
    meters, house = SignalMeters(rig.rate_hz, channels), HouseSum(rig)
    limiters = LimiterMeter(meters.meter, channels)
    done = 0
    for after, before in bus_blocks(rig, song, _block_frames(rig.rate_hz, 2 * rig.bus_channels)):
        block = meters.meter.take_int32(after)
        meters.add(block)
        house.add(block)
        limiters.add(planar_from_int32(before), block)
        done += len(after)
        progress(done / song.frames)
    measured = meters.finish()
    work = limiters.finish(meters.hops.weighted)
    buses = tuple(
        BusMeasurement(name=bus.name, kind=bus.kind, measured=one, limiter=taken)
        for bus, one, taken in zip(rig.buses, measured, work, strict=True)
    )
    return house.finish(measured), buses


def _block_frames(rate_hz: int, channels: int) -> int:
    """Whole seconds, as meters take them, and no more of them than fit."""
    return rate_hz * max(1, BLOCK_SAMPLES // (rate_hz * channels))
