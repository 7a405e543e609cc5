"""Tops and tails: where a song begins and ends for the stage, never inside anything that can be heard."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND

SILENT = 10 ** (-80 / 20)
"""As everywhere: below it nothing is heard, not even in the pause before a song."""
TAIL = 10 ** (-60 / 20)
"""Below it a reverb or a hiss may be faded away; above it, it is music."""
LONGEST_FADE_S = 3.0
ENTRY_FADE_S = 0.0005
"""Shorter than the attack of a click or drum, which stays what it is; enough to take the top off a step."""
EXIT_FADE_S = 0.005


class Sounding(NamedTuple):
    """In hops of 10 ms, of all stems together; ``end`` and ``music_end`` are the hops after the last one."""

    first: int
    end: int
    music_end: int


class Region(NamedTuple):
    """In frames of the song."""

    start: int
    end: int
    fade_in: int
    fade_out: int


def find_sounding(peaks: NDArray[np.float32]) -> Sounding:
    """From the sample peaks of each 10 ms, the highest of all stems; a silent song sounds from beginning to end."""
    heard = np.flatnonzero(peaks > SILENT)
    if not len(heard):
        return Sounding(0, len(peaks), len(peaks))
    music = np.flatnonzero(peaks > TAIL)
    return Sounding(int(heard[0]), int(heard[-1]) + 1, int(music[-1]) + 1 if len(music) else int(heard[-1]) + 1)


def region(sounding: Sounding, frames: int, rate_hz: int, lead_in_s: float, tail_s: float) -> Region:
    """What to play of a song so long. A cut lies in silence; what decays at the end is faded out, at most 3 s of it.

    A song that begins or ends in the middle of a wave is eased there.
    """
    hop = rate_hz // HOPS_PER_SECOND
    start = max(0, sounding.first * hop - round(lead_in_s * rate_hz))
    end = min(frames, sounding.end * hop + round(tail_s * rate_hz))
    decay = max(round(EXIT_FADE_S * rate_hz), end - sounding.music_end * hop)
    return Region(
        start=start,
        end=end,
        fade_in=round(ENTRY_FADE_S * rate_hz),
        fade_out=min(decay, round(LONGEST_FADE_S * rate_hz)),
    )
