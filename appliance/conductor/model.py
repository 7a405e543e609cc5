"""What the transport knows and what it wants done: plain values, frames of the engine's sample clock or of a song."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.songs.setlist import End


class State(StrEnum):
    """What the show is doing."""

    EMPTY = "empty"
    """There is no song to play: no setlist, or it is over."""
    CUEING = "cueing"
    """The song is being loaded."""
    CUED = "cued"
    """A press starts the song at once."""
    PLAYING = "playing"
    """A song sounds, or the gap before it runs."""
    FADING = "fading"
    """What was stopped is on its way to silence."""
    PAUSED = "paused"
    """A press goes on from where the song was."""
    FAULTED = "faulted"
    """The engine is gone, or the song cannot be loaded."""


@dataclass(frozen=True)
class Section:
    """A named place of a song."""

    name: str
    frame: int


@dataclass(frozen=True)
class Item:
    """A song of tonight, as far as the transport must know it. Frames are the prepared song's."""

    number: int
    """As the setlist's page counts songs."""
    title: str
    first_frame: int
    """The first that is heard."""
    end_frame: int
    """Behind the last that is heard."""
    fade_in: int = 0
    fade_out: int = 0
    sections: tuple[Section, ...] = ()
    end: End = End.STOP
    gap: int = 0
    crossfade: int = 0


@dataclass(frozen=True)
class Segment:
    """Frames of a song on the engine's schedule."""

    id: int
    place: int
    """Of the song in the setlist, counted from 0."""
    at: int
    """When it begins; 0 as an order means with the next block."""
    song_frame: int
    frames: int
    fade_in: int
    fade_out: int
    equal_power: bool = False

    @property
    def end(self) -> int:
        return self.at + self.frames

    def position(self, clock: int) -> int:
        """The song's frame at ``clock``; before it begins, its first."""
        return self.song_frame + min(max(0, clock - self.at), self.frames)


@dataclass(frozen=True)
class Start:
    """Put a segment on the schedule."""

    segment: Segment


@dataclass(frozen=True)
class Cut:
    """Fade out what sounds at ``at`` (0: now) and forget what would begin later."""

    fade: int
    at: int = 0


@dataclass(frozen=True)
class Cancel:
    """Take a segment that has not begun off the schedule."""

    segment: int


@dataclass(frozen=True)
class SetTracks:
    """Whether the tracks of a song are heard; click and guide are not touched."""

    place: int
    on: bool
    ramp: int


@dataclass(frozen=True)
class Reload:
    """Load a song anew that could not be loaded."""

    place: int


Effect = Start | Cut | Cancel | SetTracks | Reload


@dataclass(frozen=True)
class Outcome:
    """What a command came to: done, or refused; and the sentence for a musician."""

    done: bool
    sentence: str
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class View:
    """The engine as it was last heard of, and which songs are in its memory."""

    clock: int = 0
    engine: bool = True
    trouble: str = ""
    """A sentence while the interface is in trouble."""
    segment: int = 0
    """The one that began last."""
    playing: bool = False
    song_frame: int = 0
    """The next frame of that segment's song."""
    ready: frozenset[int] = frozenset()
    """Places of songs that may start."""
    failed: Mapping[int, str] = field(default_factory=dict)
    """Places of songs that cannot be loaded, and why."""


@dataclass(frozen=True)
class Limits:
    """Times of the transport in frames."""

    rate_hz: int
    stop_fade: int
    panic_fade: int
    lead: int
    """How far ahead of the clock that it knows an order must be, so that it still comes in time."""
    allow_skip: bool = False
    """Whether next, previous and goto work while a song plays."""
