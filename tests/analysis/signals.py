"""Test signals. All are deterministic, float64, of shape (frames,) or (frames, channels), full scale at 1.0."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft, signal

from .levels import Signal, columns

_BAND_STOP_DB = 120.0
_BAND_TRANSITION_HZ = 200.0


def _frames(rate_hz: float, duration_s: float) -> int:
    return round(rate_hz * duration_s)


def sine(
    frequency_hz: float, rate_hz: float, duration_s: float, amplitude: float = 1.0, phase_deg: float = 0.0
) -> Signal:
    """One tone; ``amplitude`` is its peak."""
    n = np.arange(_frames(rate_hz, duration_s))
    return amplitude * np.sin(2.0 * np.pi * frequency_hz / rate_hz * n + np.radians(phase_deg))


def quarter_rate_sine(rate_hz: float, duration_s: float, amplitude: float = 1.0) -> Signal:
    """A tone at a quarter of the rate and 45 degrees: every sample is 3.01 dB below the waveform's peak."""
    return sine(rate_hz / 4.0, rate_hz, duration_s, amplitude, 45.0)


def smpte_tones(rate_hz: float, duration_s: float, peak: float = 1.0) -> Signal:
    """60 Hz and 7 kHz, four to one; ``peak`` is the sum of both."""
    return sine(60.0, rate_hz, duration_s, 0.8 * peak) + sine(7_000.0, rate_hz, duration_s, 0.2 * peak)


def ccif_tones(rate_hz: float, duration_s: float, peak: float = 1.0) -> Signal:
    """19 and 20 kHz of the same level; ``peak`` is the sum of both."""
    return sine(19_000.0, rate_hz, duration_s, peak / 2.0) + sine(20_000.0, rate_hz, duration_s, peak / 2.0)


def pink_noise(rate_hz: float, duration_s: float, channels: int = 1, rms_db: float = -18.0, seed: int = 1) -> Signal:
    """Noise of equal energy per octave from 20 Hz up, each channel at ``rms_db`` (dBFS of its mean square)."""
    frames = _frames(rate_hz, duration_s)
    random = np.random.default_rng(seed)
    spectrum = fft.rfft(random.standard_normal((frames, channels)), axis=0)
    frequency = fft.rfftfreq(frames, 1.0 / rate_hz)
    shape = np.zeros_like(frequency)
    audible = frequency >= 20.0
    shape[audible] = 1.0 / np.sqrt(frequency[audible])
    noise = fft.irfft(spectrum * shape[:, np.newaxis], frames, axis=0)
    return noise * (10.0 ** (rms_db / 20.0) / np.sqrt(np.mean(noise**2, axis=0)))


def clipped_pink(rate_hz: float, duration_s: float, channels: int = 1, seed: int = 2) -> Signal:
    """Pink noise driven 18 dB into a clipper: what a careless master sounds like."""
    return np.clip(pink_noise(rate_hz, duration_s, channels, rms_db=0.0, seed=seed), -1.0, 1.0)


def bursts(rate_hz: float, duration_s: float, channels: int = 1, peak: float = 2.0, seed: int = 3) -> Signal:
    """White bursts of 0.1 to 30 ms with silence of up to 60 ms between them: nothing is harder on a limiter."""
    random = np.random.default_rng(seed)
    frames = _frames(rate_hz, duration_s)
    out = np.zeros((frames, channels))
    at = _frames(rate_hz, 0.02)
    while at < frames:
        length = max(1, round(rate_hz * 10.0 ** random.uniform(-4.0, -1.5)))
        piece = random.uniform(-peak, peak, (min(length, frames - at), channels))
        out[at : at + len(piece)] = piece
        at += length + round(rate_hz * random.uniform(0.0, 0.06))
    return out


def square(frequency_hz: float, rate_hz: float, duration_s: float, amplitude: float = 1.0) -> Signal:
    """A square of samples alone, harmonics folded and all."""
    n = np.arange(_frames(rate_hz, duration_s))
    return np.where((n * frequency_hz / rate_hz) % 1.0 < 0.5, amplitude, -amplitude)


def spike(rate_hz: float, duration_s: float, at_s: float, amplitude: float = 100.0) -> Signal:
    """One sample far beyond full scale (40 dB by default) in silence."""
    out = np.zeros(_frames(rate_hz, duration_s))
    out[_frames(rate_hz, at_s)] = amplitude
    return out


def band_limited(x: ArrayLike, rate_hz: float, stop_hz: float = 20_000.0) -> Signal:
    """The signal with nothing above ``stop_hz`` (-120 dB) and all of it up to 200 Hz below; no delay."""
    samples = columns(x)
    taps, beta = signal.kaiserord(_BAND_STOP_DB, _BAND_TRANSITION_HZ / (rate_hz / 2.0))
    kernel = signal.firwin(taps | 1, stop_hz - _BAND_TRANSITION_HZ / 2.0, window=("kaiser", beta), fs=rate_hz)
    limited = signal.oaconvolve(samples, kernel[:, np.newaxis], mode="same", axes=0)
    return limited[:, 0] if np.ndim(x) == 1 else limited
