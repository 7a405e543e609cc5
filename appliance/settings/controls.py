"""What footswitches, pedals and MIDI do: the table ``[controls]`` of rig.toml."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from appliance.settings.triggers import ONE_SWITCH, Trigger, TriggerKind, is_switch, parse_trigger


class DisplayKind(StrEnum):
    """Small displays, by the chip that drives them."""

    NONE = "none"
    SSD1306 = "ssd1306"
    """128 x 64 points on I2C."""
    SSD1322 = "ssd1322"
    """256 x 64 points on SPI."""


NOTHING = "nothing"
"""The action that takes a trigger of the default map away."""

MAX_ACTION = 120

DEFAULT_BINDINGS = {
    "right press": "play_or_next",
    "left press": "stop",
    "left long": "restart",
    "left double": "previous",
    "left+right both": "panic",
    "program": "goto {number}",
}
DEFAULT_KEYS = {
    "pagedown": "right",
    "right": "right",
    "down": "right",
    "pageup": "left",
    "left": "left",
    "up": "left",
}
"""What page-turner pedals type. The two sides of one are the two footswitches."""


class ControlsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Times in seconds. ``bindings`` and ``keys`` are what the file says on top of the default maps."""

    bindings: dict[str, str] = msgspec.field(default_factory=dict)
    """Command by trigger. Whole once built: what the file does not name is as by default."""
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    """Switch by key of a pedal that types. A key that is not here is a switch of its own: ``key:b``."""
    pedals: tuple[str, ...] = ()
    """Keyboards that are pedals, by a part of their name, besides those that are known as such."""
    normally_closed: tuple[str, ...] = ()
    """Footswitches whose contact opens when a foot comes down."""
    at_once: tuple[str, ...] = ()
    """Switches whose press acts on the down edge though they have a long or double press too."""
    long_s: float = 0.8
    double_s: float = 0.4
    """From one down edge to the next."""
    both_s: float = 1.0
    together_s: float = 0.08
    """Two down edges no further apart are one movement of the player."""
    repeat_after_s: float = 0.6
    repeat_every_s: float = 0.25
    lockout_s: float = 0.15
    """So long after a down edge the same switch is deaf."""
    stuck_s: float = 20.0
    midi_channel: int = 0
    """1 to 16; 0 hears all."""
    first_program: int = 0
    """The number in the MIDI message that means song 1: what a controller shows as 1 is sent as 0."""

    display: DisplayKind = DisplayKind.NONE

    def __post_init__(self) -> None:
        said = {_canonical(text): action for text, action in self.bindings.items()}
        msgspec.structs.force_setattr(self, "bindings", {**DEFAULT_BINDINGS, **said})
        msgspec.structs.force_setattr(self, "keys", {**DEFAULT_KEYS, **self.keys})

    def actions(self) -> dict[Trigger, str]:
        """Command by trigger, without what does nothing. Raises ValueError for a trigger that is none."""
        return {parse_trigger(text): action for text, action in self.bindings.items() if action != NOTHING}


CONTROLS_RANGES: dict[str, tuple[float, float]] = {
    "long_s": (0.3, 3.0),
    "double_s": (0.2, 1.0),
    "both_s": (0.0, 5.0),
    "together_s": (0.0, 0.3),
    "repeat_after_s": (0.3, 3.0),
    "repeat_every_s": (0.05, 2.0),
    "lockout_s": (0.05, 0.4),
    "stuck_s": (5.0, 600.0),
    "midi_channel": (0, 16),
    "first_program": (0, 1),
}
"""Least and most. Below are twitches that no foot can make on purpose, above is what nobody waits for."""

LONGER: dict[str, str] = {"double_s": "lockout_s", "long_s": "double_s", "repeat_after_s": "double_s"}
"""The first must be longer than the second, else a gesture could never be made."""


def controls_complaints(settings: ControlsSettings) -> Iterator[tuple[str, str]]:
    """Path of the key within the table, and the sentence."""
    for key, (least, most) in CONTROLS_RANGES.items():
        value = getattr(settings, key)
        if not least <= value <= most:
            yield key, f"Must be from {least:g} to {most:g}, not {value:g}."
    for key, other in LONGER.items():
        if getattr(settings, key) <= getattr(settings, other):
            yield key, f"Must be longer than {other}, which is {getattr(settings, other):g}."
    for key in ("normally_closed", "at_once"):
        for number, name in enumerate(getattr(settings, key)):
            if not is_switch(name):
                yield f"{key}[{number}]", f"No switch can be called {name!r}."
    for name, switch in settings.keys.items():
        if not is_switch(name) or not is_switch(switch):
            yield f"keys.{name}", "Must be the name of a key and that of a switch, such as pagedown and right."
    for number, name in enumerate(settings.pedals):
        if len(name.strip()) < 3:
            yield f"pedals[{number}]", "Needs three letters of the pedal's name, else any keyboard would be one."
    yield from _binding_complaints(settings.bindings)


def _binding_complaints(bindings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    found: dict[Trigger, str] = {}
    for text, action in bindings.items():
        path = f'bindings."{text}"'
        try:
            trigger = parse_trigger(text)
        except ValueError as error:
            yield path, str(error)
            continue
        if not action.strip() or not action.isprintable() or len(action) > MAX_ACTION:
            yield path, f'Must be a command of 1 to {MAX_ACTION} characters; "{NOTHING}" leaves it without one.'
        if action != NOTHING:
            found[trigger] = path
    yield from _gesture_complaints(found)


def _gesture_complaints(found: Mapping[Trigger, str]) -> Iterator[tuple[str, str]]:
    paired: dict[str, str] = {}
    for trigger, path in found.items():
        if trigger.kind is TriggerKind.REPEAT and Trigger(TriggerKind.LONG, trigger.switches) in found:
            yield path, f"{trigger.switches[0]} has a long press too; holding it can only mean one of the two."
        if trigger.kind is not TriggerKind.BOTH:
            continue
        for switch in trigger.switches:
            if switch in paired:
                yield path, f"{switch} is pressed together with another switch already: {paired[switch]}."
            paired[switch] = str(trigger)


def switches_of(actions: Mapping[Trigger, str]) -> frozenset[str]:
    """The switches that do anything at all."""
    gestures = (*ONE_SWITCH, TriggerKind.BOTH)
    return frozenset(name for trigger in actions if trigger.kind in gestures for name in trigger.switches)


def _canonical(text: str) -> str:
    try:
        return str(parse_trigger(text))
    except ValueError:
        return text  # controls_complaints says what is wrong with it
