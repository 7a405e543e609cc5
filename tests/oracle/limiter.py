"""The look-ahead true-peak limiter, as specified, tick by tick in double precision.

A tick is 8 frames, counted from frame 0. All channels of a bus share one gain.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

Signal = NDArray[np.float64]

TICK_FRAMES = 8
DETECTOR_DELAY_FRAMES = 6  # an estimate between n and n + 1 needs the frames up to n + 6
SANE_PEAK = 16.0  # +24 dBFS: one garbage word must not buy a long silence
_SNAP_BELOW = 2e-5  # at least from here the gain returns to exactly 1, and the path to bit-exact
GUARD_S = 0.05
_MARGIN = 1.0 - 2.0**-22  # the target lies this much below the ceiling, for the rounding of the products


@dataclass(frozen=True)
class LimiterSpec:
    """What a bus's limiter is set to."""

    ceiling: float
    rate_hz: float
    lookahead_ms: float = 2.6
    release_ms: float = 80.0
    hold_ms: float = 10.0
    dead_band: float = 1e-3
    """The gain rises only when it may rise by more than this part of itself (0.0087 dB).

    The detector reads a steady tone a little differently from cycle to cycle, as its samples fall. A gain that followed
    would modulate the tone: 997 Hz at 48 kHz gets -119 dB of distortion without a dead band, -238 dB with it.
    """

    guard_mean_square: float | None = None
    """What the mean square of 50 ms of the input may be before the gain falls; None for no guard."""

    detector_beta: float | None = None
    """Kaiser window of the detector's taps; None takes what the rate needs."""

    @property
    def beta(self) -> float:
        """3, and 1.5 at 44.1 kHz.

        There 20 kHz lie at 0.454 of the rate, where 12 taps under the narrower window read up to 0.6 dB too little.
        The wider one reads high tones up to 1.1 dB too loud instead, which only limits them early.
        """
        if self.detector_beta is not None:
            return self.detector_beta
        return 1.5 if self.rate_hz < 46_000 else 3.0

    @property
    def boxes(self) -> tuple[int, int]:
        """Lengths of the two smoothing boxes in ticks."""
        octave = next(n for n in (1, 2, 4) if self.rate_hz <= 50_000 * n)
        longest = {2.6: 8, 1.3: 4}[self.lookahead_ms] * octave
        return longest, longest - 1

    @property
    def guard_ticks(self) -> int:
        """50 ms to the nearest tick."""
        return math.floor(GUARD_S * self.rate_hz / TICK_FRAMES + 0.5)

    @property
    def delay_frames(self) -> int:
        return TICK_FRAMES * sum(self.boxes) + DETECTOR_DELAY_FRAMES

    @property
    def window_ticks(self) -> int:
        """How long a peak holds the gain down: the smoothing's support, 2 for the interpolation, and the hold."""
        hold_frames = self.hold_ms / 1_000.0 * self.rate_hz
        return sum(self.boxes) + math.ceil(round(hold_frames, 9) / TICK_FRAMES)


@dataclass(frozen=True)
class LimiterTrace:
    """What happened inside: for tests of the specification itself."""

    output: Signal
    gain: Signal  # of each frame
    before_fuse: Signal  # the product, not yet clamped


def detector_kernels(beta: float) -> Signal:
    """Three rows of 12 taps over x[n-5..n+6]: the waveform a quarter, a half and three quarters after x[n]."""
    distance = np.arange(-5, 7) - np.array([[0.25], [0.5], [0.75]])
    window = np.i0(beta * np.sqrt(1.0 - (distance / 6.0) ** 2))
    kernels = np.sinc(distance) * window
    return kernels / np.sum(kernels, axis=1, keepdims=True)


def inter_sample_peaks(x: Signal, beta: float) -> Signal:
    """p[n] for n = -6 .. frames - 7, that is in the order in which the detector learns them; linked over channels."""
    frames = len(x)
    # Row i of the padded signal is x[i - 11], so that p[-6] finds its x[-11].
    padded = np.vstack([np.zeros((11, x.shape[1])), x])
    magnitude = np.abs(padded)
    peaks = np.maximum(magnitude[5 : 5 + frames], magnitude[6 : 6 + frames])
    for kernel in detector_kernels(beta):
        for channel in range(x.shape[1]):
            between = np.abs(np.correlate(padded[:, channel], kernel, mode="valid"))
            np.maximum(peaks[:, channel], between, out=peaks[:, channel])
    return np.max(peaks, axis=1)


def _guarded(x: Signal, spec: LimiterSpec, ticks: int) -> Signal:
    """The guard's wish in each tick: the louder channel's mean square in the window may be the threshold at most.

    Silence was before the start; frames that are still to come do not count."""
    if spec.guard_mean_square is None:
        return np.ones(ticks)
    past = spec.guard_ticks * TICK_FRAMES
    padded = np.zeros((past + ticks * TICK_FRAMES, x.shape[1]))
    padded[past : past + len(x)] = x
    windows = np.lib.stride_tricks.sliding_window_view(padded**2, past, axis=0)[TICK_FRAMES::TICK_FRAMES]
    loudest = np.max(np.mean(windows, axis=2), axis=1)
    return np.sqrt(spec.guard_mean_square / np.maximum(loudest, spec.guard_mean_square))


def _held(needed: Signal, window: int) -> Signal:
    """Minimum over the last ``window`` ticks, 1 before the start."""
    padded = np.concatenate([np.ones(window), needed])
    # minimum_filter1d looks around; the origin moves the window to the past.
    return minimum_filter1d(padded, window, mode="constant", cval=1.0, origin=(window - 1) // 2)[window:]


def _released(held: Signal, rate: float, dead_band: float) -> Signal:
    """Down at once, up by a part ``rate`` of the way in each tick, and exactly 1 at the end."""
    out = np.empty_like(held)
    snap = 1.0 - max(_SNAP_BELOW, dead_band)
    gain = 1.0
    for tick, target in enumerate(held.tolist()):
        if target > gain * (1.0 + dead_band):
            gain += rate * (target - gain)
        gain = min(gain, target)
        if target == 1.0 and gain > snap:
            gain = 1.0
        out[tick] = gain
    return out


def _box(values: Signal, length: int) -> Signal:
    """Mean of the last ``length`` ticks, 1 before the start. A sum of ones divides to exactly 1."""
    padded = np.concatenate([np.ones(length - 1), values])
    return np.convolve(padded, np.ones(length), mode="valid") / length


def trace_limiter(x: Signal, spec: LimiterSpec) -> LimiterTrace:
    """The limiter over a whole bus (frames, channels). As many frames come out, ``delay_frames`` late."""
    frames = len(x)
    sane = np.clip(np.where(np.isfinite(x), x, 0.0), -SANE_PEAK, SANE_PEAK)
    ticks = -(-frames // TICK_FRAMES)
    peaks = np.zeros(ticks * TICK_FRAMES)
    peaks[:frames] = inter_sample_peaks(sane, spec.beta)
    target = spec.ceiling * _MARGIN
    needed = target / np.maximum(peaks.reshape(ticks, TICK_FRAMES).max(axis=1), target)
    needed = np.minimum(needed, _guarded(sane, spec, ticks))
    held = _held(needed, spec.window_ticks)
    release = 1.0 - math.exp(-TICK_FRAMES / (spec.release_ms / 1_000.0 * spec.rate_hz))
    smooth = _released(held, release, spec.dead_band)
    for length in spec.boxes:
        smooth = _box(smooth, length)
    known = np.concatenate([[1.0, 1.0], smooth])  # known[j] is G[j - 2]
    start, end = known[:ticks, np.newaxis], known[1 : ticks + 1, np.newaxis]
    gain = (start + (end - start) * (np.arange(TICK_FRAMES) / TICK_FRAMES)).reshape(-1)[:frames]
    delayed = np.zeros_like(sane)
    if frames > spec.delay_frames:
        delayed[spec.delay_frames :] = sane[: frames - spec.delay_frames]
    product = gain[:, np.newaxis] * delayed
    return LimiterTrace(np.clip(product, -spec.ceiling, spec.ceiling), gain, product)


def limit(x: Signal, spec: LimiterSpec) -> Signal:
    """The limited bus."""
    return trace_limiter(x, spec).output
