"""Whether the tracks stay with the click from the first bar to the last.

Where on the beat the tracks have their onsets is their groove: swing, syncopation and a drummer who leans back are
constant. So the groove of each stretch of the song is compared with that of all others, and only what moves counts.
"""

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.mastering.beat_lags import Lags, follow
from appliance.mastering.click_track import ClickOnsets, channels_of, house_gains, planar_blocks, stems_of
from appliance.mastering.onset_envelope import OnsetEnvelope
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

REPORT_MS = 10.0
"""Two attacks that are less than about 10 ms apart are heard as one; a drummer on the click and a band that hears the
tracks begin to pull against each other from there on. What is measured without any drift stays below 5 ms."""

STRETCH_S = 8.0
STEP_S = 4.0
FEWEST_BEATS = 6
FEWEST_STRETCHES = 4
"""Of so many beats, about 20 s altogether: else chance looks like a groove."""
PHASES = 256
"""To a beat: 2 ms at 120 bpm; peaks are read between them."""
INTERVAL_SPREAD = 0.4
"""A click that comes later than this part of a beat beyond its time was left out before; that beat tells nothing."""
LEAST_CONFIDENCE = 0.45
"""Noise and notes at random come to 0.4 at most, songs with drums to 0.8 and more, ballads without them to 0.5."""

STRAIGHT_MS = 3.0
STRAIGHT_SHARE = 0.1
"""Of the whole movement: what is this near a line is one."""

Progress = Callable[[float], None]
"""Hears how much is done, from 0 to 1."""
Series = NDArray[np.float64]


class ClickDrift(msgspec.Struct, frozen=True, kw_only=True):
    """Times are of the tracks against the click: positive where the tracks are late."""

    drift_ms: float
    """From the first click to the last."""
    worst_ms: float
    """The farthest that they get from where they began."""
    at_s: float
    """Where half of that is passed: the place of a jump, the middle of a slow drift."""
    click_bpm: float
    """Clicks in a minute."""
    tracks_bpm: float
    """The same of the beat that the tracks are on."""
    steady_offset_ms: float
    """Of the strongest onset near the click; a groove or a latency, and no drift."""
    confidence: float
    """How alike the grooves of all stretches are, from LEAST_CONFIDENCE to 1."""
    stretches: tuple[tuple[float, float], ...]
    """Middle of each stretch in seconds, and how far the tracks have moved since the first in ms."""


def measure_click_drift(song: PreparedSong, progress: Progress = lambda _: None) -> ClickDrift | None:
    """None where it cannot be told: no click, a few bars only, or tracks without onsets.

    Raises PreparedSongError where the file cannot be read.
    """
    tracks, clicks = stems_of(song, Role.TRACK), stems_of(song, Role.CLICK)
    if not tracks or not clicks or not song.frames:
        return None
    heard, played, gains = channels_of(clicks), channels_of(tracks), house_gains(tracks)
    onsets, envelope = ClickOnsets(song.rate_hz), OnsetEnvelope(song.rate_hz)
    found: list[int] = []
    done = 0
    for block in planar_blocks(song):
        found += onsets.add(block[heard])
        envelope.add(gains @ block[played])
        done += block.shape[1]
        progress(done / song.frames)
    return _drift(np.array(found) / song.rate_hz, envelope)


def _drift(clicks_s: Series, envelope: OnsetEnvelope) -> ClickDrift | None:
    if len(clicks_s) < FEWEST_BEATS:
        return None
    intervals = np.diff(clicks_s)
    beat = float(np.median(intervals))
    grooves, middles_s, beats_s = _grooves(clicks_s, envelope)
    if len(grooves) < FEWEST_STRETCHES:
        return None
    lags = follow(grooves, middles_s, beats_s)
    if lags.confidence < LEAST_CONFIDENCE:
        return None
    regular = intervals[np.abs(intervals - beat) < INTERVAL_SPREAD * beat]
    return _judge(lags, middles_s, clicks_s, 60.0 / float(np.mean(regular)))


def _grooves(clicks_s: Series, envelope: OnsetEnvelope) -> tuple[Series, Series, Series]:
    """Onset strength over the beat for each stretch that has some, its middle, and the length of its beats."""
    starts, lengths = clicks_s[:-1], np.diff(clicks_s)
    strength = envelope.finish()
    steps = starts[:, np.newaxis] + lengths[:, np.newaxis] * np.arange(PHASES) / PHASES
    beats = np.interp(steps, envelope.times_s, strength)
    grooves, middles, typical = [], [], []
    for start in np.arange(clicks_s[0], max(clicks_s[0] + 1e-3, clicks_s[-1] - STEP_S), STEP_S):
        inside = np.flatnonzero((starts >= start) & (starts < start + STRETCH_S))
        if len(inside) < FEWEST_BEATS:
            continue
        beat = float(np.median(lengths[inside]))
        inside = inside[np.abs(lengths[inside] - beat) < INTERVAL_SPREAD * beat]
        groove = np.cbrt(beats[inside]).mean(axis=0)  # a crash on one beat is one vote among many
        if len(inside) >= FEWEST_BEATS and groove.std() > 1e-3 * strength.max():
            grooves.append(groove)
            middles.append(float(np.mean(starts[inside]) + beat / 2))
            typical.append(beat)
    return np.array(grooves), np.array(middles), np.array(typical)


def _judge(lags: Lags, middles_s: Series, clicks_s: Series, click_bpm: float) -> ClickDrift:
    moved = lags.lags_s - lags.lags_s[0]
    slope, residual = _line(middles_s, moved)
    straight = residual < max(STRAIGHT_MS / 1000.0, STRAIGHT_SHARE * float(np.ptp(moved)))
    worst = int(np.abs(moved).argmax())
    drift_s, worst_s = float(np.median(moved[-2:]) - np.median(moved[:2])), float(moved[worst])
    if straight:
        # The stretches' middles are half a stretch away from either end.
        drift_s = slope * float(clicks_s[-1] - clicks_s[0])
        worst_s = drift_s if abs(drift_s) >= abs(worst_s) else worst_s
    half = np.flatnonzero(np.abs(moved) >= 0.5 * abs(float(moved[worst])))
    return ClickDrift(
        drift_ms=1000.0 * drift_s,
        worst_ms=1000.0 * worst_s,
        at_s=float(middles_s[half[0]]),
        click_bpm=click_bpm,
        tracks_bpm=click_bpm / (1.0 + slope),
        steady_offset_ms=1000.0 * lags.offset_s,
        confidence=lags.confidence,
        stretches=tuple((float(at), 1000.0 * float(lag)) for at, lag in zip(middles_s, moved, strict=True)),
    )


def _line(x: Series, y: Series) -> tuple[float, float]:
    """The median of the slopes between all points (Theil and Sen), and the median distance from that line."""
    rows, columns = np.triu_indices(len(x), 1)
    slope = float(np.median((y[columns] - y[rows]) / (x[columns] - x[rows])))
    rest = y - slope * x
    return slope, float(np.median(np.abs(rest - np.median(rest))))
