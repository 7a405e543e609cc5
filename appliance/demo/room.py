"""A small room around an instrument."""

import numpy as np

from appliance.demo.voices import Audio

COMBS = ((1687, 0.80), (1931, 0.78), (2053, 0.77), (2251, 0.75), (2467, 0.73))
"""Echo lengths in frames at 48 kHz, without common factors so that they do not ring together, and what comes back."""
SPREAD = 37
"""The right wall is a little farther away, in frames."""


def room(dry: Audio, level: float) -> Audio:
    """The sound with reflections of about a second added."""
    wet = np.empty_like(dry)
    for side in range(2):
        echoes = [_comb(dry[:, side], length + SPREAD * side, back) for length, back in COMBS]
        wet[:, side] = _scatter(_scatter(np.sum(echoes, axis=0), 241 + SPREAD * side), 83 + SPREAD * side)
    return dry + np.float32(level / len(COMBS)) * wet


def _comb(sound: Audio, length: int, back: float) -> Audio:
    """Each echo is the one before, softer: y[n] = x[n - length] + back * y[n - length], a row at a time."""
    rows = -(-len(sound) // length)
    grid = _rows(sound, rows, length)
    out = np.zeros_like(grid)
    for row in range(1, rows):
        out[row] = grid[row - 1] + np.float32(back) * out[row - 1]
    return out.reshape(-1)[: len(sound)]


def _scatter(sound: Audio, length: int) -> Audio:
    """An all-pass: the same spectrum, smeared in time. y[n] = -g x[n] + x[n - length] + g y[n - length]."""
    gain = np.float32(0.6)
    rows = -(-len(sound) // length)
    grid = _rows(sound, rows, length)
    out = np.empty_like(grid)
    out[0] = -gain * grid[0]
    for row in range(1, rows):
        out[row] = grid[row - 1] + gain * (out[row - 1] - grid[row])
    return out.reshape(-1)[: len(sound)]


def _rows(sound: Audio, rows: int, length: int) -> Audio:
    """The sound in rows of so many frames, the last one filled up with silence."""
    padded = np.zeros(rows * length, np.float32)
    padded[: len(sound)] = sound
    return padded.reshape(rows, length)
