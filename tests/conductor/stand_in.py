"""An engine of a few lines that obeys the transport's orders as native/include/player.h promises, block by block."""

from dataclasses import dataclass, field

from appliance.conductor.model import Cancel, Cut, Effect, Item, Limits, Section, Segment, SetTracks, Start, View
from appliance.songs.setlist import End

RATE = 1_000
BLOCK = 5
LIMITS = Limits(rate_hz=RATE, stop_fade=50, panic_fade=20, lead=20)


def song(number: int, frames: int = 4_000, **values: object) -> Item:
    """Four seconds, with a verse and a chorus, at a thousand frames a second."""
    sections = (Section("Verse", 100), Section("Chorus", frames // 2))
    return Item(**{"number": number, "title": f"Song {number}", "first_frame": 0, "end_frame": frames,
                   "sections": sections, **values})  # fmt: skip


@dataclass
class Voice:
    """A segment on the engine's own clock; ``cut_at`` and ``cut_end`` where it was cut."""

    segment: Segment
    at: int
    cut_end: int | None = None

    @property
    def end(self) -> int:
        end = self.at + self.segment.frames
        return end if self.cut_end is None else min(end, self.cut_end)


@dataclass
class StandIn:
    """``obey`` what the transport orders, ``run`` time, and hand out what the engine would say."""

    clock: int = 0
    voices: list[Voice] = field(default_factory=list)
    silenced: set[int] = field(default_factory=set)
    begun: list[Segment] = field(default_factory=list)
    """In the order in which they began to sound."""
    last: tuple[int, int] = (0, 0)
    """Segment and its next frame."""
    crossings: list[tuple[int, int]] = field(default_factory=list)
    """Pairs of places that sounded together, the older first."""

    def obey(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Start(segment):
                    self.voices.append(Voice(segment, max(segment.at, self.clock)))
                case Cut(fade, at):
                    self._cut(max(at, self.clock), fade)
                case Cancel(number):
                    self.voices = [v for v in self.voices if v.segment.id != number or v.at < self.clock]
                case SetTracks(place, on, _):
                    (self.silenced.discard if on else self.silenced.add)(place)

    def _cut(self, at: int, fade: int) -> None:
        self.voices = [v for v in self.voices if v.at < at]
        for voice in self.voices:
            voice.cut_end = at + fade if voice.cut_end is None else min(voice.cut_end, at + fade)

    def run(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            after = self.clock + BLOCK
            sounding = [v for v in self.voices if v.at < after and v.end > self.clock]
            for voice in sounding:
                if voice.segment not in self.begun:
                    self.begun.append(voice.segment)
            places = [v.segment.place for v in sorted(sounding, key=lambda v: v.at)]
            both = [v for v in sounding if min(x.end for x in sounding) > max(x.at for x in sounding)]
            if len(set(places)) > 1 and len(both) > 1:
                self.crossings.append((places[0], places[-1]))
            if sounding:
                newest = max(sounding, key=lambda v: v.at)
                self.last = (newest.segment.id, newest.segment.song_frame + min(after, newest.end) - newest.at)
            self.playing = bool(sounding)
            self.clock = after
            self.voices = [v for v in self.voices if v.end > self.clock]

    playing: bool = False

    def view(self, ready: set[int] | frozenset[int] = frozenset(), **more: object) -> View:
        segment, frame = self.last
        values = {"clock": self.clock, "segment": segment, "playing": self.playing, "song_frame": frame}
        return View(**{**values, "ready": frozenset(ready), **more})


def three(end: End = End.STOP, **values: object) -> tuple[Item, ...]:
    return tuple(song(n, end=end, **values) for n in (1, 2, 3))
