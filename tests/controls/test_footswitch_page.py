"""docs/footswitch.md says what the code does."""

import re
from pathlib import Path

import pytest

from appliance.controls import Bindings, load_pins
from appliance.controls.contact import CLOSURES_MAX, CLOSURES_WINDOW_S, QUIET_AFTER_CHATTER_S, REST_S, UNREST_S
from appliance.controls.footswitch import DEBOUNCE_S
from appliance.controls.pedal import FEW_KEYS
from appliance.settings import ControlsSettings, parse_rig
from appliance.settings.triggers import TriggerKind, parse_trigger

PAGE = (Path(__file__).parents[2] / "docs" / "footswitch.md").read_text(encoding="utf-8")
BUSES = '[[buses]]\nname = "A"\nkind = "house"\noutputs = [1]\nsends = {track = 0}\n'
DEFAULT = ControlsSettings()


def test_the_example_is_good():
    example = "\n".join(line[4:] for line in PAGE.splitlines() if line.startswith("    "))
    bindings = Bindings(parse_rig(f"outputs = 1\n{example}\n{BUSES}").controls)
    assert bindings.command(parse_trigger("program 12")) == "goto 1"
    assert bindings.command(parse_trigger("program 13")) == "goto 13"
    assert bindings.delay(parse_trigger("left press")).seconds == 0


def test_the_wiring_is_that_of_the_map():
    pins = load_pins()
    for name, gpio in pins.switches.items():
        assert f"`{name}`: GPIO {gpio} (" in PAGE
    for name, gpio in pins.lamps.items():
        assert re.search(rf"(GPIO )?{gpio} `{name}`", PAGE)


def test_the_figures_are_those_of_the_code():
    for text in (
        f"long (0.8 s) {DEFAULT.long_s}",
        f"both for 1 s {DEFAULT.both_s:g}",
        f"within {DEFAULT.together_s} s are one movement {DEFAULT.together_s}",
        f"within {DEFAULT.double_s} s of the first {DEFAULT.double_s}",
        f"{DEFAULT.repeat_after_s} s after the foot came down, then every {DEFAULT.repeat_every_s} s {DEFAULT.both_s}",
        f"({REST_S:g} s after, {REST_S}",
        f"adds {DEBOUNCE_S * 1000:g} ms {DEBOUNCE_S}",
        f"deaf** for {DEFAULT.lockout_s} s {DEFAULT.lockout_s}",
        f"Held for {DEFAULT.stuck_s:g} s {DEFAULT.stuck_s}",
        f"quiet for {QUIET_AFTER_CHATTER_S:g} s {QUIET_AFTER_CHATTER_S}",
        f"up to {FEW_KEYS} keys {FEW_KEYS}",
    ):
        assert re.sub(r"\s+", " ", text.rpartition(" ")[0].replace("**", "")) in re.sub(
            r"\s+", " ", PAGE.replace("**", "")
        )
    assert (UNREST_S, CLOSURES_MAX, CLOSURES_WINDOW_S) == (0.5, 12, 2.0)  # "half a second", "twelve times", "two"


@pytest.mark.parametrize(
    ("bindings", "seconds", "on_release"),
    [
        ({}, 0.0, False),
        ({"right repeat": "next"}, 0.0, False),
        ({"right double": "x"}, 0.4, False),
        ({"right long": "x"}, 0.0, True),
        ({"right long": "x", "right double": "x"}, 0.4, True),
    ],
)
def test_the_rule_of_the_page_is_the_delay_that_is_told(bindings, seconds, on_release):
    delay = Bindings(ControlsSettings(bindings=bindings)).delay(parse_trigger("right press"))
    assert (delay.seconds, delay.on_release) == (seconds, on_release)


def test_every_gesture_is_explained():
    for kind in TriggerKind:
        assert re.search(rf"\b{kind.value}\b", PAGE), kind
