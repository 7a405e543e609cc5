"""The transport's wishes as the engine's commands: places become slots, numbers become gains."""

from collections.abc import Callable, Iterable, Sequence

from appliance.conductor.cues import Cue
from appliance.conductor.model import Cancel, Cut, Effect, Reload, SetTracks, Start
from appliance.conductor.slots import Slots
from appliance.conductor.timeline import Timeline
from appliance.engine_client import EngineClient
from appliance.messages import AnyCommand, Schedule, SetGains, SetGuard
from appliance.messages import Cancel as CancelSegment
from appliance.messages import Cut as CutAll
from appliance.settings import Rig
from appliance.songs.mastered import guards

Send = Callable[[AnyCommand], None]


class Orders:
    """Carries out effects at once, before anything that only prepares a song."""

    def __init__(self, rig: Rig, slots: Slots, send: Send) -> None:
        self._rig, self._slots, self._send = rig, slots, send
        self._guards: dict[int, float | None] = {}

    def forget(self) -> None:
        """The engine is another one; it has no guards."""
        self._guards.clear()

    def carry_out(self, effects: Iterable[Effect], cues: Sequence[Cue]) -> None:
        """In their order. What concerns a song that is not in memory is left out: it sounds nowhere."""
        for effect in effects:
            match effect:
                case Start(segment) if (slot := self._slot(cues, segment.place)) is not None:
                    command = Schedule(
                        id=EngineClient.next_id(),
                        segment=segment.id,
                        slot=slot,
                        at=segment.at,
                        song_frame=segment.song_frame,
                        frames=segment.frames,
                        fade_in=segment.fade_in,
                        fade_out=segment.fade_out,
                        equal_power=segment.equal_power,
                    )
                    self._send(command)
                case Cut(fade, at):
                    self._send(CutAll(id=EngineClient.next_id(), fade_frames=fade, at=at))
                case Cancel(number):
                    self._send(CancelSegment(id=EngineClient.next_id(), segment=number))
                case SetTracks(place, on, ramp) if (slot := self._slot(cues, place)) is not None:
                    gains = cues[place].gains(self._rig, tracks=on)
                    self._send(SetGains(id=EngineClient.next_id(), slot=slot, gains=gains, ramp_frames=ramp))
                case Reload(place):
                    self._slots.retry(cues[place])

    def _slot(self, cues: Sequence[Cue], place: int) -> int | None:
        return self._slots.slot_of(cues[place]) if place < len(cues) else None

    def guard(self, timeline: Timeline, cues: Sequence[Cue]) -> None:
        """The ears' guards for what sounds and for what follows by itself: the looser of both, so that a switch that
        nobody is there to see turns no music down."""
        segments = [s for s in (timeline.tail, timeline.current, timeline.ahead) if s]
        playables = [cues[s.place].playable for s in segments if s.place < len(cues)]
        levels: dict[int, float | None] = {}
        for playable in playables:
            if playable is None:
                continue
            for bus, level in guards(self._rig, playable.mastering):
                before = levels.get(bus, level)
                levels[bus] = None if level is None or before is None else max(level, before)
        for bus, level in levels.items():
            if bus not in self._guards or self._guards[bus] != level:
                self._guards[bus] = level
                self._send(SetGuard(id=EngineClient.next_id(), bus=bus, rms_dbfs=level))
