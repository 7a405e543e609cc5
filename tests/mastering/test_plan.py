"""What a set asks of each song: targets by every way of matching, offsets, sparse songs, the reference."""

import msgspec
import pytest

from appliance.errors import LibraryError
from appliance.mastering.density import CENTRES_HZ, QUANTILES, Occupancy
from appliance.mastering.facts import SongFacts
from appliance.mastering.plan import SetSong, plan_set
from appliance.measurement import Levels, Loudness, Measurement, Spectrum
from appliance.measurement.spectrum import NOMINAL_HZ
from appliance.settings import LevelMatch, MasteringSettings

EVERYWHERE = tuple(hz > 0 for hz in CENTRES_HZ)
A_PAD = tuple(200 < hz < 1000 for hz in CENTRES_HZ)


def song(title: str, s95_lufs: float | None, offset_lu: float = 0.0, filled: tuple[bool, ...] = EVERYWHERE) -> SetSong:
    """As loud as said, with third octaves 20 dB below it where it is filled, and 60 dB where not."""
    house = None
    if s95_lufs is not None:
        loudness = Loudness(
            integrated_lufs=s95_lufs - 2, s95_lufs=s95_lufs, range_lu=3.0, max_short_term_lufs=s95_lufs + 1,
            max_momentary_lufs=s95_lufs + 2,
        )  # fmt: skip
        spectrum = Spectrum(centre_hz=NOMINAL_HZ, level_dbfs=(s95_lufs - 20,) * len(NOMINAL_HZ))
        levels = msgspec.convert(dict.fromkeys(Levels.__struct_fields__, 0), Levels)
        house = Measurement(loudness=loudness, levels=levels, stereo=None, spectrum=spectrum)
    base = s95_lufs or 0.0
    rows = tuple((base - (20.0 if there else 60.0),) * len(QUANTILES) for there in filled)
    known = dict.fromkeys(SongFacts.__struct_fields__)
    facts = SongFacts(**{**known, "house": house, "occupancy": Occupancy(levels_db=rows)})
    return SetSong(title, offset_lu, facts)


def targets(settings: MasteringSettings, *songs: SetSong) -> list[float | None]:
    return [plan.lufs for plan in plan_set(settings, songs)]


SONGS = (song("A", -12.0), song("B", -25.0), song("C", -30.0))


def test_every_song_comes_to_the_target() -> None:
    assert targets(MasteringSettings(target_lufs=-20), *SONGS) == [-20, -20, -20]


def test_an_offset_is_kept() -> None:
    assert targets(MasteringSettings(), song("A", -12, offset_lu=-3), SONGS[1]) == [-21, -18]


def test_an_album_keeps_its_relations() -> None:
    assert targets(MasteringSettings(match=LevelMatch.ALBUM), *SONGS) == [-18, -31, -36]


def test_the_reference_song_gives_the_level() -> None:
    settings = MasteringSettings(match=LevelMatch.REFERENCE, reference="b")
    assert targets(settings, *SONGS) == [-25, -25, -25]
    with pytest.raises(LibraryError) as refused:
        targets(MasteringSettings(match=LevelMatch.REFERENCE, reference="Z"), *SONGS)
    assert refused.value.subject == "Z"


def test_a_sparse_song_may_lie_lower_and_is_told() -> None:
    pad = song("Pad", -20.0, filled=A_PAD)
    plans = plan_set(MasteringSettings(), [*SONGS, pad])
    assert [plan.sparse for plan in plans] == [False, False, False, True]
    assert plans[3].lufs == -21
    assert plans[3].filled == pytest.approx(sum(A_PAD) / len(A_PAD), abs=0.05)
    assert targets(MasteringSettings(sparse_lu=0), *SONGS, pad) == [-18] * 4
    assert not plan_set(MasteringSettings(), [SONGS[0], pad])[1].sparse, "two songs are no set"
    assert not any(plan.sparse for plan in plan_set(MasteringSettings(), [pad, pad, pad])), "nothing to be sparse among"


def test_a_song_without_anything_for_the_house_has_no_target() -> None:
    assert targets(MasteringSettings(), *SONGS, song("Click only", None)) == [-18, -18, -18, None]
    assert targets(MasteringSettings(match=LevelMatch.ALBUM), song("Click only", None)) == [None]
    assert targets(MasteringSettings()) == []
