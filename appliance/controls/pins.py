"""The one pin map, ``hardware/pins.toml``. In an installed package it lies beside this module."""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from appliance.errors import SettingsError

BCM = range(28)
"""GPIO of the 40-pin header."""
RESERVED = {0: "a HAT's EEPROM", 1: "a HAT's EEPROM"}
I2C_PINS = (2, 3)
SPI_PINS = (7, 8, 9, 10, 11)
"""Both chip selects are the driver's as soon as SPI is switched on."""


class I2cDisplay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bus and address of an SSD1306."""

    port: int
    address: int


class SpiDisplay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bus, chip select and the two further GPIO of an SSD1322."""

    port: int
    device: int
    data_command: int
    reset: int


class DisplayPins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only one of the two is fitted."""

    i2c: I2cDisplay
    spi: SpiDisplay


class PinMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GPIO by BCM number."""

    switches: dict[str, int]
    lamps: dict[str, int]
    display: DisplayPins


def pin_map_file() -> Traversable:
    """The map of the source tree that this runs from, else that of the installed package."""
    source = Path(__file__).parents[2] / "hardware" / "pins.toml"
    return source if source.is_file() else resources.files("appliance.controls") / "pins.toml"


def load_pins(file: Traversable | None = None) -> PinMap:
    """The pin map. Raises SettingsError with the key where it cannot be right."""
    file = file or pin_map_file()
    return parse_pins(file.read_text(encoding="utf-8"))


def parse_pins(text: str, source: str = "pins.toml") -> PinMap:
    """The map that ``text`` describes. Raises SettingsError: unknown keys, or a GPIO that is taken or not there."""
    try:
        pins = msgspec.convert(tomllib.loads(text), PinMap, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{str(error).rstrip('.')}.", source) from error
    taken = {
        **RESERVED,
        **dict.fromkeys(I2C_PINS, "the display's I2C"),
        **dict.fromkeys(SPI_PINS, "the display's SPI"),
    }
    users = [
        *((f"switches.{name}", pin) for name, pin in pins.switches.items()),
        *((f"lamps.{name}", pin) for name, pin in pins.lamps.items()),
        ("display.spi.data_command", pins.display.spi.data_command),
        ("display.spi.reset", pins.display.spi.reset),
    ]
    for path, pin in users:
        if pin not in BCM:
            raise SettingsError(f"The header has GPIO 0 to 27, not {pin}.", f"{source}: {path}")
        if pin in taken:
            raise SettingsError(f"GPIO {pin} belongs to {taken[pin]}.", f"{source}: {path}")
        taken[pin] = path
    return pins
