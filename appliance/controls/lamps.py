"""What the lamps say. Pure: time is passed in, in seconds of CLOCK_MONOTONIC.

Each meaning has a shape in time of its own, so that it can be read without knowing the colour:

| shape | meaning |
|---|---|
| steady | ready, or the next song is cued |
| on the beat, longer on the first of a bar | playing, tempo known |
| half a second on, half a second off | playing, tempo not known |
| one second on, one second off | paused |
| a short flash every two seconds | loading |
| two short flashes, without a pause | a press is remembered until the song is loaded |
| three short flashes and a pause | fault |
| flickering for half a second | a press was refused |
"""

import math
from dataclasses import dataclass
from enum import StrEnum

REFUSED_FOR_S = 0.5


class Lamp(StrEnum):
    """By the names of ``hardware/pins.toml``. A box with one lamp only has ``all``."""

    READY = "ready"
    PLAYING = "playing"
    NEXT = "next"
    FAULT = "fault"
    ALL = "all"


@dataclass(frozen=True)
class Pattern:
    """Lit within ``flashes`` (from, to in seconds) of each period; ``start_s`` is when a period begins."""

    period_s: float
    flashes: tuple[tuple[float, float], ...]
    start_s: float = 0.0

    def lit(self, time_s: float) -> bool:
        """Whether the lamp is on."""
        phase_s = self._phase_s(time_s)
        return any(start_s <= phase_s < end_s for start_s, end_s in self.flashes)

    def next_change_s(self, time_s: float) -> float:
        """The first time after this at which the lamp may change; infinity for one that never does."""
        if not self.flashes or self.flashes == ((0.0, self.period_s),):
            return math.inf
        phase_s = self._phase_s(time_s)
        marks = sorted({mark for flash in self.flashes for mark in flash} | {self.period_s})
        # A microsecond later it has changed for certain, however the sum was rounded.
        return time_s + next(mark for mark in marks if mark > phase_s) - phase_s + 1e-6

    def _phase_s(self, time_s: float) -> float:
        return (time_s - self.start_s) % self.period_s


DARK = Pattern(1.0, ())
STEADY = Pattern(1.0, ((0.0, 1.0),))
EVEN = Pattern(1.0, ((0.0, 0.5),))
PAUSED = Pattern(2.0, ((0.0, 1.0),))
LOADING = Pattern(2.0, ((0.0, 0.1),))
REMEMBERED = Pattern(0.6, ((0.0, 0.1), (0.2, 0.3)))
FAULT = Pattern(1.8, ((0.0, 0.12), (0.3, 0.42), (0.6, 0.72)))
REFUSED = Pattern(0.1, ((0.0, 0.05),))

ON_BEAT = 0.2
ON_FIRST_BEAT = 0.5
"""Shares of a beat: at 240 beats a minute still 50 and 125 ms."""


@dataclass(frozen=True)
class Beat:
    """The pulse of what is heard now: ``bar_s`` is when a bar began, or any beat where bars are not known (1 beat)."""

    bar_s: float
    beat_s: float
    beats: int = 1

    @property
    def pattern(self) -> Pattern:
        """The beat as a lamp shows it."""
        first = ON_FIRST_BEAT if self.beats > 1 else ON_BEAT
        flashes = [(0.0, first * self.beat_s)]
        flashes += [(beat * self.beat_s, (beat + ON_BEAT) * self.beat_s) for beat in range(1, self.beats)]
        return Pattern(self.beats * self.beat_s, tuple(flashes), self.bar_s)


@dataclass(frozen=True)
class LampState:
    """What the box does, as far as lamps tell it."""

    ready: bool = False
    """A song is cued and starts with the next press."""
    loading: bool = False
    remembered: bool = False
    """A press waits for the song to be loaded."""
    playing: bool = False
    """Counting in, playing or fading."""
    paused: bool = False
    next_cued: bool = False
    next_loading: bool = False
    fault: bool = False
    beat: Beat | None = None
    refused_s: float = -math.inf
    """When a press was refused the last time."""


def pattern(lamp: Lamp, state: LampState, time_s: float) -> Pattern:
    """What a lamp shows now."""
    refused = 0.0 <= time_s - state.refused_s < REFUSED_FOR_S
    match lamp:
        case Lamp.FAULT:
            return FAULT if state.fault else DARK
        case Lamp.NEXT:
            return STEADY if state.next_cued else LOADING if state.next_loading else DARK
        case Lamp.READY:
            return _ready(state)
        case Lamp.PLAYING:
            return _refused(state) if refused else _playing(state)
        case Lamp.ALL:
            return _all(state, refused)


def lit(lamp: Lamp, state: LampState, time_s: float) -> bool:
    """Whether a lamp is on."""
    return pattern(lamp, state, time_s).lit(time_s)


def next_change_s(lamp: Lamp, state: LampState, time_s: float) -> float:
    """When to look at the lamp again if the state stays as it is; infinity if never."""
    ends_s = state.refused_s + REFUSED_FOR_S
    changes_s = pattern(lamp, state, time_s).next_change_s(time_s)
    return min(changes_s, ends_s) if ends_s > time_s else changes_s


def lamp_text(state: LampState, time_s: float, lamps: tuple[Lamp, ...] = tuple(Lamp)[:4]) -> str:
    """The lamps in a line of a terminal."""
    return "  ".join(f"{'●' if lit(lamp, state, time_s) else '○'} {lamp.value}" for lamp in lamps)


def _ready(state: LampState) -> Pattern:
    if state.remembered:
        return REMEMBERED
    if state.loading:
        return LOADING
    return STEADY if state.ready and not state.playing and not state.paused else DARK


def _playing(state: LampState) -> Pattern:
    if state.paused:
        return PAUSED
    if not state.playing:
        return DARK
    return state.beat.pattern if state.beat is not None else EVEN


def _refused(state: LampState) -> Pattern:
    return Pattern(REFUSED.period_s, REFUSED.flashes, state.refused_s)


def _all(state: LampState, refused: bool) -> Pattern:
    """One lamp for everything: the most urgent is shown."""
    if refused:
        return _refused(state)
    if state.fault:
        return FAULT
    playing = _playing(state)
    return playing if playing is not DARK else _ready(state)
