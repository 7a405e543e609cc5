"""Over all presets, any rig and any song: click stays out of the house, and a saved rig is the same rig."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_rigs import reckless_rigs, valid_rigs

from appliance.errors import SettingsError
from appliance.settings import BusKind, check_rig, load_rig, parse_rig, preset, rig_text, save_rig
from appliance.songs.routing import bus_channel_kinds, gain_matrix, patch
from appliance.vocabulary import Part, Role, Side

SLOW = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Stem:
    role: Role
    part: Part | None
    channels: tuple[int, ...]
    gain_db: float
    side: Side | None = None


@st.composite
def songs(draw):
    """Stems side by side; now and then one names a channel that another has already."""
    stems, channel = [], 0
    for _ in range(draw(st.integers(0, 8))):
        width = draw(st.integers(1, 2))
        part = draw(st.none() | st.sampled_from(Part))
        gain_db = draw(st.floats(-60, 24))
        side = draw(st.none() | st.sampled_from(Side)) if width == 1 else None
        stems.append(Stem(draw(st.sampled_from(Role)), part, tuple(range(channel, channel + width)), gain_db, side))
        channel += draw(st.integers(width - 1, width)) if width == 2 else width
    return stems


presets = st.integers(1, 64).map(preset)
any_rig = st.one_of(presets, valid_rigs(), reckless_rigs())


@SLOW
@given(any_rig, songs())
def test_click_guide_and_timecode_never_reach_the_house(rig, song):
    gains = gain_matrix(rig, song)
    private = {channel for stem in song if stem.role is not Role.TRACK for channel in stem.channels}
    for column, kind in enumerate(bus_channel_kinds(rig)):
        if kind is BusKind.HOUSE:
            assert not gains[sorted(private), column].any()
    assert np.isfinite(gains).all()
    assert (gains >= 0).all()


@SLOW
@given(any_rig, songs())
def test_left_and_right_in_two_stems_are_routed_as_one_stereo_stem(rig, song):
    halves = []
    for stem in song:
        if len(stem.channels) == 2:
            sides = zip(stem.channels, (Side.LEFT, Side.RIGHT), strict=True)
            halves += [replace(stem, channels=(channel,), side=side) for channel, side in sides]
        else:
            halves.append(stem)
    np.testing.assert_array_equal(gain_matrix(rig, halves), gain_matrix(rig, song))


@SLOW
@given(reckless_rigs())
def test_a_file_that_sends_them_to_the_house_is_refused(rig):
    leaks = [bus for bus in rig.buses if bus.kind is BusKind.HOUSE and {"click", "guide", "timecode"} & set(bus.sends)]
    if leaks:
        with pytest.raises(SettingsError):
            check_rig(rig)
        with pytest.raises(SettingsError):
            parse_rig(rig_text(rig))


@SLOW
@given(st.one_of(presets, valid_rigs()))
def test_a_saved_rig_is_loaded_as_the_same_rig(rig):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings" / "rig.toml"
        save_rig(rig, path)
        assert load_rig(path) == rig


@SLOW
@given(st.one_of(presets, valid_rigs()))
def test_no_output_is_fed_by_two_channels(rig):
    outputs = [output for output, _ in patch(rig)]
    assert len(set(outputs)) == len(outputs)
    assert all(0 <= output < rig.outputs for output in outputs)
    assert {channel for _, channel in patch(rig)} == set(range(rig.bus_channels))
