"""Which stem channel is heard on which bus channel, and how loud. Numbers only: no file, no device.

Channels of buses are counted from 0 in the order of the rig, left before right. A stereo stem keeps its sides on a
stereo bus; a mono stem goes to both sides unchanged; a stereo stem on a mono bus is the mean of its sides, so that
what is the same on both keeps its level and nothing can overload. A mono stem that is the left or right half of a
stereo sound is routed as that half of a stereo stem would be.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.settings import BusKind, Rig
from appliance.units import gain_from_db
from appliance.vocabulary import Part, Role, Side


class RoutedStem(Protocol):
    """What routing needs to know of a stem in a prepared song."""

    @property
    def role(self) -> Role: ...

    @property
    def part(self) -> Part | None: ...

    @property
    def side(self) -> Side | None:
        """Which half of a stereo sound this mono stem is, if it is one."""
        ...

    @property
    def channels(self) -> Sequence[int]:
        """Channels of the prepared song, counted from 0: one, or left and right."""
        ...

    @property
    def gain_db(self) -> float: ...


class MasteredGains(Protocol):
    """What mastering adds to a stem's own gain, by who hears it."""

    @property
    def house_gain_db(self) -> float: ...

    @property
    def ears_gain_db(self) -> float: ...


def gain_matrix(
    rig: Rig,
    song_stems: Iterable[RoutedStem],
    stem_channels: int | None = None,
    mastered: Sequence[MasteredGains] | None = None,
) -> NDArray[np.float32]:
    """Linear gains of shape (stem channels, bus channels). The trims of the buses are not in it.

    ``stem_channels`` is how many the song has, where that is more than its stems name. ``mastered`` goes with the
    stems. Raises ValueError for a stem that has neither one nor two channels, two and a side, or channels that the song
    does not have.
    """
    stems = list(song_stems)
    named = 1 + max((channel for stem in stems for channel in stem.channels), default=-1)
    rows = named if stem_channels is None else stem_channels
    if rows < named:
        raise ValueError(f"the stems name {named} channels of a song that has {rows}")
    gains = np.zeros((rows, rig.bus_channels), dtype=np.float32)
    first = 0
    for bus in rig.buses:
        for number, stem in enumerate(stems):
            level = gain_from_db(bus.send_db(stem.role, stem.part)) * gain_from_db(stem.gain_db)
            if mastered is not None:
                one = mastered[number]
                level *= gain_from_db(one.house_gain_db if bus.kind is BusKind.HOUSE else one.ears_gain_db)
            for channel, side, share in _lanes(stem, bus.width):
                gains[channel, first + side] += level * share
        first += bus.width
    _silence_in_house(gains, rig, stems)
    return gains


def bus_channel_kinds(rig: Rig) -> list[BusKind]:
    """Who hears each channel of the buses."""
    return [bus.kind for bus in rig.buses for _ in range(bus.width)]


def patch(rig: Rig) -> list[tuple[int, int]]:
    """Pairs of physical output and bus channel, both counted from 0, in the order of the bus channels."""
    groups = [group for bus in rig.buses for group in bus.patch]
    return [(output - 1, channel) for channel, group in enumerate(groups) for output in group]


def _lanes(stem: RoutedStem, width: int) -> list[tuple[int, int, float]]:
    """Stem channel, side of the bus, and share of each way from a stem into a bus."""
    channels = stem.channels
    if len(channels) not in {1, 2} or min(channels) < 0:
        raise ValueError(f"a stem has one or two channels counted from 0, not {tuple(channels)}")
    if stem.side is not None:
        if len(channels) != 1:
            raise ValueError(f"a stem with channels {tuple(channels)} has both sides, not only the {stem.side}")
        return [(channels[0], 0, 0.5)] if width == 1 else [(channels[0], int(stem.side is Side.RIGHT), 1.0)]
    if width == 1:
        return [(channel, 0, 1 / len(channels)) for channel in channels]
    return [(channels[0], 0, 1.0), (channels[-1], 1, 1.0)]


def _silence_in_house(gains: NDArray[np.float32], rig: Rig, stems: list[RoutedStem]) -> None:
    """Whatever the sends say: a channel that carries click, guide or timecode has no way to the audience.

    The settings refuse such sends when they are read; this holds for a rig that was never checked, and for a song
    that names one channel as click and as track.
    """
    private = [channel for stem in stems if stem.role is not Role.TRACK for channel in stem.channels]
    house = [number for number, kind in enumerate(bus_channel_kinds(rig)) if kind is not BusKind.EARS]
    gains[np.ix_(private, house)] = 0.0
