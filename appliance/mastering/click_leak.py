"""Click that has leaked into what the audience hears: into a track stem, or into their sum.

A leak is the click itself, late by a constant time and quieter by a constant factor. Music on the beat is at the same
places and may be the same to the sample each time, but it is another sound: the gain from the click to it differs from
one band of the spectrum to the next, in size and in sign. So a leak is a sharp peak of the response from the click
(click_response.py) on whose height all bands agree.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Planar
from appliance.mastering.click_response import COARSE, Geometry, Power, Response, Spectra, geometry, smoothed, spectra
from appliance.mastering.click_track import ClickOnsets, channels_of, house_gains, planar_blocks, stems_of
from appliance.songs.prepared import PreparedSong, PreparedStem
from appliance.units import db_from_gain, gain_from_db
from appliance.vocabulary import Role

HOUSE = "house"
"""The name of the sum of all track stems."""

REPORT_DB = -50.0
"""Below a click at 0 dBFS peak this is at the level of quiet hiss, and masked by anything that plays."""

CELL_S = 5.0
MOST_CELLS = 64
"""Longer songs have longer cells: what is in memory does not grow."""

BANDS = 8
BAND_FLOOR_DB = -40.0
"""Lines so far below the click's strongest take no part in choosing bands."""

PEAK_TO_CHANCE = 7.0
PEAK_TO_MEDIAN = 10.0
"""Of all delays. A drum that is the same each time gives a broad hill, chance a plain."""
NEAR = 8
"""Steps of 0.04 ms to either side of the peak; between them the bands choose."""
CERTAINTY = 0.3
"""Rooms and microphones change a band by so much; a band is never taken for more certain."""
AGREEMENT = 0.8
"""1 where all bands have one gain; without a leak never above 0.7 in the songs of docs/mastering.md."""
FEWEST_BANDS = 3.0

Progress = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""


class ClickLeak(msgspec.Struct, frozen=True, kw_only=True):
    """One signal into which the click has leaked."""

    stem: str
    """HOUSE for the sum of all track stems with their gains, else the stem's name."""
    level_db: float
    """Relative to the click stem as it was delivered."""
    delay_ms: float
    """Positive where the leak comes after the click."""
    at_s: float
    """The first click of the stretch in which it is clearest."""
    agreement: float
    """How far all bands of the spectrum tell the same: from AGREEMENT to 1."""


class _Peak(msgspec.Struct, frozen=True):
    strength: float
    level_db: float
    delay_ms: float
    agreement: float
    cells: tuple[int, int]


def find_click_leaks(song: PreparedSong, progress: Progress = lambda _: None) -> tuple[ClickLeak, ...]:
    """All leaks above REPORT_DB, the house first. Raises PreparedSongError where the file cannot be read."""
    tracks, clicks = stems_of(song, Role.TRACK), stems_of(song, Role.CLICK)
    if not tracks or not clicks or not song.frames:
        return ()
    search = _Search(song, tracks, clicks)
    done = 0
    for block in planar_blocks(song):
        search.add(block)
        done += block.shape[1]
        progress(done / song.frames)
    return search.finish()


class _Search:
    """Compares each click with all tracks and the house as the song comes by."""

    def __init__(self, song: PreparedSong, tracks: Sequence[PreparedStem], clicks: Sequence[PreparedStem]) -> None:
        self._rate_hz, self._shape = song.rate_hz, geometry(song.rate_hz)
        self._tracks = channels_of(tracks)
        self._names = [(stem.name, len(stem.channels)) for stem in tracks]
        self._house = house_gains(tracks)
        self._clicks = channels_of(clicks)
        self._onsets = [ClickOnsets(song.rate_hz) for _ in clicks]
        self._stems = [stem.channels for stem in clicks]
        cells = max(2, MOST_CELLS // len(self._clicks))
        self._cell_frames = max(round(CELL_S * song.rate_hz), -(-song.frames // cells))
        self._cells = -(-song.frames // self._cell_frames)
        signals = len(self._tracks) + len(self._house)
        self._responses = {channel: Response(self._shape, self._cells, signals) for channel in self._clicks}
        self._first = np.full(self._cells, -1, np.int64)
        self._past: Planar = np.zeros((song.channels, self._shape.before), np.float32)
        self._past_frame = -self._shape.before
        self._pending: list[tuple[int, int]] = []

    def add(self, block: Planar) -> None:
        for number, (onsets, channels) in enumerate(zip(self._onsets, self._stems, strict=True)):
            self._pending += [(frame, number) for frame in onsets.add(block[channels])]
        joined = np.concatenate([self._past, block], axis=1)
        end = self._past_frame + joined.shape[1]
        reach = self._shape.frames - self._shape.before
        ready = [pending for pending in self._pending if pending[0] + reach <= end]
        self._pending = [pending for pending in self._pending if pending[0] + reach > end]
        for frame, number in ready:
            start = frame - self._shape.before - self._past_frame
            self._compare(frame, number, joined[:, start : start + self._shape.frames])
        kept = min(joined.shape[1], self._shape.frames)
        self._past, self._past_frame = joined[:, -kept:].copy(), end - kept

    def finish(self) -> tuple[ClickLeak, ...]:
        self.add(np.zeros((len(self._past), self._shape.frames), np.float32))
        signals, row = [], 0
        for name, width in self._names:
            signals.append((name, range(row, row + width)))
            row += width
        signals.insert(0, (HOUSE, range(row, row + len(self._house))))
        leaks = (self._leak(name, rows) for name, rows in signals)
        return tuple(leak for leak in leaks if leak)

    def _compare(self, frame: int, number: int, samples: Planar) -> None:
        tracks = spectra(self._shape, samples[self._tracks])
        everything = np.concatenate([tracks, self._house @ tracks])
        powers = smoothed(np.square(everything.real) + np.square(everything.imag))
        cell = min(frame // self._cell_frames, self._cells - 1)
        if self._first[cell] < 0:
            self._first[cell] = frame
        for channel in self._stems[number]:
            self._responses[channel].add(cell, samples[channel], everything, powers)

    def _leak(self, name: str, rows: range) -> ClickLeak | None:
        """The clearest over both sides and all clicks, if there is any."""
        peaks = [peak for r in self._responses.values() for row in rows for peak in _peaks(self._shape, r, row)]
        if not peaks:
            return None
        best = max(peaks, key=lambda peak: peak.strength)
        inside = [p for p in peaks if best.cells[0] <= p.cells[0] and p.cells[1] <= best.cells[1]]
        shortest = min(p.cells[1] - p.cells[0] for p in inside)
        clearest = max((p for p in inside if p.cells[1] - p.cells[0] == shortest), key=lambda p: p.strength)
        frames = self._first[slice(*clearest.cells)]
        return ClickLeak(
            stem=name,
            level_db=best.level_db,
            delay_ms=best.delay_ms,
            at_s=float(frames[frames >= 0].min()) / self._rate_hz,
            agreement=best.agreement,
        )


def _stretches(cells: int) -> Iterator[tuple[int, int]]:
    """Runs of 1, 2, 4... cells, each beginning in the middle of the one before, and all of them."""
    length = 1
    while length < cells:
        for start in range(0, cells - length + 1, max(1, length // 2)):
            yield start, start + length
        length *= 2
    yield 0, cells


def _peaks(shape: Geometry, response: Response, row: int) -> Iterator[_Peak]:
    bands = _bands(response.power)
    if bands is None:
        return
    for start, end in _stretches(len(response.clicks)):
        if response.clicks[start:end].any():
            cross, weight = response.cross[start:end, row].sum(axis=0), response.weight[start:end, row].sum(axis=0)
            peak = _peak(shape, cross, weight, bands, (start, end))
            if peak:
                yield peak


def _peak(
    shape: Geometry, cross: Spectra, weight: Power, bands: NDArray[np.int64], cells: tuple[int, int]
) -> _Peak | None:
    lagged = np.abs(np.fft.ifft(cross, shape.lag_size)[shape.lags]) * shape.lag_size
    at = int(lagged.argmax())
    strength = float(lagged[at]) / float(np.sqrt(weight.sum()))
    if strength < PEAK_TO_CHANCE or lagged[at] < PEAK_TO_MEDIAN * np.median(lagged):
        return None
    lines_hz = shape.line_hz * (shape.low + np.arange(len(cross)))
    used = slice(0, bands[-1])
    weights = np.add.reduceat(weight[used], bands[:-1], dtype=np.float64)
    best: tuple[float, float, float] | None = None
    for delay_s in shape.lags_s[max(0, at - NEAR) : at + NEAR + 1].tolist():
        aligned = (cross * np.exp(2j * np.pi * lines_hz * delay_s)).reshape(-1, COARSE).sum(axis=1)
        gains = (np.add.reduceat(aligned[used], bands[:-1]) / weights).astype(np.complex128)
        gain, agreement = _common(gains, weights)
        if best is None or agreement > best[0]:
            best = agreement, gain, delay_s
    if best is None or best[0] < AGREEMENT or best[1] < gain_from_db(REPORT_DB):
        return None
    return _Peak(strength, db_from_gain(best[1]), 1000.0 * best[2], best[0], cells)


def _common(gains: NDArray[np.complex128], weights: NDArray[np.float64]) -> tuple[float, float]:
    """The gain that the bands have in common, and how far they agree on it; 0 where too few have a say.

    A band in which music hides the click is uncertain and counts less; no band is taken for so certain that the others
    would not be heard.
    """
    common = abs(complex(np.sum(weights * gains))) / float(weights.sum())
    say = weights
    for _ in range(2):
        say = 1.0 / (1.0 / weights + (CERTAINTY * common) ** 2)
        common = abs(complex(np.sum(say * gains))) / float(say.sum())
    voters = float(say.sum() ** 2 / np.sum(say**2))
    spread = float(np.sum(say * np.abs(gains) ** 2) / say.sum())
    return common, common**2 / spread if voters >= FEWEST_BANDS and spread > 0 else 0.0


def _bands(power: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Borders in groups of COARSE lines, between which the click is about as much above its floor, in dB."""
    if not power.any():
        return None
    above = np.maximum(0.0, 10.0 * np.log10(power / power.max() + 1e-20) - BAND_FLOOR_DB)
    total = np.concatenate([[0.0], np.cumsum(above)])
    borders = np.searchsorted(total, np.linspace(0.0, total[-1], BANDS + 1))
    return np.unique(np.clip(borders, 0, len(power)))
