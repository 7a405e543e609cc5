"""A song written as its band delivers it: rates, formats, names and levels of their own."""

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr

from appliance.demo.charts import Arrangement, Chart
from appliance.demo.voices import RATE_HZ, Audio

HIGHEST_PEAK = 0.98
"""A resampler may overshoot; nothing of this band is clipped."""
LANES = (("Drums",), ("Bass", "Strings", "Synth"), ("Keys", "Guitar", "Vocals", "Horns"))
"""What shares a stereo pair where eight channels are all there is."""


@dataclass(frozen=True)
class Written:
    """One file and what each channel group of it is; roles in order of the channels, once per file where all agree."""

    file: str
    roles: list[str]
    parts: list[str | None]


class Delivery:
    """Writes one song's files into a folder and remembers what they are."""

    def __init__(self, arrangement: Arrangement, folder: Path) -> None:
        self.arrangement = arrangement
        self.chart: Chart = arrangement.chart
        self.folder = folder
        self.written: list[Written] = []

    def write(self, stems: dict[str, Audio], click: Audio, guide: Audio) -> dict[str, Any]:
        """``click`` at the rate of the chart's click, the rest at 48 kHz. Returns the truth about the song."""
        level = _level(stems, self.chart.level_db)
        stems = {name: tape * level for name, tape in stems.items()}
        rest = np.sum(list(stems.values()), axis=0)
        match self.chart.layout:
            case "stems":
                self._stems(stems, click, guide)
            case "track+click":
                self._file("Track", self._resampled(rest), ["track"], ["mix"])
                self._file("Click", click, ["click"], [None])
            case "left-right":
                self._file("", _beside(self._resampled(rest.mean(axis=1)), click), ["track", "click"], ["mix", None])
            case "interleaved":
                self._interleaved(stems, click, guide)
        return self._truth()

    def _stems(self, stems: dict[str, Audio], click: Audio, guide: Audio) -> None:
        for name, tape in stems.items():
            # Somebody always bounces the bass in mono and stops the recording early.
            bounced = tape.mean(axis=1)[: -RATE_HZ // 2] if name == "Bass" else tape
            self._file(name, self._resampled(bounced), ["track"], [name.lower()])
        self._file("Click", click, ["click"], [None], self.chart.click_rate_hz)
        self._file("Guide", self._resampled(guide), ["guide"], [None])

    def _interleaved(self, stems: dict[str, Audio], click: Audio, guide: Audio) -> None:
        silent = np.zeros_like(next(iter(stems.values())))
        pairs = [np.sum([stems.get(name, silent) for name in names], axis=0) for names in LANES]
        self._file(
            "",
            _beside(*(self._resampled(pair) for pair in pairs), click, self._resampled(guide)),
            ["track"] * 6 + ["click", "guide"],
            ["drums", "drums", *[None] * 6],
        )

    def _resampled(self, tape: Audio) -> Audio:
        if self.chart.rate_hz == RATE_HZ:
            return tape
        resampled: Audio = soxr.resample(tape, RATE_HZ, self.chart.rate_hz, quality="VHQ")
        return resampled

    def _file(
        self, part: str, sound: Audio, roles: list[str], parts: list[str | None], rate_hz: int | None = None
    ) -> None:
        chart = self.chart
        called = chart.words.get(part, part)
        name = chart.naming.format(title=chart.title, part=called, n=len(self.written) + 1)
        path = self.folder / f"{name}.{chart.suffix}"
        container = {"aiff": "AIFF", "flac": "FLAC", "mp3": "MP3"}.get(chart.suffix)
        if container is None:
            container = "WAVEX" if sound.ndim > 1 and sound.shape[1] > 2 else "WAV"
        sf.write(path, sound, rate_hz or chart.rate_hz, subtype=chart.subtype, format=container)
        self.written.append(Written(path.name, roles, parts))

    def _truth(self) -> dict[str, Any]:
        chart = self.chart
        return {
            "title": chart.title,
            "folder": self.folder.name,
            "tempo": chart.tempo,
            "beats": chart.beats,
            "rate": chart.rate_hz,
            "seconds": self.arrangement.duration_s,
            "level_db": chart.level_db,
            "layout": chart.layout,
            "sections": [asdict(section) for section in self.arrangement.sections],
            "files": [asdict(written) for written in self.written],
        }


def _level(stems: dict[str, Audio], level_db: float) -> np.float32:
    """The gain that brings the peak of the mix there, or lower where a file of its own would clip."""
    mix = np.sum(list(stems.values()), axis=0)
    loudest_file = max(float(np.abs(tape).max()) for tape in (mix, *stems.values()))
    wanted = 10 ** (level_db / 20) / float(np.abs(mix).max())
    return np.float32(min(wanted, HIGHEST_PEAK * 0.95 / loudest_file))


def _beside(*tapes: Audio) -> Audio:
    """Tapes as channels of one file, as long as the longest."""
    columns = list(itertools.chain.from_iterable(tape.T if tape.ndim > 1 else [tape] for tape in tapes))
    sound = np.zeros((max(map(len, columns)), len(columns)), np.float32)
    for number, column in enumerate(columns):
        sound[: len(column), number] = column
    return sound
