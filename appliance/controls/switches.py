"""What is still undecided about one switch, and about two that are down together. The rule is in ``gestures.py``."""

import math
from collections.abc import Set as AbstractSet

from appliance.controls.contact import ContactFilter
from appliance.settings import ControlsSettings
from appliance.settings.triggers import Trigger, TriggerKind


class Switch:
    """One switch: its contact, and the deadlines of what it may become. A deadline that is not set is infinity."""

    def __init__(self, name: str, bound: AbstractSet[Trigger], settings: ControlsSettings) -> None:
        def trigger(kind: TriggerKind) -> Trigger | None:
            wanted = Trigger(kind, (name,))
            return wanted if wanted in bound else None

        self.name = name
        self.contact = ContactFilter(settings.lockout_s, settings.stuck_s)
        self.down_s = -math.inf
        self._settings = settings
        self._press = trigger(TriggerKind.PRESS)
        self._long = trigger(TriggerKind.LONG)
        self._double = trigger(TriggerKind.DOUBLE)
        self._repeat = trigger(TriggerKind.REPEAT)
        self._at_once = name in settings.at_once or (self._long is None and self._double is None)
        self.drop()

    def drop(self) -> None:
        """Nothing more comes of what the switch did until now."""
        self._undecided = False
        self._long_s = self._double_s = self._repeat_s = math.inf

    def went_down(self, now_s: float) -> Trigger | None:
        """A press that may already be a gesture."""
        self.down_s = now_s
        if self._double_s < math.inf:
            self.drop()
            return self._double
        self._undecided = not self._at_once
        self._long_s = now_s + self._settings.long_s if self._long else math.inf
        self._double_s = now_s + self._settings.double_s if self._double else math.inf
        self._repeat_s = now_s + self._settings.repeat_after_s if self._repeat else math.inf
        return self._press if self._at_once else None

    def went_down_together(self, now_s: float) -> Trigger | None:
        """A press that is half of another movement. An earlier one that waited for its second is a single press."""
        self.down_s = now_s
        earlier = self._press if self._undecided else None
        self.drop()
        return earlier

    def went_up(self) -> Trigger | None:
        """Let go before it was a long press."""
        self._long_s = self._repeat_s = math.inf
        if self._undecided and math.isinf(self._double_s):
            self._undecided = False
            return self._press
        return None

    def deadline_s(self) -> float:
        """The next time at which something is decided. While the contact is open nothing held can be."""
        held_s = min(self._long_s, self._repeat_s) if self.contact.closed else math.inf
        return min(self._double_s, held_s)

    def due(self, now_s: float, until_s: float, overtaken: bool) -> Trigger | None:
        """What the deadline of ``now_s`` decides, when it is known that nothing else happened until ``until_s``.

        ``overtaken``: another switch of a pair is down as well.
        """
        if self._double_s <= now_s:
            self._double_s = math.inf
            still_open = self._long is not None and self.contact.pressed
            if self._undecided and not still_open:
                self._undecided = False
                return self._press
            return None
        if self._long_s <= now_s:
            self.drop()
            return None if overtaken else self._long
        self._repeat_s = now_s + self._settings.repeat_every_s
        if self._repeat_s <= until_s:  # the process stood still; nobody meant all these steps at once
            self._repeat_s = until_s + self._settings.repeat_every_s
        return None if overtaken else self._repeat


class Pair:
    """Two switches that mean something when both are held."""

    def __init__(self, trigger: Trigger, first: Switch, second: Switch, settings: ControlsSettings) -> None:
        self._trigger = trigger
        self._switches = (first, second)
        self._settings = settings
        self._both_s = math.inf

    def holds(self, switch: Switch) -> bool:
        """Whether the switch belongs to the pair and both are down."""
        return switch in self._switches and all(member.contact.pressed for member in self._switches)

    def is_together(self, switch: Switch, now_s: float) -> bool:
        """A switch went down: whether its edge and that of the other one are one movement."""
        if not self.holds(switch):
            return False
        self._both_s = now_s + self._settings.both_s
        other = self._switches[0] if self._switches[1] is switch else self._switches[1]
        if now_s - other.down_s > self._settings.together_s:
            return False
        other.drop()
        return True

    def went_up(self, switch: Switch) -> None:
        """Aborted: nothing comes of it."""
        if switch in self._switches:
            self._both_s = math.inf

    def deadline_s(self) -> float:
        """While a contact is open it may be on its way up."""
        return self._both_s if all(member.contact.closed for member in self._switches) else math.inf

    def due(self) -> Trigger:
        """Held long enough."""
        self._both_s = math.inf
        for member in self._switches:
            member.drop()
        return self._trigger
