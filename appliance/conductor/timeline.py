"""What sounds and what will: segments on the engine's sample clock, as far as the transport ordered them.

One song sounds at a time; two only while one passes into the next. What follows by itself is put on the schedule as
soon as that is possible, so that it comes to the frame, whatever becomes of this process meanwhile.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from appliance.conductor.model import Cut, Item, Limits, Segment, Start, View
from appliance.songs.setlist import End

ENTRY_FADE_S = 0.005
"""For a start in the middle of a song."""
JUMP_FADE_S = 0.01
"""From one place of a song to another."""
LOST_S = 2.0
"""A start of which the engine says nothing for so long did not happen."""


class Turn(Enum):
    """What became of the current segment since the last look."""

    NOTHING = auto()
    FOLLOWED = auto()
    """The next song began by itself, or the gap before it."""
    ENDED = auto()
    """It is over and nothing is to follow."""
    STOPPED = auto()
    """Somebody else cut it, or it never began."""


@dataclass
class Timeline:
    """The segments that were ordered and are not over. ``clock`` is the best guess at the engine's."""

    limits: Limits
    clock: int = 0
    current: Segment | None = None
    ahead: Segment | None = None
    """The next song, on the schedule already."""
    tail: Segment | None = None
    """The song before, while it passes into the current one."""
    quiet_at: int = 0
    """When what was cut is silent."""
    next_id: int = 1
    confirmed: bool = field(default=False)
    """Whether the engine has said that the current segment began, and so where on the clock it lies."""

    @property
    def fading(self) -> bool:
        return self.quiet_at > self.clock

    def position(self) -> int | None:
        """The song's frame now; None while nothing is on the schedule."""
        return None if self.current is None else self.current.position(self.clock)

    def start(self, items: tuple[Item, ...], place: int, frame: int | None, not_before: int = 0) -> Start:
        """A song from a frame or from where it begins: at once, or as soon as what was cut is silent."""
        at = max(not_before, self.quiet_at if self.fading else 0)
        order = self._segment(items, place, frame, at)
        self.current = replace(order, at=max(at, self.clock))
        self.ahead, self.confirmed = None, False
        return Start(order)

    def cut(self, fade: int) -> Cut:
        """Everything falls silent."""
        self.quiet_at = self.clock + self.limits.lead + fade
        self.current = self.ahead = self.tail = None
        return Cut(fade)

    def jump(self, items: tuple[Item, ...], place: int, frame: int) -> tuple[Cut, Start]:
        """To another frame of the song that sounds, with a crossfade too short to be heard as one."""
        # Where the song waits for another to be silent, it goes on waiting.
        at = max(self.clock + self.limits.lead, self.quiet_at if self.fading else 0)
        fade = round(JUMP_FADE_S * self.limits.rate_hz)
        self.tail = None
        return Cut(fade, at), self.start(items, place, frame, not_before=at)

    def follow_up(self, items: tuple[Item, ...], place: int, current: Segment) -> Start:
        """Put the song behind ``place``, which ``current`` plays, on the schedule as that song's end says."""
        item, following = items[place], items[place + 1]
        fade = crossfade_frames(item, current.frames, following)
        at = max(self.clock, current.end + item.gap - fade)
        order = self._segment(items, place + 1, None, at)
        if fade:
            order = replace(order, fade_in=fade, equal_power=True)
        self.ahead = order
        return Start(order)

    def _segment(self, items: tuple[Item, ...], place: int, frame: int | None, at: int) -> Segment:
        item = items[place]
        first = item.first_frame if frame is None else frame
        frames = max(1, item.end_frame - first)
        fade_in = item.fade_in if first == item.first_frame else round(ENTRY_FADE_S * self.limits.rate_hz)
        fade = crossfade_frames(item, frames, items[place + 1]) if place + 1 < len(items) else 0
        self.next_id += 1
        return Segment(self.next_id - 1, place, at, first, frames, fade_in, fade or item.fade_out, bool(fade))

    def follow(self, view: View) -> Turn:
        """Compare with what the engine says. To be called until nothing has happened."""
        self.clock = max(self.clock, view.clock)
        if self.tail and self.tail.end <= view.clock:
            self.tail = None
        current = self.current
        if current is None:
            return Turn.NOTHING
        if view.segment == current.id:
            self.confirmed = True
            if view.playing:
                self.current = replace(current, at=view.clock - (view.song_frame - current.song_frame))
                return Turn.NOTHING
            whole = view.song_frame >= current.song_frame + current.frames
            return self._turn() if whole else self._stopped()
        if self.ahead and view.segment == self.ahead.id:
            self.tail = current if current.end > view.clock else None
            return self._turn()
        lost = view.clock > current.at + round(LOST_S * self.limits.rate_hz)
        return self._stopped() if lost and not view.playing else Turn.NOTHING

    def _turn(self) -> Turn:
        self.current, self.ahead, self.confirmed = self.ahead, None, False
        return Turn.FOLLOWED if self.current else Turn.ENDED

    def _stopped(self) -> Turn:
        self.current = self.ahead = None
        return Turn.STOPPED

    def forget(self, clock: int) -> None:
        """The engine is another one: nothing is on its schedule."""
        self.clock, self.quiet_at = clock, 0
        self.current = self.ahead = self.tail = None


def crossfade_frames(item: Item, frames: int, following: Item) -> int:
    """How long a song and the next sound together, where so many frames of it are played.

    At most half of either: in a shorter song the next crossfade would begin within this one.
    """
    if item.end is not End.SEGUE:
        return 0
    return min(item.crossfade, frames // 2, (following.end_frame - following.first_frame) // 2)
