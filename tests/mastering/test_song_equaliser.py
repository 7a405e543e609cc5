"""Room for the band as a listener notices it: 4 dB at most, none where the song is thin, lows where they belong."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.mastering.equaliser import design, median_shape, response_db, shape_db, stem_bands
from appliance.mastering.profiles import BANDS, MOST_CUT_DB
from appliance.measurement.spectrum import NOMINAL_HZ, Spectrum
from appliance.settings import EqType, LivePart, MasteringSettings
from appliance.settings.bands import MAX_SECTIONS
from appliance.vocabulary import Part, Role

FLAT = (-30.0,) * len(NOMINAL_HZ)
EVERY_BAND = list(itertools.chain.from_iterable(itertools.combinations(LivePart, n) for n in range(6)))
shapes = st.lists(st.one_of(st.none(), st.floats(-90, 0)), min_size=len(NOMINAL_HZ), max_size=len(NOMINAL_HZ)).map(
    tuple
)


def settings(*live: LivePart, amount: float = 1.0) -> MasteringSettings:
    return MasteringSettings(live=live, eq_amount=amount)


def at(response: tuple[float, ...], hz: float) -> float:
    return response[NOMINAL_HZ.index(hz)]


def tracks(song: tuple = FLAT, *live: LivePart, amount: float = 1.0, part: Part | None = None) -> tuple[float, ...]:
    eq = design(settings(*live, amount=amount), song, FLAT)
    return response_db(stem_bands(eq, live, Role.TRACK, part), 48_000)


def test_nothing_live_takes_only_the_rumble_away() -> None:
    response = tracks()
    assert at(response, 31.5) == pytest.approx(-2.6, abs=0.5)
    assert max(abs(db) for db in response[NOMINAL_HZ.index(80.0) :]) < 0.15


def test_a_live_bass_gets_the_lows() -> None:
    response = tracks(FLAT, LivePart.BASS)
    assert at(response, 40.0) < -20
    assert at(response, 80.0) == pytest.approx(-3 - 2.1, abs=1)
    assert abs(at(response, 1000.0)) < 0.3


def test_live_vocals_get_the_presence() -> None:
    response = tracks(FLAT, LivePart.VOCALS)
    assert at(response, 3150.0) == pytest.approx(-3, abs=0.3)
    assert at(response, 100.0) > -0.5


@given(st.sampled_from(EVERY_BAND), st.floats(0, 1.5), shapes, shapes)
def test_cuts_only_and_never_more_than_4_db(live: tuple, amount: float, song: tuple, usual: tuple) -> None:
    eq = design(settings(*live, amount=amount), song, usual)
    for part in (None, *Part):
        bands = stem_bands(eq, live, Role.TRACK, part)
        assert sum(band.sections for band in bands) <= MAX_SECTIONS
        moves = [band for band in bands if band.type is not EqType.HIGH_PASS]
        response = response_db(moves, 48_000)
        assert min(response) >= -MOST_CUT_DB - 0.02
        assert max(response) <= 0.05


def test_a_thin_song_is_not_thinned_further_and_a_fat_one_gives_more() -> None:
    low = [20 <= hz <= 125 for hz in NOMINAL_HZ]
    thin = tuple(level - 6 * is_low for level, is_low in zip(FLAT, low, strict=True))
    fat = tuple(level + 6 * is_low for level, is_low in zip(FLAT, low, strict=True))
    gains = {}
    for name, song in (("thin", thin), ("usual", FLAT), ("fat", fat)):
        moves = design(settings(LivePart.DRUMS), song, FLAT).moves
        gains[name] = next(move.gain_db for move in moves if move.band == "lows")
    assert gains["thin"] == 0
    assert gains["usual"] == pytest.approx(-2)
    assert gains["fat"] == pytest.approx(-MOST_CUT_DB)


def test_a_bass_stem_keeps_its_lows_unless_the_bass_is_live() -> None:
    with_vocals = tracks(FLAT, LivePart.VOCALS, LivePart.DRUMS, part=Part.BASS)
    assert at(with_vocals, 63.0) > -1
    assert at(with_vocals, 3150.0) < -2
    with_bass = tracks(FLAT, LivePart.BASS, part=Part.BASS)
    assert at(with_bass, 40.0) < -20
    kick = tracks(FLAT, LivePart.BASS, part=Part.DRUMS)
    assert at(kick, 63.0) > -1


def test_the_amount_scales_everything() -> None:
    none = tracks(FLAT, *LivePart, amount=0.0)
    assert none == pytest.approx(tracks(), abs=1e-9)
    half, whole = (tracks(FLAT, LivePart.GUITARS, amount=amount) for amount in (0.5, 1.0))
    assert at(half, 3150.0) == pytest.approx(at(whole, 3150.0) / 2, abs=0.2)


def test_click_and_guide_have_none() -> None:
    eq = design(settings(*LivePart), FLAT, FLAT)
    for role in (Role.CLICK, Role.GUIDE, Role.TIMECODE):
        assert stem_bands(eq, tuple(LivePart), role, None) == ()


def test_the_median_of_a_set_is_not_moved_by_one_song() -> None:
    odd = tuple(level + 20 for level in FLAT)
    assert median_shape([FLAT, FLAT, odd]) == FLAT
    assert median_shape([(None,) * 30]) == (None,) * 30
    spectrum = Spectrum(centre_hz=NOMINAL_HZ, level_dbfs=(-40.0, None, *FLAT[2:]))
    assert shape_db(spectrum, -20.0)[:3] == (-20.0, None, -10.0)


def test_bands_are_apart() -> None:
    for one, other in itertools.pairwise(BANDS):
        assert one.to_hz < other.from_hz
    assert np.all([band.from_hz <= band.shape.frequency_hz <= band.to_hz for band in BANDS])
