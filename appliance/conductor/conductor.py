"""The conductor: one loop over the engine's reports, the control socket and time. It waits for nobody.

Whatever takes long, which is reading a library and writing to the disk, is done by a thread of its own.
"""

import selectors
import time
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from appliance.conductor import recovery, snapshot
from appliance.conductor.model import Effect, Limits, State, View
from appliance.conductor.orders import Orders
from appliance.conductor.rules import obey
from appliance.conductor.server import ControlServer
from appliance.conductor.show import Resume, Show, Tonight, resume_place
from appliance.conductor.slots import Slots
from appliance.conductor.transport import Transport
from appliance.control import schema
from appliance.control.commands import Command
from appliance.engine_client import EngineClient
from appliance.engine_client.port import Done, EnginePort
from appliance.messages import AnyCommand, Status, Unload
from appliance.paths import Paths
from appliance.settings import Rig

RECONNECT_S = 0.1
CHANGES_S = 0.5
"""How often the folders are looked at; an edit on a phone is there before it is asked for."""
EXTRAPOLATE_S = 0.1
"""So far the engine's clock is believed to run on after its last report."""
LEAD_S = 0.02
"""From here to the engine's next block but three, on a machine that is busy."""


def limits(rig: Rig) -> Limits:
    """The rig's settings in frames."""
    settings = rig.transport
    return Limits(
        rate_hz=rig.rate_hz,
        stop_fade=round(settings.stop_fade_ms * rig.rate_hz / 1000),
        panic_fade=round(settings.panic_fade_ms * rig.rate_hz / 1000),
        lead=round(LEAD_S * rig.rate_hz),
        allow_skip=settings.allow_skip_while_playing,
    )


class Conductor:
    """Holds the show. ``run`` until ``stop``."""

    def __init__(self, paths: Paths, rig: Rig, budget_bytes: int) -> None:
        """Raises EngineError when another conductor is running."""
        self._rig, self._engine_path = rig, paths.engine_socket
        self._selector = selectors.DefaultSelector()
        self.server = ControlServer(paths.control_socket, self._selector, self._request, self._state, time.monotonic)
        self._show = Show(paths, rig)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="disk")
        self._stamp = self._show.stamp()
        self._tonight = self._show.read()
        self._reading: Future[tuple[tuple[object, ...], Tonight]] | None = None
        self._read: Tonight | None = None
        self._next_look = time.monotonic() + CHANGES_S
        resume = self._show.read_resume()
        place, same = resume_place(self._tonight, resume)
        self._resume = resume if same else Resume()
        """As it was found; for what an engine plays that was started before."""
        self._written = resume
        self._port: EnginePort | None = None
        self._next_connect = 0.0
        self._status: Status | None = None
        self._heard_at = 0.0
        self._adopted = self._stopping = False
        self._slots = Slots(rig, budget_bytes, self._post)
        self._orders = Orders(rig, self._slots, self._post_urgent)
        self.transport = Transport(limits(rig), tuple(cue.item for cue in self._tonight.cues))
        self.transport.observe(View(engine=False))
        self.transport.settle(place, self._valid(self._resume.frame, place))
        self._told: tuple[object, ...] = ()

    def _valid(self, frame: int | None, place: int) -> int | None:
        items = self.transport.items
        if frame is None or place >= len(items):
            return None
        return frame if items[place].first_frame <= frame < items[place].end_frame else None

    def stop(self) -> None:
        """End ``run``; for signal handlers. The engine plays on."""
        self._stopping = True

    def run(self) -> None:
        """The loop."""
        while not self._stopping:
            for key, _ in self._selector.select(self._timeout()):
                key.data()
            self._tick()

    def close(self) -> None:
        """Lets go of everything; what is to be written is on the disk then."""
        self._drop_port()
        self.server.close()
        self._worker.shutdown()
        self._selector.close()

    # Time

    def _now_clock(self) -> int:
        if self._status is None:
            return 0
        passed = min(time.monotonic() - self._heard_at, EXTRAPOLATE_S)
        return self._status.clock + round(passed * self._rig.rate_hz)

    def _timeout(self) -> float:
        now = time.monotonic()
        due = [self._next_look - now, 0.5]
        if self._port is None:
            due.append(self._next_connect - now)
        if (wake := self.transport.wake()) is not None:
            due.append(max(0.001, (wake - self._now_clock()) / self._rig.rate_hz))
        return max(0.0, min(due))

    def _tick(self) -> None:
        now = time.monotonic()
        if self._port is not None and self._port.lost(now):
            self._lose_engine()
        if self._port is None and now >= self._next_connect:
            self._connect(now)
        if self._port is not None:
            self._port.pump()
            self._carry_out(self.transport.tick(self._now_clock()))
        self._look_for_changes(now)
        self._publish()
        self.server.drop_stuck()

    # The engine

    def _connect(self, now: float) -> None:
        self._next_connect = now + RECONNECT_S
        try:
            self._port = EnginePort(self._engine_path, now)
        except OSError:
            return
        self._selector.register(self._port.fileno(), selectors.EVENT_READ, self._hear)

    def _drop_port(self) -> None:
        if self._port is not None:
            self._selector.unregister(self._port.fileno())
            self._port.close()
            self._port = None

    def _lose_engine(self) -> None:
        known = self._status is not None
        self._resume = self._written  # it may only have been silent, and play on
        self._drop_port()
        self._status, self._adopted = None, False
        self._slots.forget()
        self._orders.forget()
        self.transport.observe(View(engine=False))
        self._next_connect = time.monotonic() + RECONNECT_S
        if known:
            self.server.tell(schema.Event(sentence="The engine is gone. The song is cued again when it is back."))

    def _hear(self) -> None:
        now = time.monotonic()
        status = self._port.receive(now) if self._port else None
        if status is None:
            return
        if self._status is not None and status.clock < self._status.clock:
            self._lose_engine()  # another engine under the same name
            return
        self._status, self._heard_at = status, now
        if not self._adopted:
            self._adopt(status)
        self._slots.step(status, self._tonight.cues, self.transport.place)
        self._carry_out(self.transport.observe(self._view(status)))
        self.server.tell(snapshot.meters(self.transport, self._rig, status))

    def _view(self, status: Status | None) -> View:
        problems = self._slots.problems(self._tonight.cues)
        if status is None:
            return View(engine=False, failed=problems)
        return View(
            clock=status.clock,
            trouble=status.trouble,
            segment=status.segment,
            playing=status.playing,
            song_frame=status.song_frame,
            ready=self._slots.ready(self._tonight.cues, status),
            failed=problems,
        )

    def _adopt(self, status: Status) -> None:
        """An engine that ran before this process did may play, and have songs in its memory."""
        self._adopted = True
        cues, transport = self._tonight.cues, self.transport
        found = recovery.look(status, cues, transport.place, self._resume.segment)
        scheduled = {segment.slot for segment in status.schedule}
        for slot, place in found.slots.items():
            self._slots.adopt(slot, cues[place], slot in scheduled)
        for slot in found.foreign:
            self._post(Unload(id=EngineClient.next_id(), slot=slot), lambda _: None)
        transport.observe(self._view(status))
        transport.timeline.next_id = max(transport.timeline.next_id, found.next_id)
        transport.timeline.quiet_at = found.quiet_at
        if found.current:
            silenced = self._resume.click_only and found.current.place == self._place_of(self._resume)
            transport.adopt(found.current, found.ahead, silenced, self._resume.rejoin_frame if silenced else None)
            transport.timeline.tail = found.tail
        elif found.over is not None:
            transport.settle(found.over + 1)
        else:
            transport.settle(transport.place, transport.frame)

    def _place_of(self, resume: Resume) -> int | None:
        keys = [cue.key for cue in self._tonight.cues]
        key = (resume.song, resume.time)
        return keys.index(key) if key in keys else None

    def _post(self, command: AnyCommand, done: Done) -> None:
        if self._port is not None:
            self._port.post(msgspec.structs.replace(command, id=EngineClient.next_id()), done)

    def _post_urgent(self, command: AnyCommand) -> None:
        if self._port is not None:
            self._port.post(command, self._refused, urgent=True)

    def _refused(self, refusal: str) -> None:
        if refusal:
            self.server.tell(schema.Event(sentence=f"The engine refused a command: {refusal}"))

    def _carry_out(self, effects: tuple[Effect, ...]) -> None:
        if self._port is None:
            return
        self._orders.guard(self.transport.timeline, self._tonight.cues)
        self._orders.carry_out(effects, self._tonight.cues)

    # The show

    def _look_for_changes(self, now: float) -> None:
        if self._reading is not None:
            if not self._reading.done():
                return
            self._stamp, read = self._reading.result()
            self._reading = None
            self._read = read if read != self._tonight else None
        elif now >= self._next_look:
            self._next_look = now + CHANGES_S
            self._reading = self._worker.submit(self._look, self._stamp, self._tonight)
        if self._read is not None:
            self._change(self._read)

    def _look(self, stamp: tuple[object, ...], tonight: Tonight) -> tuple[tuple[object, ...], Tonight]:
        """In the thread."""
        found = self._show.stamp()
        return (found, self._show.read()) if found != stamp else (stamp, tonight)

    def _change(self, read: Tonight) -> None:
        """The setlist as it is now; not while one song passes into the next, nor while one plays that is not in it."""
        place, same = resume_place(read, self._here())
        if self.transport.state is State.PLAYING and (self.transport.turning or not same):
            return
        self._tonight, self._read = read, None
        busy = {segment.slot for segment in self._status.schedule} if self._status else set()
        self._slots.refresh(read.cues, busy)
        items = tuple(cue.item for cue in read.cues)
        self._carry_out(self.transport.change(items, place, same, self._view(self._status)))

    def _here(self) -> Resume:
        transport, cues = self.transport, self._tonight.cues
        song, number = cues[transport.place].key if transport.place < len(cues) else ("", 1)
        current = transport.timeline.current
        return Resume(
            setlist=self._tonight.slug,
            place=transport.place,
            song=song,
            time=number,
            frame=transport.frame,
            click_only=transport.click_only,
            rejoin_frame=transport.rejoin_frame,
            segment=current.id if current else 0,
        )

    # Those who command and watch

    def _request(self, request: schema.Request) -> schema.Answer:
        if isinstance(request, schema.GetStatus | schema.Subscribe):
            return schema.Answer(id=request.id, done=True, sentence=self.transport.sentence)
        return self.obey(request)

    def obey(self, command: Command) -> schema.Answer:
        """What a switch, a phone or a script wants."""
        if self._status is not None:
            self._carry_out(self.transport.tick(self._now_clock()))
        outcome = obey(self.transport, command)
        self._carry_out(outcome.effects)
        return schema.Answer(id=command.id, done=outcome.done, sentence=outcome.sentence)

    def _state(self) -> schema.State:
        problems = self._slots.problems(self._tonight.cues)
        return snapshot.state(self.transport, self._tonight, problems, self._status)

    def _publish(self) -> None:
        """The state and the resume file, where they have changed."""
        here = self._here()
        # Until it is known what the engine plays, what was written before says more.
        if here != self._written and (self._adopted or here.place != self._written.place):
            self._written = here
            self._worker.submit(self._show.write_resume, here)
        transport, faults = self.transport, self._status.faults if self._status else None
        view = transport.view
        news = (
            here, transport.state, transport.sentence, transport.wanted, id(self._tonight),
            view.trouble, view.ready, view.failed, faults, transport.timeline.confirmed,
        )  # fmt: skip
        if news != self._told:
            self._told = news
            self.server.tell(self._state())
