"""A mastered set, and the few numbers that belong to it as a whole."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from appliance.mastering.levels import matched_lufs
from appliance.mastering.result import Finding, Heard, SongResult, Weight
from appliance.settings import BusKind, LevelMatch, MasteringSettings, Rig
from appliance.settings.mastering import RANGES

TARGET_STEP_LU = 0.1
"""A common target is offered as somebody would type it."""


class SetWarning(NamedTuple):
    """``place`` is the song's in the set, from 1."""

    place: int
    title: str
    finding: Finding


class HouseWork(NamedTuple):
    """The limiter of the house that takes most, and the highest mean of all of them."""

    max_db: float
    mean_db: float
    bus: str
    at_s: float | None


@dataclass(frozen=True, kw_only=True)
class MasteredSet:
    """``results`` are in the order of the set; ``failed`` says in sentences what could not be mastered."""

    name: str
    """Of the setlist, or "All songs"."""
    date: str
    """As it is to be printed."""
    rig: Rig
    settings: MasteringSettings
    results: tuple[SongResult, ...]
    failed: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Of the music, without pauses between songs."""
        return sum(result.duration_s for result in self.results)

    @property
    def alike(self) -> tuple[SongResult, ...]:
        """Songs that are to be equally loud, and could be: no offset, not sparse, not held back by the limiters."""
        return tuple(
            result
            for result in self.results
            if reached_lufs(result) is not None and not (result.offset_lu or result.sparse or result.limited)
        )

    @property
    def spread_before_lu(self) -> float | None:
        """Loudest less quietest of the songs ``alike``, in the number that is matched; None for fewer than two."""
        return _spread([before_lufs(result, self.settings.match) for result in self.alike])

    @property
    def spread_after_lu(self) -> float | None:
        return _spread([reached_lufs(result) for result in self.alike])

    @property
    def base_lufs(self) -> float | None:
        """The target of a song without offset that is not sparse; None where no song has a target."""
        if self.settings.match is not LevelMatch.REFERENCE:
            return self.settings.target_lufs
        for result in self.results:
            if result.target_lufs is not None:
                return result.target_lufs - result.offset_lu + (self.settings.sparse_lu if result.sparse else 0.0)
        return None

    @property
    def common_target_lufs(self) -> float | None:
        """The loudest target that all songs would reach; None where they do, or where no target may be that low."""
        shortfall_lu, base = max((result.shortfall_lu for result in self.results), default=0.0), self.base_lufs
        if shortfall_lu <= 0 or base is None:
            return None
        # The hundredth keeps a target that is reached to the last digit from being lowered by rounding.
        target = math.floor((base - shortfall_lu) / TARGET_STEP_LU + 0.01) * TARGET_STEP_LU
        return round(target, 1) if target >= RANGES["target_lufs"][0] else None

    @property
    def warnings(self) -> tuple[SetWarning, ...]:
        """What somebody should look at before the show, song by song."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[SetWarning]:
        for place, result in enumerate(self.results, start=1):
            for finding in of_weight(result, Weight.WARNING):
                yield SetWarning(place, result.title, finding)


def of_weight(result: SongResult, weight: Weight) -> tuple[Finding, ...]:
    return tuple(finding for finding in result.findings if finding.weight is weight)


def before_lufs(result: SongResult, match: LevelMatch) -> float | None:
    """The number that is matched, as the song was delivered; None for silence, and where there is no house."""
    return matched_lufs(result.before.house.loudness, match) if result.before.house else None


def reached_lufs(result: SongResult) -> float | None:
    """As ``SongResult``'s, but None for minus infinity, which a song can reach whose house stays silent."""
    return result.reached_lufs if result.reached_lufs is not None and math.isfinite(result.reached_lufs) else None


def house_work(heard: Heard) -> HouseWork | None:
    """None where no bus goes to the audience."""
    limiters = [(bus.limiter, bus.name) for bus in heard.buses if bus.kind is BusKind.HOUSE]
    if not limiters:
        return None
    hardest, bus = max(limiters, key=lambda one: one[0].max_reduction_db)
    mean_db = max(limiter.mean_reduction_db for limiter, _ in limiters)
    return HouseWork(hardest.max_reduction_db, mean_db, bus, hardest.max_reduction_at_s)


def _spread(levels: list[float | None]) -> float | None:
    there = [level for level in levels if level is not None]
    return max(there) - min(there) if len(there) > 1 else None
