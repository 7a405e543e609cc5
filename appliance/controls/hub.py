"""Everything that a player can press, behind one file descriptor and one deadline.

The caller waits until ``fileno`` is readable or ``next_deadline`` has come, then calls ``service``; commands arrive in
its callback, in the caller's thread. No thread of its own: the GPIO driver's is the only other one, and it only puts
edges into a mailbox.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gpiozero import Factory

from appliance.controls.bindings import Bindings
from appliance.controls.footswitch import Footswitches
from appliance.controls.gestures import Event, Gesture, GestureMachine, Trouble
from appliance.controls.midi import SOUND_FOLDER, MidiPorts
from appliance.controls.pedal import INPUT_FOLDER, Keyboard, Pedals, open_keyboard
from appliance.controls.readiness import Mailbox, Poller
from appliance.settings import ControlsSettings
from appliance.settings.triggers import ONE_SWITCH, Trigger, TriggerKind

SCAN_S = 1.0
"""How often it is looked for pedals and ports that came or went."""

Edge = tuple[float, str, bool, str]
"""Time, switch, closed, source."""


@dataclass(frozen=True)
class Action:
    """A command that a player gave, by which trigger, and when that was certain (seconds of CLOCK_MONOTONIC)."""

    command: str
    trigger: Trigger
    time_s: float


class Controls:
    """``act`` gets commands, ``report`` what is wrong with a switch or well again. Both are called by ``service``."""

    def __init__(
        self,
        settings: ControlsSettings,
        act: Callable[[Action], None],
        report: Callable[[Trouble], None],
        *,
        input_folder: Path = INPUT_FOLDER,
        sound_folder: Path = SOUND_FOLDER,
        open_keyboard: Callable[[Path], Keyboard] = open_keyboard,
    ) -> None:
        self.bindings = Bindings(settings)
        self._act = act
        self._report = report
        self._settings = settings
        self._machine = GestureMachine(self.bindings.gestures, settings)
        self._heard: Callable[[Trigger], None] | None = None
        self._poller = Poller()
        self._edges: list[Edge] = []
        self._mailbox: Mailbox[Edge] = Mailbox(self._poller, self._edges.append)
        self._triggers: list[Trigger] = []
        self._closed_by: dict[str, set[str]] = {}
        self._acted_s: dict[Trigger, float] = {}
        self._footswitches: Footswitches | None = None
        self._pedals = Pedals(self._poller, self._typed, settings, input_folder, open_keyboard)
        self._midi = MidiPorts(self._poller, self._triggers.append, settings, sound_folder)
        self._scan_s = time.monotonic()

    def attach(self, factory: Factory, pins: Mapping[str, int]) -> None:
        """Footswitches on GPIO. A contact that is closed already is no press. Raises GpioError."""
        now_s = time.monotonic()
        self._footswitches = Footswitches(
            factory,
            pins,
            lambda switch, closed, time_s: self._mailbox.put((time_s, switch, closed, "jack")),
            self._settings.normally_closed,
        )
        for switch in pins:
            if self._footswitches.closed(switch):
                self._closed_by.setdefault(switch, set()).add("jack")
                self._machine.begin_closed(switch, now_s)

    def fileno(self) -> int:
        """Readable when there is something to do."""
        return self._poller.fileno()

    def next_deadline(self) -> float:
        """When ``service`` must be called though nothing is readable, in seconds of CLOCK_MONOTONIC."""
        due_s = self._machine.next_deadline()
        return self._scan_s if due_s is None else min(due_s, self._scan_s)

    def service(self) -> None:
        """Do what there is to do; never waits."""
        now_s = time.monotonic()  # before reading: what is decided must not be ahead of an edge that is still unread
        self._poller.run()
        edges, self._edges[:] = sorted(self._edges), []
        for time_s, switch, closed, source in edges:
            self._edge(time_s, switch, closed, source)
        self._events(self._machine.advance(now_s))
        triggers, self._triggers[:] = self._triggers[:], []
        for trigger in triggers:
            self._midi_trigger(trigger, now_s)
        if now_s >= self._scan_s:
            self._pedals.scan()
            self._midi.scan()
            self._scan_s = now_s + SCAN_S

    def learn(self, heard: Callable[[Trigger], None] | None) -> None:
        """Tell ``heard`` what is pressed, and do nothing of it; None ends that."""
        self._heard = heard
        gestures = _all_gestures(self._closed_by) if heard else self.bindings.gestures
        self._renew(GestureMachine(gestures, self._settings))

    @property
    def devices(self) -> list[str]:
        """Pedals and MIDI ports that are plugged in, by name."""
        return [*self._pedals.names, *self._midi.names]

    def close(self) -> None:
        """In the reverse order of the start."""
        self._midi.close()
        self._pedals.close()
        if self._footswitches is not None:
            self._footswitches.close()
        self._mailbox.close()
        self._poller.close()

    def _typed(self, switch: str, closed: bool, time_s: float, source: str) -> None:
        self._edges.append((time_s, switch, closed, source))

    def _edge(self, time_s: float, switch: str, closed: bool, source: str) -> None:
        """A switch is closed while any source says so: jack and pedal may be the same switch."""
        holders = self._closed_by.setdefault(switch, set())
        was_closed = bool(holders)
        if closed:
            holders.add(source)
        else:
            holders.discard(source)
        if self._heard is not None and switch not in self._machine.switches:
            self._renew(GestureMachine(_all_gestures(self._closed_by), self._settings), but=switch)
        if bool(holders) is not was_closed:
            self._events(self._machine.feed(switch, bool(holders), time_s))

    def _renew(self, machine: GestureMachine, but: str = "") -> None:
        """Another machine: what is held now is no press for it."""
        self._machine = machine
        now_s = time.monotonic()
        for switch, holders in self._closed_by.items():
            if holders and switch != but:
                machine.begin_closed(switch, now_s)

    def _midi_trigger(self, trigger: Trigger, now_s: float) -> None:
        before_s = self._acted_s.get(trigger)
        if before_s is None or now_s - before_s >= self._settings.lockout_s:
            self._acted_s[trigger] = now_s
            self._events([Gesture(trigger, now_s)])

    def _events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Trouble):
                self._report(event)
            elif self._heard is not None:
                self._heard(event.trigger)
            elif (command := self.bindings.command(event.trigger)) is not None:
                self._act(Action(command, event.trigger, event.time_s))


def _all_gestures(switches: Mapping[str, object]) -> list[Trigger]:
    """Whatever could be done with these switches. Holding is heard as a long press, also where it is to repeat."""
    names = sorted(switches)
    one = [Trigger(kind, (name,)) for name in names for kind in ONE_SWITCH if kind is not TriggerKind.REPEAT]
    pairs = [(first, second) for number, first in enumerate(names) for second in names[number + 1 :]]
    return one + [Trigger(TriggerKind.BOTH, pair) for pair in pairs]
