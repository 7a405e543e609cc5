"""What became of a song: for the report, for tables and for scripts. Kept beside the decisions themselves."""

from enum import StrEnum

import msgspec

from appliance.mastering.ears import EarsLevels
from appliance.mastering.equaliser import SongEqualiser
from appliance.mastering.picture import Picture
from appliance.measurement.buses import BusMeasurement
from appliance.measurement.signals import Measurement
from appliance.settings import EqBand
from appliance.vocabulary import Part, Role


class Weight(StrEnum):
    """``warning``: look at it before the show. ``done``: this was done, and why."""

    WARNING = "warning"
    DONE = "done"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence about one song or stem."""

    weight: Weight
    subject: str
    sentence: str


def warning(subject: str, sentence: str) -> Finding:
    return Finding(weight=Weight.WARNING, subject=subject, sentence=sentence)


def done(subject: str, sentence: str) -> Finding:
    return Finding(weight=Weight.DONE, subject=subject, sentence=sentence)


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A song as it leaves the box. ``house`` is the sum of all house buses, None where there is none."""

    house: Measurement | None
    buses: tuple[BusMeasurement, ...]


class StemResult(msgspec.Struct, frozen=True, kw_only=True):
    """A stem as it is played now."""

    name: str
    role: Role
    part: Part | None
    eq: tuple[EqBand, ...]


class SongResult(msgspec.Struct, frozen=True, kw_only=True):
    """``target_lufs`` is this song's own, with its offset; ``reached_lufs`` was measured behind the limiters."""

    title: str
    duration_s: float
    rate_hz: int
    target_lufs: float | None
    reached_lufs: float | None
    gain_db: float
    """Of all tracks on house buses."""
    offset_lu: float
    """How much louder than the others song.toml wants it; part of the target."""
    limited: bool
    """Whether the limiters' budget, and not the target, decided."""
    sparse: bool
    filled: float
    before: Heard
    after: Heard
    equaliser: SongEqualiser
    usual_db: tuple[float | None, ...]
    """The set's median spectrum, in third octaves below the loud sections."""
    stems: tuple[StemResult, ...]
    ears: EarsLevels
    guards_dbfs: dict[str, float]
    picture_before: Picture
    picture_after: Picture
    findings: tuple[Finding, ...]

    @property
    def shortfall_lu(self) -> float:
        """How far the song stays below its target, where the limiters' budget decided; else 0."""
        if not self.limited or self.target_lufs is None or self.reached_lufs is None:
            return 0.0
        return self.target_lufs - self.reached_lufs
