"""What an engine that already plays is playing: the setlist's songs, by the files in its slots and by its schedule."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.conductor.cues import Cue
from appliance.conductor.model import Segment
from appliance.kernel import SlotState
from appliance.messages import Scheduled, Status


@dataclass(frozen=True)
class Found:
    """``slots``: place of the song in each slot that holds one of tonight's. ``foreign``: slots with others."""

    slots: dict[int, int]
    foreign: tuple[int, ...]
    current: Segment | None
    ahead: Segment | None
    tail: Segment | None
    quiet_at: int
    """When what was cut before is silent."""
    next_id: int
    over: int | None
    """Place of the song that is over since; None where one plays, or none had been played to its end."""


def look(status: Status, cues: Sequence[Cue], place: int, segment: int = 0) -> Found:
    """``place`` and ``segment`` are what was playing when it was last written down; a song may have followed since."""
    held = {n: s.path for n, s in enumerate(status.slots) if s.state in {SlotState.LOADING, SlotState.READY}}
    live = [s for s in status.schedule if not s.cut and s.slot in held]
    begun = [s for s in live if s.at < status.clock]
    newest = begun[-1] if begun else (live[0] if live else None)
    slots: dict[int, int] = {}
    current = ahead = tail = None
    if newest is not None and (at := _nearest(cues, held[newest.slot], place, set())) is not None:
        slots[newest.slot] = at
        current = _segment(newest, at)
        later = [s for s in live if s.at > newest.at]
        if later and at + 1 < len(cues) and _path(cues[at + 1]) == held[later[0].slot]:
            slots[later[0].slot] = at + 1
            ahead = _segment(later[0], at + 1)
        if len(begun) > 1 and at > 0 and _path(cues[at - 1]) == held[begun[-2].slot]:
            slots[begun[-2].slot] = at - 1
            tail = _segment(begun[-2], at - 1)
        place = at
    for slot, path in held.items():
        if slot not in slots and (at := _nearest(cues, path, place, set(slots.values()))) is not None:
            slots[slot] = at
    scheduled = {s.slot for s in status.schedule}
    return Found(
        slots=slots,
        foreign=tuple(slot for slot in held if slot not in slots and slot not in scheduled),
        current=current,
        ahead=ahead,
        tail=tail,
        quiet_at=max((s.at + s.frames for s in status.schedule if s.cut), default=0),
        next_id=max((status.segment, *(s.id for s in status.schedule))) + 1,
        over=None if current or status.schedule else _over(status, cues, place, segment),
    )


def _over(status: Status, cues: Sequence[Cue], place: int, segment: int) -> int | None:
    """Whether what was playing, or what followed it by itself, has been played to its end."""
    if not segment or status.segment < segment:
        return None
    at = _nearest(cues, status.slots[status.slot].path, place, set())
    return at if at is not None and at >= place and status.song_frame >= cues[at].item.end_frame else None


def _path(cue: Cue) -> str:
    return str(cue.playable.song.path.absolute()) if cue.playable else ""


def _nearest(cues: Sequence[Cue], path: str, place: int, taken: set[int]) -> int | None:
    """The song of that file: at the place or behind it sooner than before it, for a show goes forward."""
    places = [n for n, cue in enumerate(cues) if _path(cue) == path and n not in taken]
    return min(places, key=lambda n: (n < place, abs(n - place)), default=None)


def _segment(s: Scheduled, place: int) -> Segment:
    return Segment(s.id, place, s.at, s.song_frame, s.frames, 0, 0)
