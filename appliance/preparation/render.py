"""All stems of a song side by side, block by block, as int24: what the prepared file holds.

What does not fit into 24 bits is never clipped and never wraps: the stem is scaled down as far as it needs, and the
engine makes it as much louder again, where the bus's limiter keeps the ceiling. Whether a stem needs it is known at its
end only, so the first pass is an attempt that nearly always succeeds; else a second one has the right scales.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.preparation.decode import Block, decode, silence_non_numbers
from appliance.preparation.edges import eased_end
from appliance.preparation.probe import AudioInfo
from appliance.preparation.resample import resample

FULL_SCALE = 1 << 23
DAMAGED_DB = 24.0
"""A stem that is further above full scale was not meant so: its level is normalised and not restored."""
BLOCK_FRAMES = 32_768


@dataclass
class Lane:
    """A file, and which of its channels (from 1) go to which channels of the song (from 0)."""

    info: AudioInfo
    frames: int
    """At the song's rate."""
    wanted: list[tuple[int, int, float]]
    """``(file channel from 1, song channel from 0, scale)``."""
    peaks: dict[int, float] = field(default_factory=dict)
    """Song channel -> the highest absolute value before scaling, complete when the file has been read."""


class TooLoud(Exception):  # noqa: N818 - not an error but a result: the scales do not fit, the lanes' peaks tell which would
    """A rendering ended with values beyond full scale; nothing of it may be used."""


def render(
    lanes: list[Lane], channels: int, frames: int, rate_hz: int, advanced: Callable[[int], None]
) -> Iterator[NDArray[np.int32]]:
    """Blocks (n, channels) of int24 in int32, ``frames`` rows in all.

    Raises TooLoud at the end where a scale was too large, SourceError when a file is damaged.
    """
    streams = [_Stream(lane, frames, rate_hz) for lane in lanes]
    too_loud = False
    for start in range(0, frames, BLOCK_FRAMES):
        count = min(BLOCK_FRAMES, frames - start)
        block = np.zeros((count, channels), np.int32)
        for lane, stream in zip(lanes, streams, strict=True):
            samples = stream.read(count)
            for source, target, scale in lane.wanted:
                one = samples[:, source - 1]
                peak = float(np.abs(one).max(initial=0.0))
                lane.peaks[target] = max(peak, lane.peaks.get(target, 0.0))
                if peak * scale > 1.0:
                    too_loud = True
                elif not too_loud:
                    # Full scale itself is one step beyond the largest positive value.
                    block[: len(one), target] = np.minimum(np.rint(one * (scale * FULL_SCALE)), FULL_SCALE - 1)
        advanced(count)
        if not too_loud:
            yield block
    if too_loud:
        raise TooLoud


def fitting_scale(peak: float) -> tuple[float, float]:
    """``(scale, gain_db)`` for a stem with that peak: what to multiply by, and what the engine restores."""
    if peak <= 1.0:
        return 1.0, 0.0
    over_db = 20 * math.log10(peak)
    # A hair below full scale, so that the second pass cannot miss by a rounding.
    scale = (1.0 - 2.0**-20) / peak
    return scale, 0.0 if over_db > DAMAGED_DB else -20 * math.log10(scale)


class _Stream:
    """Any number of frames at a time from one file, at the song's rate; nothing after its end."""

    def __init__(self, lane: Lane, song_frames: int, rate_hz: int) -> None:
        info = lane.info
        clean = (silence_non_numbers(block)[0] for block in decode(info))
        blocks = resample(clean, info.channels, info.rate_hz, rate_hz)
        self._blocks = eased_end(blocks, rate_hz) if lane.frames < song_frames else blocks
        self._held: list[Block] = []
        self._channels = info.channels

    def read(self, frames: int) -> Block:
        have = sum(map(len, self._held))
        while have < frames:
            block = next(self._blocks, None)
            if block is None:
                break
            self._held.append(block)
            have += len(block)
        if not self._held:
            return np.zeros((0, self._channels))
        whole = np.concatenate(self._held) if len(self._held) > 1 else self._held[0]
        self._held = [whole[frames:]] if len(whole) > frames else []
        return whole[:frames]
