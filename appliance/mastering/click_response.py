"""The response from a click to other signals, averaged over many clicks.

Each click is compared with what the other signals play around it. The comparison is the matched filter for a signal in
coloured noise (North 1943): the cross spectrum is divided by the power spectrum of what plays there, smoothed over some
lines. So gaps between notes, quiet bars and quiet parts of the spectrum count most, just as they do for the ear. With
numerator N and denominator W summed over clicks and lines, N / W is the gain from the click to the signal and
|N| / sqrt(W) its ratio to chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Planar

LAG_S = 0.05
"""Leaks come this much late or early: 17 m of air, or any latency that is nobody's delay line."""
BURST_S = 0.05
"""What follows in a click's own sound says nothing more about it."""
BEFORE_S = 0.06
AFTER_S = 0.11
EDGE_S = 0.008
"""The ends of what is looked at fade, so that low notes do not splash over the whole spectrum."""
LEAD_S = 0.002

LOWEST_HZ = 100.0
HIGHEST_HZ = 8000.0
SMOOTH_LINES = 8
"""To either side: 100 Hz altogether."""
OWN_LINES = 1
"""To either side of a line do not count for it: its own chance would make strong lines weigh less than weak ones."""
FLOOR = 1e-7
"""What lies 70 dB below the click is as good as silence: otherwise the dither of one rest would outvote the song."""
FLOOR_OF_PEAK = 1e-3
COARSE = 8
"""Lines that share one denominator: only bands ask for it."""

Spectra = NDArray[np.complex64]
Power = NDArray[np.float32]


@dataclass(frozen=True)
class Geometry:
    """Windows and lines at one sample rate."""

    rate_hz: int
    before: int
    frames: int
    size: int
    low: int
    lines: int
    lags: NDArray[np.int64]
    """Of the transform back, which has ``lag_size`` points and oversamples."""
    lag_size: int
    window: Power
    burst: Power

    @property
    def line_hz(self) -> float:
        return self.rate_hz / self.size

    @property
    def lags_s(self) -> NDArray[np.float64]:
        return self.lags / (self.lag_size * self.line_hz)


def geometry(rate_hz: int) -> Geometry:
    frames, before = round((BEFORE_S + AFTER_S) * rate_hz), round(BEFORE_S * rate_hz)
    size = 1 << (frames - 1).bit_length()
    lines = int(HIGHEST_HZ * size / rate_hz) // COARSE * COARSE
    lag_size = 1 << (2 * lines - 1).bit_length()
    most = int(LAG_S * lag_size * rate_hz / size)
    edge = round(EDGE_S * rate_hz)
    fade = np.sin(np.pi / 2 * (np.arange(edge) + 0.5) / edge) ** 2
    window = np.ones(frames)
    window[:edge], window[-edge:] = fade, fade[::-1]
    burst = np.zeros(frames)
    start, end = before - round(LEAD_S * rate_hz), before + round(BURST_S * rate_hz)
    burst[start:end] = 1.0
    burst[end - edge : end] = fade[::-1]
    return Geometry(
        rate_hz=rate_hz,
        before=before,
        frames=frames,
        size=size,
        low=int(LOWEST_HZ * size / rate_hz) // COARSE * COARSE,
        lines=lines,
        lags=np.arange(-most, most + 1),
        lag_size=lag_size,
        window=window.astype(np.float32),
        burst=burst.astype(np.float32),
    )


class Response:
    """Sums from one click signal to all others, in cells of time so that a part of a song can be looked at."""

    def __init__(self, shape: Geometry, cells: int, signals: int) -> None:
        self._shape = shape
        coarse = (shape.lines - shape.low) // COARSE
        self.cross: Spectra = np.zeros((cells, signals, shape.lines - shape.low), np.complex64)
        self.weight: Power = np.zeros((cells, signals, coarse), np.float32)
        self.power = np.zeros(coarse)
        """Of the click itself."""
        self.clicks = np.zeros(cells, np.int64)

    def add(self, cell: int, click: Power, spectra: Spectra, powers: Power) -> None:
        """One click of shape (frames,), and the spectra and smoothed powers around it, of shape (signals, lines)."""
        shape = self._shape
        line = np.fft.rfft(click * shape.burst, shape.size)[shape.low : shape.lines].astype(np.complex64)
        power = np.square(line.real) + np.square(line.imag)
        if not power.any():
            return
        least = FLOOR * (smoothed(power) + FLOOR_OF_PEAK * power.max())
        share = np.float32(1.0) / (powers + least)
        self.cross[cell] += np.conj(line) * spectra * share
        self.weight[cell] += (power * share).reshape(len(share), -1, COARSE).sum(axis=2)
        self.power += power.reshape(-1, COARSE).sum(axis=1)
        self.clicks[cell] += 1


def spectra(shape: Geometry, windows: Planar) -> Spectra:
    """Of windows of shape (signals, frames)."""
    transformed = np.fft.rfft(windows * shape.window, shape.size)
    return transformed[:, shape.low : shape.lines].astype(np.complex64)


def smoothed(power: Power) -> Power:
    """The mean over SMOOTH_LINES to either side but for OWN_LINES, along the last axis."""
    most = SMOOTH_LINES + 1
    edges = [(0, 0)] * (power.ndim - 1) + [(most, SMOOTH_LINES)]
    sums = np.cumsum(np.pad(power, edges, mode="edge"), axis=-1, dtype=np.float64)
    lines = power.shape[-1]

    def around(reach: int) -> NDArray[np.float64]:
        low = most - reach - 1
        return np.asarray(sums[..., low + 2 * reach + 1 :][..., :lines] - sums[..., low:][..., :lines])

    mean = (around(SMOOTH_LINES) - around(OWN_LINES)) / (2 * (SMOOTH_LINES - OWN_LINES))
    # Differences of sums may round below zero where nothing is.
    return np.maximum(mean, 0.0).astype(np.float32)
