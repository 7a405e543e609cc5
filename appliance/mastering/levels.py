"""One gain for all tracks of a song, found through the real kernel: the target, or as near as the limiters allow."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from appliance.kernel import LoudnessMeter
from appliance.mastering.facts import house_rig
from appliance.mastering.premix import Limiters
from appliance.measurement.buses import block_frames, channels_of
from appliance.measurement.chain import unlimited_blocks
from appliance.measurement.house import sum_of_buses
from appliance.measurement.limiter import LimiterMeter
from appliance.measurement.loudness import Loudness, measure_loudness
from appliance.settings import LevelMatch, MasteringSettings, Rig
from appliance.songs.mastered import Mastering
from appliance.songs.prepared import PreparedSong
from appliance.units import gain_from_db

CLOSE_LU = 0.05
"""Nearer to the target nothing is to be gained: half of what is promised."""
CLOSE_GAIN_DB = 0.1
MOST_PASSES = 12
LOWEST_DB, HIGHEST_DB = -60.0, 30.0
"""What the mixer can do, with room for stems that are turned up by themselves."""
FULL_SCALE = np.float32(2**31)
STEEPEST, FLATTEST = 1.0, 0.25
"""LU per dB: 1 while the limiters rest, less the more they take."""


class HouseLevel(NamedTuple):
    """The house at one gain."""

    gain_db: float
    lufs: float
    max_reduction_db: float
    mean_reduction_db: float

    def beyond_db(self, settings: MasteringSettings) -> float:
        """By how much the limiters take more than they may; at or below 0 all is well."""
        return max(self.max_reduction_db - settings.limiter_max_db, self.mean_reduction_db - settings.limiter_mean_db)


Try = Callable[[float], HouseLevel]
"""Measures the house at a gain in dB."""


def matched_lufs(loudness: Loudness, match: LevelMatch) -> float | None:
    """The number that is made equal from song to song; None where there is none.

    A song shorter than 3 s has no loud sections to be measured: there it is its integrated loudness.
    """
    if match is LevelMatch.INTEGRATED:
        return loudness.integrated_lufs
    longer = loudness.max_short_term_lufs if match is LevelMatch.MAX_SHORT_TERM else loudness.s95_lufs
    return loudness.integrated_lufs if longer is None else longer


def measure_house(rig: Rig, song: PreparedSong, mastering: Mastering, match: LevelMatch, gain_db: float) -> HouseLevel:
    """One fast pass through the house buses, with all of them so much louder: loudness and limiters, and nothing else.

    Raises PreparedSongError.
    """
    house = house_rig(rig)
    buses = channels_of(house)
    width, frames = max(map(len, buses)), block_frames(rig.rate_hz, 2 * house.bus_channels)
    every, total = LoudnessMeter(rig.rate_hz, house.bus_channels), LoudnessMeter(rig.rate_hz, width)
    limiters = LimiterMeter(every, buses)
    unlimited = (words.astype(np.float32) / FULL_SCALE for words in unlimited_blocks(house, song, frames, mastering))
    for before, after in Limiters(house, gain_db).blocks(unlimited):
        block = every.take(after)
        total.take(sum_of_buses(block, buses).T)
        limiters.add(np.ascontiguousarray(before.T) * np.float32(gain_from_db(gain_db)), block)
    work = limiters.finish(every.finish().weighted)
    lufs = matched_lufs(measure_loudness(total.finish().weighted), match)
    return HouseLevel(
        gain_db=gain_db,
        lufs=-np.inf if lufs is None else lufs,
        max_reduction_db=max(each.max_reduction_db for each in work),
        mean_reduction_db=max(each.mean_reduction_db for each in work),
    )


def find_level(attempt: Try, settings: MasteringSettings, target_lufs: float, first_db: float) -> HouseLevel:
    """The gain that brings the house to the target; where the limiters would take too much, the most that they allow.

    ``first_db`` is a guess. The result was measured, not computed.
    """
    found = _approach(attempt, target_lufs, first_db)
    if found.beyond_db(settings) <= 0:
        return found
    return _most_allowed(attempt, settings, found)


def _approach(attempt: Try, target_lufs: float, first_db: float) -> HouseLevel:
    """By the secant through the last two gains."""
    now = attempt(_possible(first_db))
    slope = STEEPEST
    for _ in range(MOST_PASSES):
        missing = target_lufs - now.lufs
        following_db = _possible(now.gain_db + missing / slope)
        if abs(missing) <= CLOSE_LU or following_db == now.gain_db or not np.isfinite(now.lufs):
            break
        before, now = now, attempt(following_db)
        slope = min(STEEPEST, max(FLATTEST, (now.lufs - before.lufs) / (now.gain_db - before.gain_db)))
    return now


def _most_allowed(attempt: Try, settings: MasteringSettings, too_much: HouseLevel) -> HouseLevel:
    """The highest gain below ``too_much`` at which the limiters take no more than they may, to CLOSE_GAIN_DB."""
    high, low = too_much, None
    for _ in range(MOST_PASSES):
        if low is None:
            # What a limiter takes at its hardest moment goes down dB by dB; on average it goes down slower than that.
            step_db = max(high.beyond_db(settings), CLOSE_GAIN_DB) + CLOSE_GAIN_DB / 2
            gain_db = _possible(high.gain_db - step_db)
        elif high.gain_db - low.gain_db <= CLOSE_GAIN_DB:
            break
        else:
            gain_db = (high.gain_db + low.gain_db) / 2
        now = attempt(gain_db)
        if now.beyond_db(settings) > 0 and gain_db > LOWEST_DB:
            high = now
        else:
            low = now
    return low or high


def _possible(gain_db: float) -> float:
    return min(HIGHEST_DB, max(LOWEST_DB, gain_db))
