"""Peaks, true peaks, residues and errors."""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft, signal

Signal = NDArray[np.float64]

TRUE_PEAK_HALF_TAPS = 257
"""Taps on each side of the reference interpolator: flat within 0.001 dB up to 0.49 of the rate."""

_TRUE_PEAK_KAISER_BETA = 10.0  # side lobes at -100 dB
_RESIDUE_STOP_DB = 180.0  # deep enough that a tone at full scale leaves nothing that a test could take for residue
_RESIDUE_TRANSITION_HZ = 1_000.0


def columns(x: ArrayLike) -> Signal:
    """The signal as float64 of shape (frames, channels)."""
    samples = np.asarray(x, dtype=np.float64)
    return samples[:, np.newaxis] if samples.ndim == 1 else samples


def decibels(ratio: float) -> float:
    """20 log10, with minus infinity for nothing."""
    return 20.0 * math.log10(ratio) if ratio > 0.0 else -math.inf


def peak_db(x: ArrayLike) -> float:
    """The greatest sample of all channels in dBFS."""
    return decibels(float(np.max(np.abs(columns(x)), initial=0.0)))


def true_peak_db(x: ArrayLike, rate_hz: float, oversample: int = 32, *, ends_in_silence: bool = False) -> float:
    """The greatest value of the waveform between the samples, in dBFS, by a long windowed sinc.

    A signal that is cut off in mid-wave rings in the meter, not in the room: 256 frames at either end are read
    only as samples, never between them. ``ends_in_silence`` says that the signal is whole: it is then read up to
    its ends, with silence around it.
    """
    samples = columns(x)
    if rate_hz <= 0.0:
        raise ValueError("the rate must be above zero")
    half = TRUE_PEAK_HALF_TAPS
    peak = float(np.max(np.abs(samples), initial=0.0))
    if ends_in_silence:
        samples = np.pad(samples, ((half, half), (0, 0)))
    if len(samples) < 2 * half:
        raise ValueError(f"a true peak needs {2 * half} frames or a signal that ends in silence")
    taps = np.arange(-half + 1, half + 1)
    size = fft.next_fast_len(len(samples) + 2 * half, real=True)
    for channel in samples.T:
        spectrum = fft.rfft(channel, size)
        for phase in range(1, oversample):
            distance = taps - phase / oversample
            window = np.i0(_TRUE_PEAK_KAISER_BETA * np.sqrt(np.clip(1.0 - (distance / half) ** 2, 0.0, None)))
            kernel = np.sinc(distance) * window
            kernel /= np.sum(kernel)
            # y[n + 256] is the waveform at n + phase / oversample; convolution wants the kernel reversed.
            between = fft.irfft(spectrum * fft.rfft(kernel[::-1], size), size)[2 * half - 1 : len(channel)]
            peak = max(peak, float(np.max(np.abs(between), initial=0.0)))
    return decibels(peak)


def residue_above_db(
    x: ArrayLike, rate_hz: float, cutoff_hz: float = 4_000.0, measure: Literal["peak", "rms"] = "peak"
) -> float:
    """What a signal holds above a frequency, in dBFS: zipper noise beside a low tone.

    ``peak`` (the default, and the stricter) is the greatest sample of the high-passed signal, since a click is short;
    ``rms`` is its mean over the whole length. A linear-phase FIR 180 dB deep one kilohertz below ``cutoff_hz`` does the
    cut; only frames where all of it lies inside the signal count, so a tone cut off at the ends adds nothing.
    """
    taps, beta = signal.kaiserord(_RESIDUE_STOP_DB, _RESIDUE_TRANSITION_HZ / (rate_hz / 2.0))
    taps |= 1  # a high-pass of linear phase needs an odd length
    edge_hz = cutoff_hz - _RESIDUE_TRANSITION_HZ / 2.0
    kernel = signal.firwin(taps, edge_hz, window=("kaiser", beta), fs=rate_hz, pass_zero=False)
    samples = columns(x)
    if len(samples) < taps:
        raise ValueError(f"a residue at this rate needs {taps} frames")
    # The sum is done directly: an FFT's rounding noise, spread from the tone over all frequencies, would be residue.
    above = np.stack([np.convolve(channel, kernel, mode="valid") for channel in samples.T])
    level = np.max(np.abs(above)) if measure == "peak" else np.sqrt(np.max(np.mean(above**2, axis=1)))
    return decibels(float(level))


def signal_to_error_db(x: ArrayLike, reference: ArrayLike) -> float:
    """Energy of the reference over that of the difference, all channels together; infinity when both are equal."""
    expected, actual = columns(reference), columns(x)
    if expected.shape != actual.shape:
        raise ValueError(f"the shapes differ: {actual.shape} against {expected.shape}")
    error = float(np.sum((actual - expected) ** 2))
    energy = float(np.sum(expected**2))
    if error == 0.0:
        return math.inf
    return 10.0 * math.log10(energy / error) if energy > 0.0 else -math.inf
