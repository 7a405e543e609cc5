"""Peaks and what lies at the other end: DC, clipping, noise floor and silence."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND, Hops, Planar
from appliance.measurement.loudness import ABSOLUTE_GATE_LUFS, SHORT_TERM_HOPS, short_term_lufs

SILENT = 10 ** (-80 / 20)
"""What never comes above this is silence, as in the import: dither and the hiss of an idle input lie below."""

CLIPPED = 1.0 - 2.0**-15
"""Full scale of a 16-bit file."""
CLIPPED_FRAMES = 3
"""Two equal samples at full scale happen; three are a wave without its top."""

FLOOR_HOPS = 40
FLOOR_SHARE = 0.05
DIGITAL_SILENCE = 10 ** (-120 / 10)
"""Mean square of what no converter can be heard to make: gaps between parts that were cut by hand."""


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """None where there is none, as the peak of silence. Of two channels, the worse one."""

    sample_peak_dbfs: float | None
    true_peak_dbtp: float | None
    plr_db: float | None
    """True peak less integrated loudness: the crest of the whole."""
    psr_db: float | None
    """The least, over all 3 s that are no silence, of their true peak less their short-term loudness."""
    dc_dbfs: float | None
    clipped_runs: int
    first_clipped_s: float | None
    noise_floor_dbfs: float | None
    """RMS of the quietest twentieth of all 400 ms that are not digital silence; full scale is a square wave."""
    silence_start_s: float
    silence_end_s: float


def measure_levels(hops: Hops, integrated_lufs: float | None, clipped: "ClippedRuns") -> Levels:
    true_peak = decibels(float(hops.true_peak.max(initial=0.0)))
    start_s, end_s = silences_s(hops)
    frames = max(1, hops.frames)
    return Levels(
        sample_peak_dbfs=decibels(float(hops.sample_peak.max(initial=0.0))),
        true_peak_dbtp=true_peak,
        plr_db=None if true_peak is None or integrated_lufs is None else true_peak - integrated_lufs,
        psr_db=least_psr_db(hops),
        dc_dbfs=decibels(float(np.max(np.abs(hops.total.sum(axis=1)), initial=0.0)) / frames),
        clipped_runs=clipped.count,
        first_clipped_s=clipped.first_s,
        noise_floor_dbfs=noise_floor_dbfs(hops),
        silence_start_s=start_s,
        silence_end_s=end_s,
    )


def decibels(gain: float) -> float | None:
    return 20.0 * math.log10(gain) if gain > 0 else None


def least_psr_db(hops: Hops) -> float | None:
    loudness = short_term_lufs(hops.weighted)
    if not len(loudness):
        return None
    peaks = _highest(hops.true_peak.max(axis=0), SHORT_TERM_HOPS)[: len(loudness)]
    sounding = loudness > ABSOLUTE_GATE_LUFS
    if not sounding.any():
        return None
    return float(np.min(20.0 * np.log10(peaks[sounding]) - loudness[sounding]))


def noise_floor_dbfs(hops: Hops) -> float | None:
    whole = hops.weighted.shape[1]
    energy = hops.energy[:, :whole].max(axis=0)
    sums = np.concatenate([[0.0], np.cumsum(energy)])
    squares = (sums[FLOOR_HOPS:] - sums[:-FLOOR_HOPS]) / (FLOOR_HOPS * hops.rate_hz / HOPS_PER_SECOND)
    there = np.sort(squares[squares > DIGITAL_SILENCE])
    if not len(there):
        return None
    quietest = there[: max(1, int(FLOOR_SHARE * len(there)))]
    return 10.0 * math.log10(float(np.mean(quietest)))


def silences_s(hops: Hops) -> tuple[float, float]:
    """Before the first sound and after the last, in steps of 10 ms; all of it before, where nothing sounds."""
    duration_s = hops.frames / hops.rate_hz
    sounding = np.flatnonzero(hops.sample_peak.max(axis=0, initial=0.0) > SILENT)
    if not len(sounding):
        return duration_s, 0.0
    after_s = duration_s - (float(sounding[-1]) + 1) / HOPS_PER_SECOND
    return float(sounding[0]) / HOPS_PER_SECOND, max(0.0, after_s)


class ClippedRuns:
    """Counts flat tops at full scale in blocks, also those that go from one block into the next."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self.count, self._rate_hz = 0, rate_hz
        self._frames, self._first = 0, -1
        self._before: Planar = np.zeros((channels, CLIPPED_FRAMES), np.float32)

    @property
    def first_s(self) -> float | None:
        return self._first / self._rate_hz if self._first >= 0 else None

    def add(self, block: Planar) -> None:
        """Samples of shape (channels, frames)."""
        starts: list[int] = []
        for channel, before in zip(block, self._before, strict=True):
            if max(channel.max(initial=0.0), -channel.min(initial=0.0)) >= CLIPPED:
                starts += _flat_tops(np.concatenate([before, channel])).tolist()
        if starts and not self.count:
            self._first = self._frames + min(starts) - (CLIPPED_FRAMES - 1)
        self.count += len(starts)
        joined = np.concatenate([self._before, block[:, -CLIPPED_FRAMES:]], axis=1)
        self._before = joined[:, -CLIPPED_FRAMES:].copy()
        self._frames += block.shape[1]


def _flat_tops(x: NDArray[np.float32]) -> NDArray[np.intp]:
    """Where a run is three samples long; ``x`` begins three frames before the frame that counts as 0."""
    equal = (x[1:] == x[:-1]) & (np.abs(x[1:]) >= CLIPPED)
    flat = equal[1:] & equal[:-1]
    return np.flatnonzero(flat[1:] & ~flat[:-1])


def _highest(values: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The maximum of each ``count`` consecutive values, by maxima of 2, 4, 8... values."""
    span = 1
    while 2 * span <= count:
        values = np.maximum(values[:-span], values[span:])
        span *= 2
    rest = count - span
    return np.maximum(values[: len(values) - rest], values[rest:])
