"""Footswitches on GPIO.

Wiring: each switch is a contact between its GPIO and ground, nothing else; the Pi's own pull-up is switched on::

    GPIO 5  (pin 29) ---- jack 1 tip      a mono plug: one footswitch, tip to sleeve
    GPIO 16 (pin 36) ---- jack 1 ring     a stereo plug: two footswitches in one box
    ground  (pin 30) ---- jack 1 sleeve

``hardware/pins.toml`` is the map. For a long cable put 1 kilohm in series with the GPIO and 100 nF from the jack's tip
to the sleeve: it keeps static and radio out, and is too fast to be felt.

Edges are debounced for 5 ms and stamped by the driver; what they mean is decided in ``gestures.py``. On a computer
without GPIO the same code runs on gpiozero's mock pins.
"""

import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from gpiozero import Factory, Pin
from gpiozero.exc import GPIOZeroError
from gpiozero.pins.mock import MockFactory

from appliance.controls.clock import from_driver
from appliance.errors import SidestageError

DEBOUNCE_S = 0.005
"""A new switch bounces for 1 to 3 ms. The driver reports an edge when it has lasted so long: it delays every press."""

PI_MODEL = Path("/proc/device-tree/model")

OnEdge = Callable[[str, bool, float], None]
"""Switch, whether its contact is closed, time in seconds of CLOCK_MONOTONIC. Called from the driver's thread."""


class GpioError(SidestageError):
    """The switches and lamps of the box cannot be reached. ``subject`` is the driver."""

    exit_code = 8


def is_raspberry_pi(model: Path = PI_MODEL) -> bool:
    """Whether this computer has the 40-pin header."""
    try:
        return b"Raspberry Pi" in model.read_bytes()
    except OSError:
        return False


def pin_factory(name: str = "auto") -> Factory:
    """gpiozero's pins: ``lgpio`` on a Raspberry Pi, ``mock`` elsewhere; ``auto`` looks. Raises GpioError.

    Never gpiozero's own choice: it tries one library after the other, and ends with one that polls.
    """
    if name == "mock" or (name == "auto" and not is_raspberry_pi()):
        return MockFactory()
    # lgpio makes a FIFO in the current folder when it is imported, which a service may not write to.
    os.environ.setdefault("LG_WD", os.environ.get("RUNTIME_DIRECTORY", tempfile.gettempdir()).partition(":")[0])
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415  # not on every computer

        return LGPIOFactory()
    except ImportError as error:
        raise GpioError("The library lgpio is missing, so footswitches and lamps are dead.", "lgpio") from error
    except (GPIOZeroError, OSError) as error:
        raise GpioError(f"Footswitches and lamps cannot be reached: {error}.", "lgpio") from error


class Footswitches:
    """The jacks. ``pins`` is the BCM number by switch; ``normally_closed`` names contacts that open under the foot."""

    def __init__(
        self, factory: Factory, pins: Mapping[str, int], on_edge: OnEdge, normally_closed: Collection[str] = ()
    ) -> None:
        self._on_edge = on_edge
        self._normally_closed = frozenset(normally_closed)
        self._factory = factory
        self._pins: dict[str, Pin] = {}
        self._callbacks: list[Callable[[float, int], None]] = []
        try:
            for name, number in pins.items():
                self._claim(name, number)
        except GPIOZeroError as error:
            self.close()
            raise GpioError(f"Footswitches cannot be reached: {error}.", "GPIO") from error

    def _claim(self, name: str, number: int) -> None:
        pin = self._pins[name] = self._factory.pin(number)
        pin.function = "input"
        pin.pull = "up"
        pin.bounce = DEBOUNCE_S
        pin.edges = "both"
        callback = partial(self._changed, name)
        self._callbacks.append(callback)  # the pin keeps a weak reference only
        pin.when_changed = callback

    def _changed(self, name: str, ticks_s: float, level: int) -> None:
        self._on_edge(name, self._is_closed(name, bool(level)), from_driver(ticks_s))

    def _is_closed(self, name: str, level: bool) -> bool:
        return level is (name in self._normally_closed)

    def closed(self, switch: str) -> bool:
        """Whether the contact is as under a foot, now. Raises KeyError for a switch that has no pin."""
        return self._is_closed(switch, bool(self._pins[switch].state))

    def close(self) -> None:
        """No more edges; the GPIO are free for others."""
        for pin in self._pins.values():
            pin.when_changed = None
            pin.close()
        self._pins.clear()
        self._callbacks.clear()
