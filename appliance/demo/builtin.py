"""The band played by this package alone: no MMA, no FluidSynth, the same notes every time."""

from collections.abc import Callable

import numpy as np

from appliance.demo import voices
from appliance.demo.charts import Arrangement
from appliance.demo.chords import near, pitches
from appliance.demo.drums import kit
from appliance.demo.patterns import FILL, STYLES
from appliance.demo.room import room
from appliance.demo.voices import RATE_HZ, Audio

FADERS = {"Drums": 0.7, "Bass": 0.5, "Guitar": 1.3, "Keys": 1.5, "Strings": 1.3, "Vocals": 1.3}
REVERB = {"Drums": 0.06, "Guitar": 0.12, "Keys": 0.15, "Strings": 0.3, "Vocals": 0.3}
LOUD_SECTIONS = frozenset({"chorus", "outro"})


class Band:
    """Plays an arrangement bar by bar onto one tape per instrument."""

    def __init__(self, arrangement: Arrangement, seed: str) -> None:
        self.arrangement = arrangement
        self.style = STYLES[arrangement.chart.style]
        self.steps = 4 * arrangement.chart.beats
        self.random = np.random.default_rng(list(seed.encode()))
        self.kit = kit(self.random)
        frames = round(arrangement.duration_s * RATE_HZ)
        names = ("Drums", "Bass", "Guitar", "Keys", "Strings", "Vocals")
        self.tapes: dict[str, Audio] = {name: np.zeros((frames, 2), np.float32) for name in names}

    def play(self) -> dict[str, Audio]:
        """Stem name -> float32 (frames, 2), in a good balance to one another."""
        last_bar = len(self.arrangement.chords) - 1
        for section in self.arrangement.sections:
            for bar in range(section.bar, section.bar + section.bars):
                chord = self.arrangement.chords[bar] or ""
                fill = bar == section.bar + section.bars - 1 and bar != last_bar
                self._bar(bar, chord, section.name, opens=bar == section.bar, fill=fill)
        self._ending(last_bar, self.arrangement.chords[last_bar] or "")
        heard = {name: tape * np.float32(FADERS[name]) for name, tape in self.tapes.items() if tape.any()}
        return {name: room(tape, REVERB[name]) if name in REVERB else tape for name, tape in heard.items()}

    def _at(self, bar: int, step: float) -> int:
        return round((bar + step / self.steps) * self.arrangement.bar_s * RATE_HZ)

    def _length(self, steps: float) -> int:
        return round(steps / self.steps * self.arrangement.bar_s * RATE_HZ)

    def _add(self, name: str, start: int, sound: Audio, level: float) -> None:
        tape = self.tapes[name]
        count = min(len(sound), len(tape) - start)
        tape[start : start + count] += sound[:count] * np.float32(level)

    def _touch(self) -> float:
        """No two strokes of a hand are equally hard."""
        return float(self.random.uniform(0.85, 1.0))

    def _each(self, pattern: str, strike: Callable[[int, str], None]) -> None:
        for step, mark in enumerate(pattern[: self.steps]):
            if mark != ".":
                strike(step, mark)

    def _bar(self, bar: int, chord: str, section: str, opens: bool, fill: bool) -> None:
        tones = pitches(chord)
        loud = section in LOUD_SECTIONS
        self._drums(bar, loud, opens, fill)
        self._bass(bar, tones[0])
        self._chords(bar, tones, loud)
        if section != "intro":
            for tone in tones[:3]:
                self._add("Strings", self._at(bar, 0), voices.strings(near(tone, 64), self._length(self.steps)), 0.16)
        if loud:
            self._choir(bar, tones)

    def _drums(self, bar: int, loud: bool, opens: bool, fill: bool) -> None:
        rolled = FILL[-self.steps :] if fill else ""
        tacet = len(rolled) // 2 if fill else self.steps

        def hit(drum: str, step: int, level: float) -> None:
            self._add("Drums", self._at(bar, step), self.kit[drum], level * self._touch())

        if opens:
            hit("c", 0, 0.8)
        self._each(self.style.kick, lambda step, _: hit("k", step, 0.9))
        self._each(self.style.snare[:tacet], lambda step, mark: hit("s", step, 0.75 if mark == "x" else 0.25))
        hat = "o" if loud else "h"
        self._each(self.style.hat[:tacet], lambda step, _: hit(hat, step, 0.6 if step % 4 == 0 else 0.4))
        for step, drum in enumerate(rolled):
            if step >= tacet and drum != ".":
                hit(drum, step, 0.7)

    def _bass(self, bar: int, root: int) -> None:
        low = near(root, 34)
        marks = [(step, mark) for step, mark in enumerate(self.style.bass[: self.steps]) if mark != "."]
        for (step, mark), (following, _) in zip(marks, [*marks[1:], (self.steps, "")], strict=True):
            note = low + {"r": 0, "5": 7, "8": 12}[mark]
            sound = voices.bass(note, self._length(following - step) - RATE_HZ // 100)
            self._add("Bass", self._at(bar, step), sound, 0.55 * self._touch())

    def _chords(self, bar: int, tones: tuple[int, ...], loud: bool) -> None:
        def comp(step: int, _: str) -> None:
            length = self._length(self.style.keys_hold)
            touch = self._touch()
            for tone in tones:
                self._add("Keys", self._at(bar, step), voices.keys(near(tone, 60), length), 0.2 * touch)

        def pick(step: int, _: str) -> None:
            tone = tones[(step // 2) % len(tones)]
            high = near(tone, 69 if loud else 64)
            pan = -0.5 if step % 4 == 0 else 0.5
            sound = voices.guitar(high, self._length(3), pan)
            self._add("Guitar", self._at(bar, step), sound, 0.4 * self._touch())

        self._each(self.style.keys, comp)
        self._each(self.style.guitar, pick)

    def _choir(self, bar: int, tones: tuple[int, ...]) -> None:
        """A tune of two notes a bar over a held third."""
        half = self.steps // 2
        for step, tone in ((0, tones[2]), (half, tones[1 + bar % 2])):
            self._add("Vocals", self._at(bar, step), voices.vocals(near(tone, 67), self._length(half)), 0.32)
        self._add("Vocals", self._at(bar, 0), voices.vocals(near(tones[1], 60), self._length(self.steps)), 0.2)

    def _ending(self, bar: int, chord: str) -> None:
        tones = pitches(chord)
        start = self._at(bar, 0)
        for drum in "kc":
            self._add("Drums", start, self.kit[drum], 0.9)
        self._add("Bass", start, voices.bass(near(tones[0], 34), self._length(self.steps)), 0.6)
        for tone in tones:
            self._add("Keys", start, voices.keys(near(tone, 60), self._length(self.steps)), 0.25)
            self._add("Guitar", start, voices.guitar(near(tone, 64), self._length(self.steps), 0.3), 0.3)
            self._add("Strings", start, voices.strings(near(tone, 64), self._length(self.steps)), 0.18)


def play(arrangement: Arrangement) -> dict[str, Audio]:
    """Stem name -> float32 (frames, 2) at 48 kHz."""
    return Band(arrangement, arrangement.chart.title).play()
