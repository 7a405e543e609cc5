"""Which song is in which of the engine's slots, and what to load next.

The current song and the next come first, one after the other, so that the disk serves the one that is needed. The songs
behind follow as the budget allows, then those before. What is no longer wanted gives its slot back when it is silent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from appliance.conductor.cues import Cue
from appliance.engine_client.cue import is_startable
from appliance.kernel import SlotState, SongFault
from appliance.kernel.player import FAULT_SENTENCES
from appliance.messages import AnyCommand, Load, Status, Unload
from appliance.settings import Rig

KEPT = 7
"""One slot stays free for a song that is wanted before another has given its memory back."""

Post = Callable[[AnyCommand, Callable[[str], None]], None]
"""Sends a command and calls back with the refusal, or nothing."""


class Stage(Enum):
    """How far a song is."""

    ASKED = auto()
    ACCEPTED = auto()
    """The engine has answered; what it reports from now on is about this song."""
    LOADING = auto()
    ROUTED = auto()


@dataclass
class Held:
    """A slot's song."""

    cue: Cue
    stage: Stage


def wanted(cues: Sequence[Cue], place: int, budget_bytes: int) -> list[int]:
    """Places of the songs that are to be in memory, the most urgent first."""
    order = [*range(place, len(cues)), *range(min(place, len(cues)) - 1, -1, -1)]
    chosen: list[int] = []
    total = 0
    for number in order:
        playable = cues[number].playable
        if playable is None:
            continue
        total += playable.song.data_bytes
        if len(chosen) >= KEPT or (total > budget_bytes and number not in {place, place + 1}):
            break
        chosen.append(number)
    return chosen


class Slots:
    """The conductor's knowledge of the engine's memory."""

    def __init__(self, rig: Rig, budget_bytes: int, post: Post) -> None:
        self._rig, self._budget, self._post = rig, budget_bytes, post
        self.held: dict[int, Held] = {}
        self.failed: dict[tuple[str, int], str] = {}
        """Why songs could not be loaded, by their keys."""

    def forget(self) -> None:
        """The engine is another one, with nothing in its memory."""
        self.held.clear()
        self.failed.clear()

    def slot_of(self, cue: Cue) -> int | None:
        return next((slot for slot, held in self.held.items() if held.cue.key == cue.key), None)

    def ready(self, cues: Sequence[Cue], status: Status) -> frozenset[int]:
        """Places of the songs that may start."""
        places = {cue.key: place for place, cue in enumerate(cues)}
        return frozenset(
            places[held.cue.key]
            for slot, held in self.held.items()
            if held.stage is Stage.ROUTED
            and held.cue.key in places
            and held.cue.playable
            and is_startable(status, slot, held.cue.playable.song)
        )

    def problems(self, cues: Sequence[Cue]) -> dict[int, str]:
        """Places of the songs that cannot be played, and why."""
        said = {place: cue.problem or self.failed.get(cue.key, "") for place, cue in enumerate(cues)}
        return {place: sentence for place, sentence in said.items() if sentence}

    def adopt(self, slot: int, cue: Cue, sounding: bool) -> None:
        """A song that an engine has in memory already, as one who commanded it before had asked for."""
        self.held[slot] = Held(cue, Stage.ROUTED if sounding else Stage.LOADING)
        if not sounding:  # whether it was routed nobody knows
            self._route(slot, self.held[slot])

    def retry(self, cue: Cue) -> None:
        self.failed.pop(cue.key, None)

    def refresh(self, cues: Sequence[Cue], busy: set[int]) -> None:
        """The setlist or the library changed: other files are loaded anew, other gains are set unless it sounds."""
        now = {cue.key: cue for cue in cues}
        for slot, held in list(self.held.items()):
            cue = now.get(held.cue.key)
            if cue is None or cue.playable is None or held.cue.playable is None or slot in busy:
                continue
            if cue.playable.song != held.cue.playable.song:
                self._release(slot)
            elif cue != held.cue and held.stage in {Stage.LOADING, Stage.ROUTED}:
                held.cue = cue
                self._route(slot, held)
            else:
                held.cue = cue
        for key in list(self.failed):
            if key not in now:
                del self.failed[key]

    def step(self, status: Status, cues: Sequence[Cue], place: int) -> None:
        """What has become possible since the last report."""
        busy = {segment.slot for segment in status.schedule}
        for slot, held in list(self.held.items()):
            state = status.slots[slot]
            if held.stage is Stage.ASKED:
                continue
            if state.state == SlotState.FAILED:
                self.failed[held.cue.key] = f"{held.cue.item.title}: {FAULT_SENTENCES[SongFault(state.fault)]}"
                del self.held[slot]
            elif held.stage is Stage.ACCEPTED and state.state in {SlotState.LOADING, SlotState.READY}:
                held.stage = Stage.LOADING
                self._route(slot, held)
        want = wanted(cues, place, self._budget)
        keys = {cues[number].key for number in want}
        for slot, held in list(self.held.items()):
            if held.cue.key not in keys and slot not in busy and held.stage is not Stage.ASKED:
                self._release(slot)
        self._ask(status, cues, want, busy)

    def _ask(self, status: Status, cues: Sequence[Cue], want: list[int], busy: set[int]) -> None:
        for number in want:
            cue = cues[number]
            slot = self.slot_of(cue)
            if slot is not None:
                if status.slots[slot].state != SlotState.READY:
                    return  # one after the other
                continue
            if cue.key in self.failed:
                continue
            usable = [n for n, s in enumerate(status.slots) if s.state in {SlotState.EMPTY, SlotState.FAILED}]
            free = [n for n in usable if n not in self.held and n not in busy]
            if free and cue.playable:
                self.held[free[0]] = Held(cue, Stage.ASKED)
                load = Load(id=0, slot=free[0], path=str(cue.playable.song.path.absolute()))
                self._post(load, self._answered(free[0], cue))
            return

    def _route(self, slot: int, held: Held) -> None:
        commands = held.cue.routing(self._rig, slot)
        held.stage = Stage.LOADING

        def last(refusal: str) -> None:
            if self.held.get(slot) is held and not refusal:
                held.stage = Stage.ROUTED

        for number, command in enumerate(commands, start=1):
            self._post(command, last if number == len(commands) else lambda _: None)

    def _release(self, slot: int) -> None:
        del self.held[slot]
        self._post(Unload(id=0, slot=slot), lambda _: None)

    def _answered(self, slot: int, cue: Cue) -> Callable[[str], None]:
        def answered(refusal: str) -> None:
            held = self.held.get(slot)
            if held is None or held.cue.key != cue.key:
                return
            if refusal:
                del self.held[slot]  # it is asked for again with the next report
            else:
                held.stage = Stage.ACCEPTED

        return answered
