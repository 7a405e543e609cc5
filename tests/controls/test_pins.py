"""The pin map: good, not crossing what other boards need, and part of the package."""

import pytest

from appliance.controls.lamps import Lamp
from appliance.controls.pins import load_pins, parse_pins, pin_map_file
from appliance.errors import SettingsError

TEXT = pin_map_file().read_text(encoding="utf-8")


def test_the_map_is_whole():
    pins = load_pins()
    assert set(pins.switches) == {"left", "right", "left_ring", "right_ring"}
    assert set(pins.lamps) <= set(Lamp)
    used = [*pins.switches.values(), *pins.lamps.values(), pins.display.spi.data_command, pins.display.spi.reset]
    assert len(set(used)) == len(used)
    assert not set(used) & {0, 1, 2, 3, 14, 15, 18, 19, 20, 21}


def test_every_pin_says_where_it_is_on_the_header():
    header = {5: 29, 6: 31, 16: 36, 17: 11, 22: 15, 23: 16, 24: 18, 25: 22, 26: 37, 27: 13}
    for gpio, pin in header.items():
        line = next(line for line in TEXT.splitlines() if f"= {gpio} " in line)
        assert f"({pin})" in line


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("left = 5 ", "left = 0 ", "switches.left", "EEPROM"),
        ("left = 5 ", "left = 2 ", "switches.left", "I2C"),
        ("left = 5 ", "left = 8 ", "switches.left", "SPI"),
        ("left = 5 ", "left = 28 ", "switches.left", "0 to 27"),
        ("ready = 17 ", "ready = 5 ", "lamps.ready", "switches.left"),
        ("reset = 25 ", "reset = 24 ", "display.spi.reset", "display.spi.data_command"),
    ],
)
def test_a_pin_that_is_taken_is_named(old, new, key, words):
    assert old in TEXT
    with pytest.raises(SettingsError) as refused:
        parse_pins(TEXT.replace(old, new))
    assert refused.value.subject == f"pins.toml: {key}"
    assert words in refused.value.sentence


def test_unknown_keys_are_refused():
    with pytest.raises(SettingsError, match="foo"):
        parse_pins("foo = 1\n" + TEXT)
