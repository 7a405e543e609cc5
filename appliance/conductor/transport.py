"""The transport: one state, changed by commands (rules.py), by what the engine says, and by time; no I/O, no clock.

A press that cannot be obeyed yet because the song is being loaded is remembered and obeyed the moment it can be. What
comes later and says otherwise (stop, another song, a fault) takes it back.
"""

from dataclasses import dataclass, field, replace

from appliance.conductor.model import Cancel, Effect, Item, Limits, Segment, SetTracks, State, View
from appliance.conductor.timeline import Timeline, Turn
from appliance.songs.setlist import End
from appliance.units import clock as minutes

NO_ENGINE = "The engine is not running, so nothing can be heard. The song is cued again as soon as it is back."
REJOIN_RAMP_S = 0.02
TURN_S = 0.25
"""Far more than it takes to take a song off the engine's schedule."""


@dataclass
class Transport:
    """``place`` counts songs from 0; behind the last one the setlist is over."""

    limits: Limits
    items: tuple[Item, ...] = ()
    place: int = 0
    state: State = State.EMPTY
    wanted: bool = False
    """A press waits for the song to be loaded."""
    frame: int | None = None
    """Where the song is to start; None is its beginning."""
    click_only: bool = False
    rejoin_frame: int | None = None
    """Where in the song the tracks come back."""
    silenced: set[int] = field(default_factory=set)
    """Places of songs whose tracks are silent in the engine until they are set again."""
    not_before: int = 0
    """When a remembered start is due, where a gap has to be kept."""
    view: View = field(default_factory=View)
    timeline: Timeline = field(init=False)

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.limits)
        self.state = self.settled()

    @property
    def item(self) -> Item | None:
        """The song at ``place``; None behind the last one."""
        return self.items[self.place] if self.place < len(self.items) else None

    @property
    def ready(self) -> bool:
        return self.place in self.view.ready

    def frames(self, seconds: float) -> int:
        return round(seconds * self.limits.rate_hz)

    def observe(self, view: View) -> tuple[Effect, ...]:
        """What the engine says, and what is to be done about it."""
        before, self.view = self.view, view
        if not view.engine:
            self._lose()
            return ()
        if not before.engine or view.clock < before.clock:
            self._lose()
            self.timeline.forget(view.clock)
            self.state = self.settled()
        effects: list[Effect] = []
        while (turn := self.timeline.follow(view)) is not Turn.NOTHING:
            effects += self._turn(turn)
        return (*effects, *self._due())

    def tick(self, clock: int) -> tuple[Effect, ...]:
        """Time has passed; ``clock`` is the engine's, as far as that can be told between two of its reports."""
        self.timeline.clock = max(self.timeline.clock, clock)
        return self._due() if self.view.engine else ()

    def wake(self) -> int | None:
        """The clock at which ``tick`` has something to do that cannot wait for the engine's next report."""
        if self.state is not State.PLAYING and self.timeline.fading:
            return self.timeline.quiet_at
        return self._rejoin_at()

    @property
    def turning(self) -> bool:
        """One song passes into the next, or will so soon that nothing can be changed in time."""
        ahead, soon = self.timeline.ahead, self.timeline.clock + self.frames(TURN_S)
        return self.timeline.tail is not None or (ahead is not None and ahead.at < soon)

    def change(self, items: tuple[Item, ...], place: int, same: bool, view: View) -> tuple[Effect, ...]:
        """Another setlist, or this one edited; not while ``turning``.

        ``same``: the song at ``place`` is the one that is at the old place now; while one plays it must be.
        """
        old, timeline = self.items, self.timeline
        ended = self.item == items[place] if same and place < len(items) else False
        effects: list[Effect] = []
        if timeline.current:
            timeline.current = replace(timeline.current, place=place)
        if ahead := timeline.ahead:
            kept = ended and items[place + 1 : place + 2] == old[ahead.place : ahead.place + 1]
            timeline.ahead = replace(ahead, place=place + 1) if kept else None
            effects += [] if kept else [Cancel(ahead.id)]
        self.items, self.place, self.view = items, place, view
        timeline.tail = None
        self.silenced = set(range(len(items))) if self.silenced else set()
        if self.state is not State.PLAYING:
            if not same:
                self.wanted, self.frame = False, None
            self.state = State.PAUSED if self.state is State.PAUSED and same else self.settled()
        return (*effects, *self._due())

    def adopt(self, current: Segment, ahead: Segment | None, click_only: bool, rejoin_frame: int | None) -> None:
        """An engine that plays already, as a transport before this one had ordered it."""
        self.place, self.state = current.place, State.PLAYING
        self.timeline.current, self.timeline.ahead, self.timeline.confirmed = current, ahead, True
        self.click_only, self.rejoin_frame = click_only, rejoin_frame
        self.silenced = {current.place} if click_only else set()
        self.wanted, self.frame = False, None

    def settled(self) -> State:
        """The state while nothing plays."""
        if self.item is None:
            return State.EMPTY
        if not self.view.engine or self.place in self.view.failed:
            return State.FAULTED
        if self.timeline.fading:
            return State.FADING
        return State.CUED if self.ready else State.CUEING

    def settle(self, place: int, frame: int | None = None) -> None:
        """Nothing plays any more; the song at ``place`` is the one that is cued."""
        self.place, self.frame = place, frame
        self.wanted = self.click_only = False
        self.rejoin_frame, self.not_before = None, 0
        self.state = self.settled()

    def begin(self, not_before: int = 0) -> tuple[Effect, ...]:
        """Start the song at ``place`` now, or remember that it is to be started."""
        self.click_only, self.rejoin_frame = False, None
        # Tracks that were silenced come back when nothing of them sounds any more.
        if not self.ready or (self.place in self.silenced and self.timeline.fading):
            self.wanted, self.not_before = True, not_before
            self.state = self.settled()
            return ()
        heard = self._unsilence(self.place)
        start = self.timeline.start(self.items, self.place, self.frame, not_before)
        self.wanted, self.frame, self.not_before = False, None, 0
        self.state = State.PLAYING
        return (*heard, start)

    def _unsilence(self, place: int) -> tuple[Effect, ...]:
        if place not in self.silenced:
            return ()
        self.silenced.discard(place)
        return (SetTracks(place, True, 0),)

    def _lose(self) -> None:
        self.timeline.forget(self.view.clock)
        self.silenced.clear()
        self.settle(self.place, None if self.state is State.PLAYING else self.frame)

    def _turn(self, turn: Turn) -> tuple[Effect, ...]:
        if turn is Turn.FOLLOWED:
            self.place += 1
            self.click_only, self.rejoin_frame = False, None
            return ()
        if turn is Turn.STOPPED:
            self.settle(self.place)
            return ()
        ended = self.item
        self.settle(self.place + 1)
        if ended is None or self.item is None or ended.end is End.STOP or self.state is State.FAULTED:
            return ()
        # It was to follow by itself and was not in memory in time.
        return self.begin(not_before=self.timeline.clock + ended.gap)

    def _due(self) -> tuple[Effect, ...]:
        if self.state is State.PLAYING:
            return (*self._due_rejoin(), *self._due_following())
        if self.state is not State.PAUSED:
            self.state = self.settled()
        if self.state is State.FAULTED or self.view.trouble:
            self.wanted = False
        return self.begin(self.not_before) if self.wanted and self.state is State.CUED else ()

    def _due_following(self) -> tuple[Effect, ...]:
        item, timeline = self.item, self.timeline
        current = timeline.current if timeline.confirmed and not timeline.ahead else None
        if item is None or item.end is End.STOP or current is None:
            return ()
        if self.place + 1 >= len(self.items) or self.place + 1 not in self.view.ready:
            return ()
        return (*self._unsilence(self.place + 1), timeline.follow_up(self.items, self.place, current))

    def _rejoin_at(self) -> int | None:
        """The ramp and the way to the engine come before the section, so that its first beat is whole."""
        current = self.timeline.current
        if self.rejoin_frame is None or current is None:
            return None
        return current.at + self.rejoin_frame - current.song_frame - self.frames(REJOIN_RAMP_S) - self.limits.lead

    def _due_rejoin(self) -> tuple[Effect, ...]:
        at = self._rejoin_at()
        if at is None or self.timeline.clock < at:
            return ()
        return (self.bring_back(),)

    def silence(self, places: set[int]) -> tuple[Effect, ...]:
        """The tracks of these songs, at once."""
        self.click_only, self.rejoin_frame = True, None
        self.silenced |= places
        return tuple(SetTracks(place, False, self.limits.panic_fade) for place in sorted(places))

    def bring_back(self) -> Effect:
        """The tracks of the song that plays, at once."""
        self.click_only, self.rejoin_frame = False, None
        self.silenced.discard(self.place)
        return SetTracks(self.place, True, self.frames(REJOIN_RAMP_S))

    @property
    def sentence(self) -> str:
        """What the state is, for a musician."""
        item = self.item
        if item is None:
            return "The setlist is over." if self.items else "There is no song to play."
        at = "" if self.frame is None else f" at {self.where(self.frame)}"
        match self.state:
            case State.CUEING:
                return f"{item.title} is being loaded" + (", and starts as soon as it can." if self.wanted else ".")
            case State.CUED | State.PAUSED:
                return f"{item.title} is {self.state}{at}."
            case State.FADING:
                return f"The music fades out; {item.title} is next." + (" It starts then." if self.wanted else "")
            case State.PLAYING:
                return self._playing(item.title)
            case _:
                return self.view.failed.get(self.place, NO_ENGINE) if self.view.engine else NO_ENGINE

    def _playing(self, title: str) -> str:
        current = self.timeline.current
        if current and current.at > self.timeline.clock + self.limits.lead:
            return f"{title} starts " + ("in a moment." if self.timeline.fading else "by itself after the gap.")
        if not self.click_only:
            return f"{title} plays."
        back = "" if self.rejoin_frame is None else f" The tracks come back at {self.where(self.rejoin_frame)}."
        return f"{title} plays with click only.{back}"

    def where(self, frame: int) -> str:
        """A place of the song: a section that begins there, or the time."""
        item = self.item
        names = [section.name for section in item.sections if section.frame == frame] if item else []
        first = item.first_frame if item else 0
        return names[0] if names else minutes((frame - first) / self.limits.rate_hz)
