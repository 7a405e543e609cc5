"""A small OLED beside the lamps: SSD1306 with 128 x 64 points, SSD1322 with 256 x 64. Needs the extra ``display``.

Wiring: the SSD1306 to 3.3 V, ground, SDA (GPIO 2, pin 3) and SCL (GPIO 3, pin 5). The SSD1322 in its 4-wire SPI mode to
3.3 V, ground, MOSI, SCLK, chip select, data/command and reset as ``hardware/pins.toml`` says. I2C or SPI must be
switched on (``dtparam=i2c_arm=on``, ``dtparam=spi=on``).
"""

from typing import Any, Protocol

from gpiozero import Factory, OutputDevice

from appliance.controls.display import DisplayView, draw
from appliance.controls.footswitch import GpioError
from appliance.controls.pins import DisplayPins
from appliance.settings.controls import DisplayKind

SPI_HZ = 8_000_000
"""A picture of 256 x 64 in 16 levels is 8 kB: 8 ms."""


class LumaDevice(Protocol):
    """What of luma's devices is used."""

    width: int
    mode: str

    def display(self, image: Any) -> None: ...
    def cleanup(self) -> None: ...


class Oled:
    """Draws only what has changed: a display that is written to without need flickers and steals time from the bus.

    ``show`` waits for the bus: 8 ms on SPI, on I2C 25 ms at 400 kHz and 100 ms at 100 kHz. Call it from a thread of its
    own, so that no press waits for a picture.
    """

    def __init__(self, device: LumaDevice, gpio: "FactoryGpio | None" = None) -> None:
        self._device = device
        self._gpio = gpio
        self._shown: bytes | None = None

    def show(self, view: DisplayView) -> None:
        """Raises GpioError when the display does not answer any more."""
        image = draw(view, self._device.width)
        if image.tobytes() == self._shown:
            return
        try:
            self._device.display(image.convert(self._device.mode))
        except Exception as error:  # luma raises its own, the bus's and the system's
            raise GpioError("The display does not answer. The show goes on without it.", "display") from error
        self._shown = image.tobytes()

    def close(self) -> None:
        """Dark."""
        self._device.cleanup()
        if self._gpio is not None:
            self._gpio.cleanup()  # luma leaves those alone that it was given


class FactoryGpio:
    """gpiozero's pins for luma, which knows only the interface of RPi.GPIO: one driver holds all GPIO of the box."""

    OUT = "out"
    LOW = False
    HIGH = True

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._pins: dict[int, OutputDevice] = {}

    def setup(self, pin: int, _mode: str) -> None:
        """Before the first output."""
        self._pins[pin] = OutputDevice(pin, pin_factory=self._factory)

    def output(self, pin: int, value: bool) -> None:
        """High or low."""
        self._pins[pin].value = int(value)

    def cleanup(self) -> None:
        """Free for others."""
        for pin in self._pins.values():
            pin.close()
        self._pins.clear()


def open_oled(
    kind: DisplayKind, pins: DisplayPins, factory: Factory, *, i2c_bus: object = None, spi_bus: object = None
) -> Oled | None:
    """The display that the rig names, or None. Raises GpioError where it is not there or its library is missing.

    ``i2c_bus`` and ``spi_bus`` are those of the system unless they are given (as smbus2's SMBus, as spidev's SpiDev).
    """
    if kind is DisplayKind.NONE:
        return None
    gpio = FactoryGpio(factory)
    try:
        from luma.core.interface.serial import i2c, spi  # noqa: PLC0415  # an extra
        from luma.oled.device import ssd1306, ssd1322  # noqa: PLC0415  # the same

        if kind is DisplayKind.SSD1306:
            return Oled(ssd1306(i2c(bus=i2c_bus, port=pins.i2c.port, address=pins.i2c.address)))
        wires = spi(
            spi=spi_bus,
            gpio=gpio,
            port=pins.spi.port,
            device=pins.spi.device,
            bus_speed_hz=SPI_HZ,
            gpio_DC=pins.spi.data_command,
            gpio_RST=pins.spi.reset,
        )
        return Oled(ssd1322(wires, mode="1"), gpio)
    except ImportError as error:
        raise GpioError("The library for the display is missing: install sidestage[display].", "display") from error
    except Exception as error:  # luma raises its own, the bus's and the system's
        gpio.cleanup()
        raise GpioError(f"The display {kind.value} does not answer; check its wiring.", "display") from error
