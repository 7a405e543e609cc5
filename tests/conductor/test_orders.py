"""Places become slots, and the ears' guards go with what sounds."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from test_cues import RIG, cues_of

from appliance.conductor.cues import Cue, Playable
from appliance.conductor.model import Cancel, Cut, Reload, Segment, SetTracks, Start
from appliance.conductor.orders import Orders
from appliance.conductor.slots import Slots
from appliance.conductor.timeline import Timeline
from appliance.messages import AnyCommand, Schedule, SetGains, SetGuard
from appliance.messages import Cancel as CancelSegment
from appliance.messages import Cut as CutAll

SEGMENT = Segment(9, 1, at=5, song_frame=10, frames=500, fade_in=3, fade_out=4, equal_power=True)


def guarded(cue: Cue, level: float | None) -> Cue:
    """As mastered with a guard of the ears at this level."""
    assert cue.playable
    guards = {} if level is None else {"Ears": level}
    mastering = msgspec.structs.replace(cue.playable.mastering, guards_dbfs=guards)
    return replace(cue, playable=Playable(cue.playable.song, mastering))


def at_work(folder: Path, titles: str = "ABC") -> tuple[Orders, Slots, tuple[Cue, ...], list[AnyCommand]]:
    sent: list[AnyCommand] = []
    slots = Slots(RIG, 1 << 30, lambda *_: None)
    cues = cues_of(folder, titles)
    slots.adopt(4, cues[1], sounding=True)
    return Orders(RIG, slots, sent.append), slots, cues, sent


def test_effects_in_their_order(tmp_path: Path) -> None:
    orders, slots, cues, sent = at_work(tmp_path)
    slots.failed[cues[0].key] = "It is damaged."
    orders.carry_out((Cut(50, 7), Start(SEGMENT), Cancel(3), SetTracks(1, False, 20), Reload(0)), cues)
    cut, start, cancel, gains = sent
    assert isinstance(cut, CutAll)
    assert (cut.fade_frames, cut.at) == (50, 7)
    assert isinstance(start, Schedule)
    assert (start.segment, start.slot, start.at, start.song_frame, start.frames) == (9, 4, 5, 10, 500)
    assert (start.fade_in, start.fade_out, start.equal_power) == (3, 4, True)
    assert isinstance(cancel, CancelSegment)
    assert cancel.segment == 3
    assert isinstance(gains, SetGains)
    assert (gains.slot, gains.ramp_frames) == (4, 20)
    assert not np.frombuffer(gains.gains, "<f4").reshape(4, 2)[:2].any()
    assert not slots.failed


def test_what_is_not_in_memory_is_left_out(tmp_path: Path) -> None:
    orders, _, cues, sent = at_work(tmp_path)
    orders.carry_out((Start(replace(SEGMENT, place=0)), SetTracks(7, True, 0)), cues)
    assert sent == []


def test_the_looser_guard_holds_while_one_song_passes_into_the_next(tmp_path: Path) -> None:
    orders, _, cues, sent = at_work(tmp_path)
    cues = (guarded(cues[0], -20.0), guarded(cues[1], -12.0), guarded(cues[2], None))
    timeline = Timeline(limits=None)  # type: ignore[arg-type]  # nothing is started here

    def levels(current: int, ahead: int | None = None) -> list[float | None]:
        sent.clear()
        timeline.current = replace(SEGMENT, place=current)
        timeline.ahead = None if ahead is None else replace(SEGMENT, place=ahead)
        orders.guard(timeline, cues)
        assert all(isinstance(each, SetGuard) and each.bus == 1 for each in sent)
        return [each.rms_dbfs for each in sent if isinstance(each, SetGuard)]

    assert levels(0) == [-20.0]
    assert levels(0) == [], "what is set already is not set again"
    assert levels(0, 1) == [-12.0]
    assert levels(1) == []
    assert levels(1, 2) == [None], "a song without a guard is not turned down by another's"
    assert levels(2) == []
    orders.forget()
    assert levels(0) == [-20.0]
