"""What a player can do with a foot, in the words of rig.toml: ``left long``, ``left+right both``, ``note 60``.

Switches are named by the jack (``left``, ``right``, ``left_ring``, ``right_ring``) or by the key of a pedal that types
(``key:b``). MIDI notes and controllers count from 0 to 127, programs by the number of the song that they mean.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class TriggerKind(StrEnum):
    """Gestures of switches, then messages of MIDI."""

    PRESS = "press"
    LONG = "long"
    DOUBLE = "double"
    REPEAT = "repeat"
    BOTH = "both"
    NOTE = "note"
    CONTROLLER = "cc"
    PROGRAM = "program"


ONE_SWITCH = (TriggerKind.PRESS, TriggerKind.LONG, TriggerKind.DOUBLE, TriggerKind.REPEAT)
"""Gestures of a single switch."""
MIDI = (TriggerKind.NOTE, TriggerKind.CONTROLLER, TriggerKind.PROGRAM)
NUMBERS = {TriggerKind.NOTE: range(128), TriggerKind.CONTROLLER: range(128), TriggerKind.PROGRAM: range(1, 129)}
EXAMPLES = 'such as "left press", "left+right both", "note 60", "cc 64" or "program 5"'

_SWITCH = re.compile(r"(key:)?[a-z0-9][a-z0-9_]{0,30}")


@dataclass(frozen=True)
class Trigger:
    """One gesture of one or two switches (in the order of the alphabet), or one message of MIDI."""

    kind: TriggerKind
    switches: tuple[str, ...] = ()
    number: int | None = None
    """Of a MIDI message. A program without one stands for every program that has no trigger of its own."""

    def __str__(self) -> str:
        if self.kind in MIDI:
            return self.kind.value if self.number is None else f"{self.kind.value} {self.number}"
        return f"{'+'.join(self.switches)} {self.kind.value}"


def is_switch(name: str) -> bool:
    """Whether a switch can be called so."""
    return _SWITCH.fullmatch(name) is not None


def parse_trigger(text: str) -> Trigger:
    """Read a trigger as rig.toml names it. Raises ValueError with one sentence."""
    words = text.split()
    if words and words[0] in MIDI:
        return _midi(TriggerKind(words[0]), words[1:])
    if len(words) != 2:
        raise ValueError(f"Must be a switch and a gesture, or a MIDI message, {EXAMPLES}.")
    names, gesture = words[0].split("+"), words[1]
    if gesture not in (*ONE_SWITCH, TriggerKind.BOTH):
        raise ValueError(f"A gesture is one of {', '.join((*ONE_SWITCH, TriggerKind.BOTH))}, not {gesture!r}.")
    for name in names:
        if not is_switch(name):
            raise ValueError(f"No switch can be called {name!r}; switches are left, right, or key:b for a pedal's key.")
    kind = TriggerKind(gesture)
    if kind is TriggerKind.BOTH and (len(names) != 2 or names[0] == names[1]):
        raise ValueError('Pressing both takes two switches, such as "left+right both".')
    if kind is not TriggerKind.BOTH and len(names) != 1:
        raise ValueError(f'Two switches know only "both", not {gesture!r}.')
    return Trigger(kind, tuple(sorted(names)))


def _midi(kind: TriggerKind, words: list[str]) -> Trigger:
    if kind is TriggerKind.PROGRAM and not words:
        return Trigger(kind)
    numbers = NUMBERS[kind]
    if len(words) != 1 or not words[0].isdecimal() or int(words[0]) not in numbers:
        raise ValueError(f'After "{kind.value}" comes a number from {numbers[0]} to {numbers[-1]}.')
    return Trigger(kind, number=int(words[0]))
