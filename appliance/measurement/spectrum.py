"""The long-term spectrum in third octaves, 25 Hz to 20 kHz.

Bands are those of IEC 61260-1 with base 10: centres 1000 Hz * 10^(n/10), edges 10^(1/20) to either side. The power is
that of windowed Fourier transforms, averaged (Welch 1967).
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Planar

BANDS = tuple(range(-16, 14))
CENTRES_HZ = tuple(1000.0 * 10 ** (n / 10) for n in BANDS)
NOMINAL_HZ = (
    25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1000.0,
    1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0, 16000.0, 20000.0,
)  # fmt: skip
EDGES_HZ = tuple(1000.0 * 10 ** ((n - 0.5) / 10) for n in (*BANDS, BANDS[-1] + 1))

LINE_HZ = 1.5
"""The widest distance of two lines: the lowest band is 5.8 Hz wide."""


class Spectrum(msgspec.Struct, frozen=True, kw_only=True):
    """Mean square of all channels together in the band around each centre, in dBFS; None where there is nothing."""

    centre_hz: tuple[float, ...]
    level_dbfs: tuple[float | None, ...]


class SpectrumMeter:
    """Adds up the power of blocks of any length; each window begins in the middle of the one before."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._half = 1 << math.ceil(math.log2(rate_hz / LINE_HZ)) - 1
        # Half a sine: the squares of two that overlap by half add to 1, so every sample counts the same.
        phase = np.pi * (np.arange(2 * self._half) + 0.5) / (2 * self._half)
        self._window = np.sin(phase).astype(np.float32)  # a float's rounding lies 130 dB below the loudest line
        self._lines = np.zeros(self._half + 1)
        self._frames = 0
        self._rest: Planar = np.zeros((channels, self._half), np.float32)

    def add(self, block: Planar) -> None:
        """Samples of shape (channels, frames)."""
        joined = np.concatenate([self._rest, block], axis=1)
        windows = max(0, joined.shape[1] // self._half - 1)
        for start in range(0, windows * self._half, self._half):
            self._transform(joined[:, start : start + 2 * self._half])
        self._rest = joined[:, windows * self._half :].copy()
        self._frames += block.shape[1]

    def finish(self, gain_db: float = 0.0) -> Spectrum:
        """Of the signal as if it were so much louder. Call once, at the end."""
        frames = max(1, self._frames)
        self.add(np.zeros((len(self._rest), self._half + -frames % self._half), np.float32))
        power = self._lines / (2 * self._half) / frames
        power[1:-1] *= 2.0  # the same again at negative frequencies
        levels = _bands(power, self._rate_hz / (2 * self._half))
        louder = (None if level is None else level + gain_db for level in levels)
        return Spectrum(centre_hz=NOMINAL_HZ, level_dbfs=tuple(louder))

    def _transform(self, samples: Planar) -> None:
        for channel in samples:
            if channel.any():
                line = np.fft.rfft(channel * self._window)
                self._lines += np.square(line.real, dtype=np.float64) + np.square(line.imag, dtype=np.float64)


def _bands(power: NDArray[np.float64], spacing_hz: float) -> list[float | None]:
    """Each line is spread evenly over its own width, so that a band's edge may go through it."""
    borders_hz = (np.arange(len(power) + 1) - 0.5) * spacing_hz
    below = np.interp(EDGES_HZ, borders_hz, np.concatenate([[0.0], np.cumsum(power)]))
    return [10.0 * math.log10(band) if band > 0 else None for band in np.diff(below)]
