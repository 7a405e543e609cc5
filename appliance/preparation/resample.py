"""From a file's rate to the rig's with soxr VHQ, block by block.

soxr removes its own delay: a click at 1.000 s of the file is at 1.000 s of the song. The end is padded or cut to the
length that the rates give, so that files of one length keep one length.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from appliance.preparation.decode import Block


def resampled_frames(frames: int, from_hz: int, to_hz: int) -> int:
    """How long a file becomes."""
    return -(-frames * to_hz // from_hz)


def resample(blocks: Iterable[Block], channels: int, from_hz: int, to_hz: int) -> Iterator[Block]:
    """The blocks at the rate ``to_hz``; unchanged, bit for bit, where the rates are equal."""
    if from_hz == to_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float64", quality="VHQ")
    for block in blocks:
        converted = stream.resample_chunk(np.ascontiguousarray(block))
        if len(converted):
            yield converted
    rest = stream.resample_chunk(np.zeros((0, channels)), last=True)
    if len(rest):
        yield rest
