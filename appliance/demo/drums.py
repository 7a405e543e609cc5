"""A drum kit out of noise and sine bursts."""

import numpy as np

from appliance.demo.voices import RATE_HZ, Audio, seconds


def kit(noise: np.random.Generator) -> dict[str, Audio]:
    """One hit of each drum, float32 of shape (frames, 2); the noise generator decides the grain."""
    return {
        "k": _both(_kick(noise)),
        "s": _both(_snare(noise)),
        "h": _panned(_hiss(noise, 0.12, 0.028, 7000) * 0.35, 0.25),
        "o": _panned(_hiss(noise, 0.5, 0.16, 6500) * 0.3, 0.25),
        "c": _crash(noise),
        "t": _panned(_tom(165.0), -0.35),
        "u": _panned(_tom(110.0), 0.4),
    }


def _both(mono: Audio) -> Audio:
    return np.column_stack([mono, mono]).astype(np.float32)


def _panned(mono: Audio, pan: float) -> Audio:
    return np.column_stack([mono * (1 - pan), mono * (1 + pan)]).astype(np.float32)


def _high(noise: Audio, cutoff_hz: float) -> Audio:
    """Only what is above ``cutoff_hz``, falling off softly."""
    spectrum = np.fft.rfft(noise)
    ratio = (np.fft.rfftfreq(len(noise), 1 / RATE_HZ) / cutoff_hz) ** 4
    return np.fft.irfft(spectrum * ratio / (1 + ratio), len(noise)).astype(np.float32)


def _hiss(noise: np.random.Generator, duration_s: float, decay_s: float, cutoff_hz: float) -> Audio:
    count = int(duration_s * RATE_HZ)
    time = seconds(count)
    grain = _high(noise.standard_normal(count).astype(np.float32), cutoff_hz)
    faded: Audio = grain * np.exp(-time / decay_s) * np.minimum(1.0, time[::-1] * 100)
    return faded


def _sweep(duration_s: float, high_hz: float, low_hz: float, fall_s: float, decay_s: float) -> Audio:
    time = seconds(int(duration_s * RATE_HZ))
    turns = low_hz * time + (high_hz - low_hz) * fall_s * (1 - np.exp(-time / fall_s))
    fade = np.exp(-time / decay_s) * np.minimum(1.0, time[::-1] * 100)
    swept: Audio = (np.sin(2 * np.pi * turns) * fade).astype(np.float32)
    return swept


def _kick(noise: np.random.Generator) -> Audio:
    body = _sweep(0.4, 190.0, 48.0, 0.028, 0.14)
    beater = _hiss(noise, 0.02, 0.004, 2500)
    body[: len(beater)] += 0.25 * beater
    struck: Audio = np.tanh(1.4 * body) * np.float32(0.95)
    return struck


def _snare(noise: np.random.Generator) -> Audio:
    wires = _hiss(noise, 0.3, 0.075, 1400) * 0.38
    shell = _sweep(0.3, 260.0, 185.0, 0.02, 0.07) * 0.55
    return np.tanh(wires + shell) * np.float32(0.9)


def _tom(pitch_hz: float) -> Audio:
    return _sweep(0.5, pitch_hz * 1.4, pitch_hz, 0.05, 0.16) * np.float32(0.7)


def _crash(noise: np.random.Generator) -> Audio:
    sides = [_hiss(noise, 2.0, 0.55, 4200) for _ in range(2)]
    return np.column_stack(sides).astype(np.float32) * np.float32(0.3)
