"""The presets, as docs/rig.md prints them."""

import pytest

from appliance.settings import BusKind, check_rig, preset, preset_size
from appliance.vocabulary import Part, Role


@pytest.mark.parametrize(
    ("outputs", "size"), [(1, 1), (2, 2), (3, 2), (4, 4), (6, 4), (7, 4), (8, 8), (10, 8), (18, 8), (64, 8)]
)
def test_the_largest_preset_that_fits(outputs, size):
    assert preset_size(outputs) == size
    rig = check_rig(preset(outputs))
    assert rig.outputs == outputs
    assert rig.buses == preset(size).buses


def test_no_outputs_no_preset():
    with pytest.raises(ValueError, match="at least one output"):
        preset(0)


def test_every_output_of_a_preset_is_used_once():
    for size in (1, 2, 4, 8):
        fed = sorted(output for bus in preset(size).buses for group in bus.patch for output in group)
        assert fed == list(range(1, size + 1))


def test_each_part_reaches_the_audience_exactly_once_with_8_outputs():
    house = [bus for bus in preset(8).buses if bus.kind is BusKind.HOUSE]
    for part in (None, *Part):
        assert sum(bus.send_db(Role.TRACK, part) == 0.0 for bus in house) == 1
        assert sum(bus.send_db(Role.TRACK, part) > -100 for bus in house) == 1


def test_click_and_guide_are_heard_wherever_there_is_room():
    for size in (2, 4, 8):
        ears = [bus for bus in preset(size).buses if bus.kind is BusKind.EARS]
        assert any("click" in bus.sends for bus in ears)
        assert any("guide" in bus.sends for bus in ears)
    assert all(bus.kind is BusKind.HOUSE for bus in preset(1).buses)
