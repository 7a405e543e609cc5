"""What ``rig.toml`` holds: the machine's own settings. Whatever a file must not say is in ``checks.py``."""

import math
from enum import StrEnum
from typing import Literal

import msgspec

from appliance.settings.bands import EqBand
from appliance.settings.controls import ControlsSettings
from appliance.settings.mastering import MasteringSettings
from appliance.settings.transport import TransportSettings
from appliance.vocabulary import Part, Role

SendLevel = float | Literal["off"]
"""A level in dB, or nothing at all."""

CEILINGS_DBTP = {"house": -1.0, "ears": -6.0}
"""The ears' ceiling is lower because nobody can pull an in-ear out in time."""


class BusKind(StrEnum):
    """Who is at the other end. Click, guide and timecode never reach ``house``."""

    HOUSE = "house"
    EARS = "ears"


class Bus(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named mix with its own trim, equaliser and limiter, one or two channels wide."""

    name: str
    kind: BusKind
    outputs: tuple[int | tuple[int, ...], ...]
    """Physical outputs counted from 1: first left or mono, then right. A tuple inside feeds several outputs."""
    sends: dict[str, SendLevel]
    """Level in dB by role or part; what is not named is not heard."""
    gain_db: float = 0.0
    ceiling_dbtp: float = math.nan
    """Left out, it is the kind's own: -1 for house, -6 for ears. Never NaN once built."""
    release_ms: float = 80.0
    eq: tuple[EqBand, ...] = ()

    def __post_init__(self) -> None:
        if math.isnan(self.ceiling_dbtp):
            msgspec.structs.force_setattr(self, "ceiling_dbtp", CEILINGS_DBTP[self.kind.value])

    @property
    def width(self) -> int:
        """Channels of the bus: 1 is mono, 2 is left and right."""
        return len(self.outputs)

    @property
    def patch(self) -> tuple[tuple[int, ...], ...]:
        """For each channel of the bus the outputs, counted from 1, that it feeds."""
        return tuple((entry,) if isinstance(entry, int) else entry for entry in self.outputs)

    def send_db(self, role: Role, part: Part | None = None) -> float:
        """The level at which a stem is heard here; minus infinity where it is not.

        A part's own key goes before that of its role. Only tracks have parts: a click that claims to be drums
        is still a click.
        """
        level: SendLevel | None = None
        if role is Role.TRACK and part is not None:
            level = self.sends.get(part.value)
        if level is None:
            level = self.sends.get(role.value)
        return -math.inf if level is None or level == "off" else float(level)


class Rig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole of ``rig.toml``."""

    interface: str = "auto"
    """``auto``, or the interface's short name (ALSA card id), which stays the same whatever port it is plugged into."""
    outputs: int
    """Physical outputs that the interface has."""
    rate_hz: int = 48_000
    block_frames: int = 256
    blocks: int = 4
    lookahead_ms: float = 2.6
    """One for all buses: each is delayed alike, so that click and tracks never part."""
    mastering: MasteringSettings = MasteringSettings()
    transport: TransportSettings = TransportSettings()
    controls: ControlsSettings = ControlsSettings()
    buses: tuple[Bus, ...]

    @property
    def bus_channels(self) -> int:
        """Channels of all buses together, in order, left before right."""
        return sum(bus.width for bus in self.buses)
