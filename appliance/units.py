"""Unit types and the few conversions between them. Convert once, outside the audio loop."""

import math
from typing import NewType

Db = NewType("Db", float)
Gain = NewType("Gain", float)
Hz = NewType("Hz", float)
Milliseconds = NewType("Milliseconds", float)
Seconds = NewType("Seconds", float)
Frames = NewType("Frames", int)

BYTES_PER_SAMPLE = 3
"""A prepared song holds little-endian int24."""

SUPPORTED_RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)


def gain_from_db(level_db: float) -> float:
    """Linear factor of a level in dB; minus infinity gives 0."""
    return math.pow(10.0, level_db / 20.0)


def db_from_gain(gain: float) -> float:
    """Level in dB of a linear factor; 0 gives minus infinity. Raises ValueError below 0."""
    if gain < 0:
        raise ValueError(f"a gain cannot be negative: {gain}")
    return 20.0 * math.log10(gain) if gain > 0 else -math.inf


def frames_from_seconds(duration_s: float, rate_hz: float) -> int:
    """The nearest whole number of frames."""
    return round(duration_s * rate_hz)


def clock(duration_s: float) -> str:
    """A duration as a musician reads it: ``3:07``."""
    whole = max(0, math.floor(duration_s))
    return f"{whole // 60}:{whole % 60:02d}"
