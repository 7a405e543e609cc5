"""What a player presses and what the box shows for it: footswitches, pedals, MIDI, lamps.

Commands leave by a callback and lamp states come in; nothing here knows who is at the other end.
"""

from appliance.controls.bindings import Bindings, Delay
from appliance.controls.contact import Contact
from appliance.controls.footswitch import GpioError, is_raspberry_pi, pin_factory
from appliance.controls.gestures import Gesture, GestureMachine, Trouble
from appliance.controls.hub import Action, Controls
from appliance.controls.lamps import Beat, Lamp, LampState, lamp_text
from appliance.controls.learn import Lesson, learn
from appliance.controls.leds import Leds
from appliance.controls.pins import PinMap, load_pins
from appliance.controls.terminal import TerminalFeet

__all__ = [
    "Action",
    "Beat",
    "Bindings",
    "Contact",
    "Controls",
    "Delay",
    "Gesture",
    "GestureMachine",
    "GpioError",
    "Lamp",
    "LampState",
    "Leds",
    "Lesson",
    "PinMap",
    "TerminalFeet",
    "Trouble",
    "is_raspberry_pi",
    "lamp_text",
    "learn",
    "load_pins",
    "pin_factory",
]
