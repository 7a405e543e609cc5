"""Where each stem goes, by hand-written examples. Any rig and any song: tests/settings/test_random_rigs.py."""

from dataclasses import dataclass

import numpy as np
import pytest

from appliance.settings import Bus, BusKind, Rig, preset
from appliance.songs.mastered import MasteredStem
from appliance.songs.routing import bus_channel_kinds, gain_matrix, patch
from appliance.vocabulary import Part, Role, Side


@dataclass(frozen=True)
class Stem:
    role: Role
    channels: tuple[int, ...]
    part: Part | None = None
    gain_db: float = 0.0
    side: Side | None = None


def bus(name, kind, outputs, **sends):
    return Bus(name=name, kind=kind, outputs=outputs, sends=sends)


SONG = [Stem(Role.TRACK, (0, 1)), Stem(Role.TRACK, (2,), Part.BASS), Stem(Role.CLICK, (3,)), Stem(Role.GUIDE, (4,))]


def test_two_outputs_tracks_left_click_right():
    expected = [[0.5, 0], [0.5, 0], [1, 0], [0, 1], [0, 1]]
    np.testing.assert_array_equal(gain_matrix(preset(2), SONG), np.array(expected, np.float32))


def test_four_outputs():
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_array_equal(gain_matrix(preset(4), SONG), np.array(expected, np.float32))


def test_eight_outputs_bass_leaves_foh():
    gains = gain_matrix(preset(8), SONG)
    assert gains.shape == (5, 8)
    assert gains.dtype == np.float32
    np.testing.assert_array_equal(gains[2, :5], [0, 0, 1, 0, 0])
    np.testing.assert_array_equal(gains[0, :5], [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(gains[:, 7], [0.5, 0.5, 1, 1, 1])
    assert bus_channel_kinds(preset(8)) == [BusKind.HOUSE] * 5 + [BusKind.EARS] * 3


def test_gains_of_stem_and_send_add_in_db_and_the_trim_stays_with_the_bus():
    mix = Bus(name="Mix", kind=BusKind.EARS, outputs=(1,), sends={"track": -6.0}, gain_db=-20.0)
    gains = gain_matrix(Rig(outputs=2, buses=(mix,)), [Stem(Role.TRACK, (0,), None, -4.0)])
    assert gains[0, 0] == pytest.approx(10 ** (-10 / 20))


def test_a_part_goes_before_its_role():
    rig = Rig(outputs=2, buses=(bus("Mix", BusKind.HOUSE, (1,), track=0.0, drums="off", keys=-60.0),))
    song = [Stem(Role.TRACK, (0,), Part.DRUMS), Stem(Role.TRACK, (1,), Part.KEYS), Stem(Role.TRACK, (2,), Part.HORNS)]
    np.testing.assert_allclose(gain_matrix(rig, song)[:, 0], [0.0, 0.001, 1.0], rtol=1e-6)


@pytest.mark.parametrize("role", [Role.CLICK, Role.GUIDE, Role.TIMECODE])
def test_no_trick_brings_it_into_the_house(role):
    """Sends that no file may have, a click that claims to be drums, a channel that is click and track at once."""
    sends = {role.value: 0.0, "drums": 0.0, "track": 0.0}
    rig = Rig(outputs=4, buses=(bus("PA", BusKind.HOUSE, (1, 2), **sends), bus("Ears", BusKind.EARS, (3,), **sends)))
    song = [Stem(role, (0,), Part.DRUMS), Stem(Role.TRACK, (0, 1))]
    gains = gain_matrix(rig, song)
    np.testing.assert_array_equal(gains[0, :2], [0, 0])
    np.testing.assert_array_equal(gains[1, :2], [0, 1])
    assert gains[0, 2] == 1.5


def test_one_channel_to_several_outputs():
    rig = Rig(outputs=6, buses=(bus("PA", BusKind.HOUSE, (5, (1, 3)), track=0.0), bus("Click", BusKind.EARS, (2,))))
    assert patch(rig) == [(4, 0), (0, 1), (2, 1), (1, 2)]


def test_channels_that_no_stem_names_are_silent():
    gains = gain_matrix(preset(2), SONG, stem_channels=8)
    assert gains.shape == (8, 2)
    assert not gains[5:].any()
    assert gain_matrix(preset(2), []).shape == (0, 2)


@pytest.mark.parametrize("channels", [(), (0, 1, 2), (-1,)])
def test_a_stem_has_one_or_two_channels(channels):
    with pytest.raises(ValueError, match="one or two channels"):
        gain_matrix(preset(2), [Stem(Role.TRACK, channels)])


def test_stems_beyond_the_song_are_refused():
    with pytest.raises(ValueError, match="name 5 channels of a song that has 4"):
        gain_matrix(preset(2), SONG, stem_channels=4)


def test_a_half_of_a_stereo_sound_is_on_its_side():
    song = [Stem(Role.TRACK, (0,), side=Side.LEFT), Stem(Role.TRACK, (1,), side=Side.RIGHT)]
    np.testing.assert_array_equal(gain_matrix(preset(4), song)[:, :2], [[1, 0], [0, 1]])
    np.testing.assert_array_equal(gain_matrix(preset(2), song)[:, 0], [0.5, 0.5])
    np.testing.assert_array_equal(gain_matrix(preset(4), song[1:])[:, :2], [[0, 0], [0, 1]])
    with pytest.raises(ValueError, match="both sides"):
        gain_matrix(preset(2), [Stem(Role.TRACK, (0, 1), side=Side.LEFT)])


def test_mastered_levels_are_each_for_those_who_hear_them():
    mastered = [MasteredStem(house_gain_db=-6.0, ears_gain_db=3.0) for _ in SONG]
    plain, changed = gain_matrix(preset(8), SONG), gain_matrix(preset(8), SONG, mastered=mastered)
    np.testing.assert_allclose(changed[:, :5], plain[:, :5] * 10 ** (-6 / 20), rtol=1e-6)
    np.testing.assert_allclose(changed[:, 5:], plain[:, 5:] * 10 ** (3 / 20), rtol=1e-6)
    assert not changed[3:, :5].any()
