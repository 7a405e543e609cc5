"""The display's pictures, point by point, against those that were looked at; and what reaches the chip."""

import os
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory
from PIL import Image

from appliance.controls import GpioError, load_pins
from appliance.controls.display import DisplayView, draw, fitted, letters
from appliance.controls.oled import open_oled
from appliance.settings.controls import DisplayKind

LUMA = pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated:DeprecationWarning")
"""luma still reads pictures in a way that Pillow 14 takes away; the extra ``display`` stays below it."""

PICTURES = Path(__file__).parent / "pictures"
VIEWS = {
    "ready": DisplayView(state="ready", now="Night Drive", next="Hold Fast", remaining_s=227.0, duration_s=227.0),
    "playing": DisplayView(
        state="playing", now="Été à Nice", next="Slow Water", section="Chorus 2", remaining_s=61.2, duration_s=204.0
    ),
    "long": DisplayView(
        state="playing", now="The Song With a Title That Goes On and On Through the Night", section="Breakdown",
        next="Another One That Does Not Fit Either, Not Even Here", remaining_s=0.0, duration_s=204.0,
    ),
    "fault": DisplayView(
        state="faulted", now="Night Drive",
        fault="The interface is unplugged. Plug it in; the show continues by itself.",
    ),
    "empty": DisplayView(state="no setlist"),
}  # fmt: skip
NEW = os.environ.get("SIDESTAGE_NEW_PICTURES")
"""Set it to write the pictures anew; then look at them."""


@pytest.mark.parametrize("width", [128, 256])
@pytest.mark.parametrize("name", VIEWS)
def test_pictures_are_as_they_were(name, width):
    image = draw(VIEWS[name], width)
    path = PICTURES / f"{name}-{width}.png"
    if NEW:
        image.save(path, optimize=True)
    with Image.open(path) as expected:
        assert (image.size, image.tobytes()) == (expected.size, expected.convert("1").tobytes())


def test_one_second_left_is_shown_until_it_is_over():
    def at(remaining_s):
        return draw(DisplayView(now="A", remaining_s=remaining_s, duration_s=1e9), 128).tobytes()

    assert at(1.0) == at(0.5) != at(0.0)
    assert at(-3.0) == at(0.0)


def test_letters_that_the_font_lacks():
    assert letters("Zażółć\u2019s 日本 \u2013 Été\n") == "Zazó?c's ?? - Été"
    assert fitted("Hold Fast", 9) == "Hold Fast"
    assert fitted("Hold Fast", 8) == "Hold F.."


class Wire:
    """An I2C or SPI bus that takes down what is written to it."""

    def __init__(self):
        self.data = bytearray()
        self.broken = False
        self.is_data = lambda: True

    def write_i2c_block_data(self, _address, mode, block):
        if self.broken:
            raise OSError(121, "Remote I/O error")
        if mode == 0x40:
            self.data += bytes(block)

    def open(self, port, device):
        self.opened = (port, device)

    def writebytes(self, block):
        if self.is_data() and len(block) > 2:  # shorter ones are the corners of the picture's part that is sent
            self.data += bytes(block)

    def close(self):
        pass


@LUMA
def test_the_ssd1306_gets_each_picture_once():
    wire = Wire()
    oled = open_oled(DisplayKind.SSD1306, load_pins().display, MockFactory(), i2c_bus=wire)
    wire.data.clear()
    oled.show(VIEWS["playing"])
    # Each byte is eight points of a column, the lowest bit on top: so is the chip's memory.
    image = draw(VIEWS["playing"], 128)
    points = image.load()
    expected = bytes(
        sum((points[x, page * 8 + bit] != 0) << bit for bit in range(8)) for page in range(8) for x in range(128)
    )
    assert bytes(wire.data) == expected
    oled.show(VIEWS["playing"])
    assert len(wire.data) == len(expected)
    wire.broken = True
    with pytest.raises(GpioError, match="goes on without it"):
        oled.show(VIEWS["fault"])


@LUMA
def test_the_ssd1322_is_driven_by_the_pins_of_the_map():
    wire = Wire()
    with MockFactory() as factory:
        pins = load_pins().display
        oled = open_oled(DisplayKind.SSD1322, pins, factory, spi_bus=wire)
        assert wire.opened == (0, 0)
        assert factory.pin(pins.spi.reset).function == "output"
        wire.is_data = lambda: factory.pin(pins.spi.data_command).state
        wire.data.clear()
        oled.show(VIEWS["playing"])
        # Each byte is two points side by side in 16 levels. Only the part that has changed is sent.
        lit = draw(VIEWS["playing"], 256).tobytes().hex()
        assert sum(byte.bit_count() for byte in wire.data) == 4 * int(lit, 16).bit_count()
        oled.close()
        assert factory.pin(pins.spi.reset).function == "input"


def test_a_display_that_is_not_there_is_one_sentence():
    pins = load_pins().display
    assert open_oled(DisplayKind.NONE, pins, MockFactory()) is None
    with pytest.raises(GpioError, match="check its wiring"):
        open_oled(DisplayKind.SSD1306, pins, MockFactory())
