"""The scales that all songs of a set share, so that one glance compares them."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.mastering.equaliser import Levels, response_db, shape_db, stem_bands
from appliance.mastering.result import SongResult
from appliance.report.model import MasteredSet, before_lufs, reached_lufs
from appliance.settings import LevelMatch
from appliance.vocabulary import Role

SPECTRUM_DEPTH_DB = 48.0
"""What lies deeper below the loudest band is not heard beside it."""
LEAST_LUFS = -45.0
"""A nearly silent song must not squeeze all others into a corner."""


class Shapes(NamedTuple):
    """Spectra in third octaves, in dB below the loudness that is matched; None where there is nothing."""

    before: Levels
    after: Levels
    target: Levels


class Scales(NamedTuple):
    """From and to, or from 0 to."""

    lufs: tuple[float, float]
    amplitude: float
    reduction_db: float
    spectrum_db: tuple[float, float]

    def loudness(self, level_lufs: float) -> float:
        """Across, 0 to 1."""
        low, high = self.lufs
        return min(1.0, max(0.0, (level_lufs - low) / (high - low)))


def set_scales(set_: MasteredSet) -> Scales:
    levels = [*_levels(set_)] or [set_.settings.target_lufs]
    peaks = [peak for result in set_.results for peak in (*result.picture_before.peaks, *result.picture_after.peaks)]
    taken = [most for result in set_.results for most in result.picture_after.reduction_db]
    top = _top_db(shapes(set_, result) for result in set_.results)
    return Scales(
        lufs=(2 * math.floor(max(LEAST_LUFS, min(levels)) / 2 - 0.5), 2 * math.ceil(max(levels) / 2 + 0.5)),
        amplitude=max(1.0, max(peaks, default=1.0)),
        reduction_db=max(1.0, math.ceil(max([set_.settings.limiter_max_db, *taken]))),
        spectrum_db=(top - SPECTRUM_DEPTH_DB, top),
    )


def shapes(set_: MasteredSet, result: SongResult) -> Shapes:
    """The song's spectra at equal loudness, and what the profile wants of it.

    The target is the set's usual spectrum through the song's equaliser, made up for the loudness that this costs the
    song, as its gain does.
    """
    match = set_.settings.match
    before, after = before_lufs(result, match), reached_lufs(result)
    found = Shapes((), (), ())
    if before is None or after is None or result.before.house is None or result.after.house is None:
        return found
    bands = stem_bands(result.equaliser, set_.settings.live, Role.TRACK, None)
    cost_db = before + result.gain_db - after
    usual = zip(result.usual_db, response_db(bands, result.rate_hz), strict=False)  # no usual spectrum, no target
    return Shapes(
        before=shape_db(result.before.house.spectrum, before),
        after=shape_db(result.after.house.spectrum, after),
        target=tuple(None if level is None else level + gain_db + cost_db for level, gain_db in usual),
    )


def _levels(set_: MasteredSet) -> Iterator[float]:
    for result in set_.results:
        for level in (before_lufs(result, LevelMatch(set_.settings.match)), result.target_lufs, reached_lufs(result)):
            if level is not None:
                yield level


def _top_db(found: Iterable[Shapes]) -> float:
    levels = [level for three in found for shape in three for level in shape if level is not None]
    return 6.0 * math.ceil((max(levels, default=0.0) + 0.5) / 6.0)
