"""Lamps on GPIO.

Wiring: GPIO, 1 kilohm, LED, ground, for each lamp of ``hardware/pins.toml``; a lamp that is not wired harms nothing.
"""

from collections.abc import Mapping

from gpiozero import LED, Factory
from gpiozero.exc import GPIOZeroError

from appliance.controls.footswitch import GpioError
from appliance.controls.lamps import Lamp, LampState, lit, next_change_s
from appliance.errors import SettingsError


class Leds:
    """``show`` as often as ``next_change_s`` says and whenever the state changes."""

    def __init__(self, factory: Factory, pins: Mapping[str, int]) -> None:
        self._leds: dict[Lamp, LED] = {}
        try:
            for name, number in pins.items():
                self._leds[_lamp(name)] = LED(number, pin_factory=factory)
        except GPIOZeroError as error:
            self.close()
            raise GpioError(f"Lamps cannot be reached: {error}.", "GPIO") from error

    def show(self, state: LampState, time_s: float) -> None:
        """Light what is to be lit; pins that stay as they are are not touched."""
        for lamp, led in self._leds.items():
            wanted = lit(lamp, state, time_s)
            if wanted is not led.is_lit:
                led.value = int(wanted)

    def next_change_s(self, state: LampState, time_s: float) -> float:
        """When to call ``show`` again if the state stays as it is; infinity if never."""
        return min((next_change_s(lamp, state, time_s) for lamp in self._leds), default=float("inf"))

    def close(self) -> None:
        """All dark, and the GPIO free for others."""
        for led in self._leds.values():
            led.off()
            led.close()
        self._leds.clear()


def _lamp(name: str) -> Lamp:
    try:
        return Lamp(name)
    except ValueError as error:
        raise SettingsError(f"Lamps are {', '.join(Lamp)}, not {name!r}.", f"pins.toml: lamps.{name}") from error
