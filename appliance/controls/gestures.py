"""From edges of switches to gestures: press, long, double, repeat, both. Pure: time is passed in.

Each gesture is decided as early as it can be told from every other one that is bound:

- A switch without a long or double press acts on the **down** edge. So does one that is to act ``at_once``; its long or
  double press then comes on top.
- A double press is decided by its second down edge.
- A long press is decided while it is held, ``long_s`` after its down edge.
- A single press of a switch that has a double press is decided ``double_s`` after its down edge, or when it is let go
  if that is later and a long press was possible until then. With a long press only: when it is let go.
- Both is decided when two switches have been down together for ``both_s``. Two down edges within ``together_s`` are
  one movement: the later one is no press of its own, and of the earlier one nothing is decided any more. Further apart,
  each is also a press of its own, but not a long one while the other is down.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from appliance.controls.contact import Contact
from appliance.controls.switches import Pair, Switch
from appliance.settings import ControlsSettings
from appliance.settings.triggers import Trigger, TriggerKind


@dataclass(frozen=True)
class Gesture:
    """What the player did, and when that was certain."""

    trigger: Trigger
    time_s: float


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a switch, in a sentence; or that it works again."""

    switch: str
    kind: Contact
    sentence: str
    time_s: float


SENTENCES = {
    Contact.STUCK: "The switch {name} has been held down for {stuck_s:g} s, so it is ignored until it is let go.",
    Contact.CHATTERS: "The switch {name} makes and breaks contact all the time, so it is ignored. Check its cable.",
    Contact.WELL: "The switch {name} works again.",
}

Event = Gesture | Trouble


class GestureMachine:
    """Fed with edges and with time; answers with what is decided, in order.

    Only switches that ``triggers`` name are known; edges of any other are nothing. Time never runs
    backwards: an edge that is said to be older than the last one, or than the last decision, counts as of then.
    """

    def __init__(self, triggers: Iterable[Trigger], settings: ControlsSettings | None = None) -> None:
        settings = settings or ControlsSettings()
        bound = frozenset(triggers)
        names = sorted({name for trigger in bound for name in trigger.switches})
        self._stuck_s = settings.stuck_s
        self._now_s = -math.inf
        self._switches = {name: Switch(name, bound, settings) for name in names}
        self._pairs = [
            Pair(trigger, self._switches[trigger.switches[0]], self._switches[trigger.switches[1]], settings)
            for trigger in sorted(bound, key=str)
            if trigger.kind is TriggerKind.BOTH
        ]

    @property
    def switches(self) -> tuple[str, ...]:
        """Names of the switches that are known."""
        return tuple(self._switches)

    def begin_closed(self, switch: str, time_s: float) -> None:
        """A contact that was found closed at the start is no press."""
        if switch in self._switches:
            self._now_s = max(self._now_s, time_s)
            self._switches[switch].contact.begin_closed(self._now_s)

    def feed(self, switch: str, closed: bool, time_s: float) -> list[Event]:
        """An edge of a switch; what was decided before it and by it."""
        events = self.advance(time_s)
        self._now_s = max(self._now_s, time_s)
        known = self._switches.get(switch)
        if known is not None:
            events += self._became(known, known.contact.edge(closed, self._now_s))
            events += self.advance(self._now_s)  # what takes no time, such as both in 0 s
        return events

    def advance(self, time_s: float) -> list[Event]:
        """Nothing happened until now; what that decides."""
        events: list[Event] = []
        while True:
            due_s, decide = min(self._deadlines(time_s), key=lambda item: item[0], default=(math.inf, None))
            if decide is None or due_s > time_s:
                break
            self._now_s = max(self._now_s, due_s)
            events += decide()
        return events

    def next_deadline(self) -> float | None:
        """When to call ``advance`` if no edge comes before; None while nothing is undecided."""
        due_s = min((due_s for due_s, _ in self._deadlines(math.inf)), default=math.inf)
        return None if math.isinf(due_s) else due_s

    def _deadlines(self, until_s: float) -> Iterator[tuple[float, partial[list[Event]]]]:
        for switch in self._switches.values():
            overtaken = any(pair.holds(switch) for pair in self._pairs)
            yield switch.contact.deadline_s(), partial(self._contact_due, switch)
            yield switch.deadline_s(), partial(self._switch_due, switch, until_s, overtaken)
        for pair in self._pairs:
            yield pair.deadline_s(), partial(self._pair_due, pair)

    def _contact_due(self, switch: Switch) -> list[Event]:
        return self._became(switch, switch.contact.due())

    def _switch_due(self, switch: Switch, until_s: float, overtaken: bool) -> list[Event]:
        return self._made(switch.due(self._now_s, until_s, overtaken))

    def _pair_due(self, pair: Pair) -> list[Event]:
        return self._made(pair.due())

    def _became(self, switch: Switch, contact: Contact | None) -> list[Event]:
        if contact is None:
            return []
        if contact is Contact.DOWN:
            together = {pair.is_together(switch, self._now_s) for pair in self._pairs}  # each pair must hear of it
            went_down = switch.went_down_together if True in together else switch.went_down
            return self._made(went_down(self._now_s))
        if contact is Contact.UP:
            made = switch.went_up()
        else:
            switch.drop()
            made = None
        for pair in self._pairs:
            pair.went_up(switch)
        if contact is Contact.UP:
            return self._made(made)
        sentence = SENTENCES[contact].format(name=switch.name, stuck_s=self._stuck_s)
        return [Trouble(switch.name, contact, sentence, self._now_s)]

    def _made(self, trigger: Trigger | None) -> list[Event]:
        return [] if trigger is None else [Gesture(trigger, self._now_s)]
