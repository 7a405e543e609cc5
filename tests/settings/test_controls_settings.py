"""The table [controls]: read, refused by key, whole once read."""

import msgspec
import pytest

from appliance.errors import SettingsError
from appliance.settings import ControlsSettings, parse_rig, preset, rig_text
from appliance.settings.controls import CONTROLS_RANGES, DEFAULT_BINDINGS, NOTHING, DisplayKind
from appliance.settings.triggers import TriggerKind, is_switch, parse_trigger

BUSES = '[[buses]]\nname = "A"\nkind = "house"\noutputs = [1]\nsends = {track = 0}\n'


def rig_with(lines: str) -> ControlsSettings:
    return parse_rig(f"outputs = 2\n[controls]\n{lines}\n{BUSES}").controls


def test_what_is_left_out_is_the_default() -> None:
    assert parse_rig(f"outputs = 2\n{BUSES}").controls == ControlsSettings()
    settings = rig_with('long_s = 1.2\n[controls.bindings]\n"key:b press" = "section chorus"')
    assert settings.long_s == 1.2
    assert settings.bindings == {**DEFAULT_BINDINGS, "key:b press": "section chorus"}


def test_a_default_can_be_changed_and_taken_away() -> None:
    settings = rig_with(f'[controls.bindings]\n"left double" = "{NOTHING}"\n"right+left both" = "fade 3"')
    assert settings.bindings["left+right both"] == "fade 3"
    assert len(settings.bindings) == len(DEFAULT_BINDINGS)
    assert parse_trigger("left double") not in settings.actions()
    assert settings.actions()[parse_trigger("left+right both")] == "fade 3"


def test_a_written_rig_says_the_same() -> None:
    controls = ControlsSettings(
        bindings={"note 60": 'say "one"', "left double": NOTHING, "key:kp_enter press": "next"},
        keys={"b": "extra", "pageup": "other"},
        pedals=("My Pedal",),
        at_once=("left",),
        normally_closed=("right",),
        both_s=0.5,
        midi_channel=10,
        display=DisplayKind.SSD1322,
    )
    rig = msgspec.structs.replace(preset(8), controls=controls)
    assert parse_rig(rig_text(rig)) == rig


@pytest.mark.parametrize(
    ("lines", "key", "words"),
    [
        ("long_s = 9", "long_s", "from 0.3 to 3, not 9"),
        ("long_s = nan", "long_s", "finite"),
        ('long_s = "1"', "long_s", "a number in seconds"),
        ("hold = 1", "hold", "did you mean long_s"),
        ("double_s = 0.9", "long_s", "longer than double_s, which is 0.9"),
        ("double_s = 0.2\nlockout_s = 0.3", "double_s", "longer than lockout_s"),
        ("double_s = 0.6\nlong_s = 1", "repeat_after_s", "longer than double_s"),
        ("midi_channel = 17", "midi_channel", "from 0 to 16"),
        ("midi_channel = 1.5", "midi_channel", "a whole number"),
        ('display = "lcd"', "display", "one of none, ssd1306, ssd1322"),
        ("first_program = 2", "first_program", "from 0 to 1"),
        ('pedals = ["a"]', "pedals[0]", "three letters"),
        ('at_once = ["Left Foot"]', "at_once[0]", "No switch"),
        ('normally_closed = [""]', "normally_closed[0]", "No switch"),
        ('keys = {pagedown = "Right!"}', "keys.pagedown", "that of a switch"),
        ("keys = {pagedown = 1}", "keys.pagedown", "in quotes"),
        ("bindings = {program = 3}", "bindings.program", "a command in quotes"),
        ('bindings = {"left press" = 3}', 'bindings."left press"', "a command in quotes"),
        ('bindings = {"left press" = ""}', 'bindings."left press"', "1 to 120"),
        ('bindings = {"left stomp" = "stop"}', 'bindings."left stomp"', "press, long, double, repeat, both"),
        ('bindings = {"left" = "stop"}', 'bindings."left"', "a switch and a gesture"),
        ('bindings = {"LEFT press" = "stop"}', 'bindings."LEFT press"', "No switch can be called"),
        ('bindings = {"left both" = "stop"}', 'bindings."left both"', "takes two switches"),
        ('bindings = {"left+left both" = "stop"}', 'bindings."left+left both"', "takes two switches"),
        ('bindings = {"left+right long" = "stop"}', 'bindings."left+right long"', 'only "both"'),
        ('bindings = {"note 128" = "stop"}', 'bindings."note 128"', "0 to 127"),
        ('bindings = {"program 0" = "stop"}', 'bindings."program 0"', "1 to 128"),
        ('bindings = {"cc" = "stop"}', 'bindings."cc"', "0 to 127"),
        ('bindings = {"left repeat" = "next"}', 'bindings."left repeat"', "only mean one of the two"),
        ('bindings = {"left+z both" = "next"}', 'bindings."left+z both"', "another switch already: left+right both"),
    ],
)
def test_each_slip_is_named_by_its_key(lines: str, key: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        rig_with(lines)
    assert refused.value.subject == f"rig.toml: controls.{key}"
    assert words in refused.value.sentence


@pytest.mark.parametrize("text", ["left press", "a+b both", "key:kp_enter repeat", "note 0", "cc 127", "program"])
def test_a_trigger_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_trigger(text)) == text


def test_two_switches_have_no_order() -> None:
    assert parse_trigger("right+left both") == parse_trigger("left+right both")
    assert parse_trigger("left+right both").kind is TriggerKind.BOTH


def test_ranges_name_keys_and_hold_the_defaults() -> None:
    for key, (least, most) in CONTROLS_RANGES.items():
        assert least <= getattr(ControlsSettings(), key) <= most
    assert [name for name in ("left_ring", "key:b", "2", "Left", "", "a b", "key:") if is_switch(name)] == [
        "left_ring", "key:b", "2"
    ]  # fmt: skip
