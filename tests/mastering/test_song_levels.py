"""The search for a level, on houses that are made of a formula."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.mastering.levels import CLOSE_GAIN_DB, CLOSE_LU, HIGHEST_DB, HouseLevel, find_level, matched_lufs
from appliance.measurement.loudness import Loudness
from appliance.settings import LevelMatch, MasteringSettings

SETTINGS = MasteringSettings()


def house(plain_lufs: float, peak_dbfs: float, share: float = 0.2) -> tuple[Callable[[float], HouseLevel], list[float]]:
    """A song whose peaks reach the ceiling of -1 dBTP at some gain; what is limited is not heard louder."""
    tried: list[float] = []

    def attempt(gain_db: float) -> HouseLevel:
        tried.append(gain_db)
        most = max(0.0, peak_dbfs + gain_db + 1.0)
        mean = share * most**1.5 / 2
        return HouseLevel(gain_db, plain_lufs + gain_db - mean, most, mean)

    return attempt, tried


def test_without_limiters_the_second_look_is_enough() -> None:
    attempt, tried = house(-30.0, -20.0)
    found = find_level(attempt, SETTINGS, -18.0, 10.0)
    assert found.lufs == pytest.approx(-18.0, abs=CLOSE_LU)
    assert len(tried) == 2


@given(st.floats(-50, -8), st.floats(6, 22), st.floats(0.01, 0.6), st.floats(-24, -12))
def test_the_target_or_the_most_that_is_allowed(plain: float, crest: float, share: float, target: float) -> None:
    attempt, tried = house(plain, plain + crest, share)
    found = find_level(attempt, SETTINGS, target, target - plain)
    assert found.gain_db in tried
    assert found.beyond_db(SETTINGS) <= 0
    if abs(found.lufs - target) > CLOSE_LU + 1e-9:
        assert found.lufs < target
        louder = attempt(found.gain_db + CLOSE_GAIN_DB + 0.02)
        assert louder.beyond_db(SETTINGS) > 0 or louder.gain_db > HIGHEST_DB
    assert len(tried) < 25


def test_no_gain_is_beyond_what_the_mixer_can_do() -> None:
    attempt, _ = house(-90.0, -70.0)
    assert find_level(attempt, SETTINGS, -18.0, 72.0).gain_db == HIGHEST_DB
    silent = find_level(lambda gain_db: HouseLevel(gain_db, -math.inf, 0.0, 0.0), SETTINGS, -18.0, 0.0)
    assert silent.gain_db == 0.0


def test_a_song_too_short_for_loud_sections_goes_by_its_whole() -> None:
    short = Loudness(
        integrated_lufs=-20.0, s95_lufs=None, range_lu=None, max_short_term_lufs=None, max_momentary_lufs=-18.0
    )
    assert {matched_lufs(short, match) for match in LevelMatch} == {-20.0}
    whole = Loudness(
        integrated_lufs=-20.0, s95_lufs=-17.0, range_lu=8.0, max_short_term_lufs=-15.0, max_momentary_lufs=-12.0
    )
    assert matched_lufs(whole, LevelMatch.S95) == -17.0
    assert matched_lufs(whole, LevelMatch.INTEGRATED) == -20.0
    assert matched_lufs(whole, LevelMatch.MAX_SHORT_TERM) == -15.0
