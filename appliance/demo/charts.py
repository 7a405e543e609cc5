"""Five songs of a band that does not exist: chords, form and tempo, and how its members deliver them."""

import math
from dataclasses import dataclass, field
from typing import Literal

Layout = Literal["stems", "track+click", "left-right", "interleaved"]

FORM = ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "outro")
SHORT_FORMS = {
    1: ("chorus",),
    2: ("verse", "chorus"),
    3: ("intro", "verse", "chorus"),
    4: ("intro", "verse", "chorus", "outro"),
    5: ("intro", "verse", "chorus", "verse", "chorus"),
    6: ("intro", "verse", "chorus", "bridge", "chorus", "outro"),
    7: ("intro", "verse", "chorus", "verse", "bridge", "chorus", "outro"),
}
BARS_PER_SECTION = 2
"""The least that is still heard as a section."""
TAIL_S = 2.0
"""Silence enough for the last chord to ring out."""


@dataclass(frozen=True)
class Chart:
    """One song: what is played, and how its files are written and named."""

    title: str
    style: str
    groove: str
    """What MMA calls the style."""
    tempo: float
    beats: int
    verse: tuple[str, ...]
    chorus: tuple[str, ...]
    bridge: tuple[str, ...]
    folder: str
    naming: str
    suffix: str
    subtype: str
    rate_hz: int
    level_db: float
    layout: Layout = "stems"
    click_rate_hz: int | None = None
    """The click came from another computer than the rest."""
    words: dict[str, str] = field(default_factory=dict)
    """What this band calls its parts and sections, where that is not English."""
    voice: str = "en"


GERMAN = {
    "Drums": "Schlagzeug",
    "Guitar": "Gitarre",
    "Keys": "Klavier",
    "Strings": "Streicher",
    "Vocals": "Chor",
    "Horns": "Bläser",
    "Click": "Klick",
    "Guide": "Ansage",
    "intro": "Vorspiel",
    "verse": "Strophe",
    "chorus": "Refrain",
    "bridge": "Überleitung",
    "outro": "Schluss",
}

CHARTS = (
    Chart(
        title="Copper Kites",
        style="drive",
        groove="8Beat",
        tempo=124,
        beats=4,
        verse=("Em", "C", "G", "D", "Em", "C", "Am", "B7"),
        chorus=("G", "D", "Em", "C", "G", "D", "C", "D"),
        bridge=("Am", "Bm", "C", "D"),
        folder="01 Copper Kites",
        naming="{title} - {part}",
        suffix="wav",
        subtype="PCM_24",
        rate_hz=48_000,
        level_db=-3.0,
        click_rate_hz=44_100,
    ),
    Chart(
        title="Salz und Sand",
        style="waltz",
        groove="RockWaltz",
        tempo=96,
        beats=3,
        verse=("Am", "E7", "Am", "Dm", "F", "C", "E7", "Am"),
        chorus=("F", "C", "Dm", "E7"),
        bridge=("Dm", "G7", "C", "E7"),
        folder="Salz und Sand",
        naming="{part}_{title}",
        suffix="flac",
        subtype="PCM_24",
        rate_hz=96_000,
        level_db=-18.5,
        words=GERMAN,
        voice="de",
    ),
    Chart(
        title="Low Tide Letter",
        style="ballad",
        groove="PopBallad",
        tempo=76,
        beats=4,
        verse=("D", "A", "Bm", "G"),
        chorus=("G", "A", "F#m", "Bm", "G", "A", "D", "D7"),
        bridge=("Em", "A", "F#m", "Bm"),
        folder="03_low tide letter",
        naming="{n:02d} {part} ({title})",
        suffix="mp3",
        subtype="MPEG_LAYER_III",
        rate_hz=44_100,
        level_db=-9.0,
        layout="track+click",
    ),
    Chart(
        title="Two Lamps",
        style="roll",
        groove="ShuffleBoggie",
        tempo=152,
        beats=4,
        verse=("A", "A", "D", "A", "E7", "D", "A", "E7"),
        chorus=("D", "A", "E7", "A"),
        bridge=("F#m", "D", "Bm", "E7"),
        folder="TWO LAMPS final",
        naming="{title} mix v3",
        suffix="aiff",
        subtype="PCM_16",
        rate_hz=44_100,
        level_db=-0.5,
        layout="left-right",
    ),
    Chart(
        title="Tin Parade",
        style="offbeat",
        groove="Ska",
        tempo=138,
        beats=4,
        verse=("Bb", "Gm", "Eb", "F", "Bb", "Gm", "Cm", "F7"),
        chorus=("Eb", "F", "Dm", "Gm", "Eb", "F", "Bb", "Bb"),
        bridge=("Cm", "F", "Bb", "Gm"),
        folder="05 Tin Parade",
        naming="{title} (8ch)",
        suffix="wav",
        subtype="PCM_24",
        rate_hz=48_000,
        level_db=-6.0,
        layout="interleaved",
    ),
)


@dataclass(frozen=True)
class Section:
    """A named stretch of bars, counted from 0; bar 0 of every song is its count-in."""

    name: str
    bar: int
    bars: int


@dataclass(frozen=True)
class Arrangement:
    """A chart at a length: one chord per bar; the count-in has none, and the last bar is one long chord."""

    chart: Chart
    sections: tuple[Section, ...]
    chords: tuple[str | None, ...]

    @property
    def bar_s(self) -> float:
        return self.chart.beats * 60 / self.chart.tempo

    @property
    def duration_s(self) -> float:
        return len(self.chords) * self.bar_s + TAIL_S


def arrange(chart: Chart, seconds: float) -> Arrangement:
    """The chart at about ``seconds`` of music, in whole sections."""
    bar_s = chart.beats * 60 / chart.tempo
    bars = max(BARS_PER_SECTION, math.floor((seconds - TAIL_S) / bar_s) - 2)
    form = SHORT_FORMS.get(bars // BARS_PER_SECTION, FORM)
    chords: list[str | None] = [None]
    sections = []
    for number, name in enumerate(form):
        length = bars // len(form) + (number < bars % len(form))
        sections.append(Section(name, len(chords), length))
        changes = {"chorus": chart.chorus, "bridge": chart.bridge}.get(name, chart.verse)
        chords += [changes[bar % len(changes)] for bar in range(length)]
    chords.append(chart.verse[0])
    return Arrangement(chart, tuple(sections), tuple(chords))
