"""Decoding, block by block: float64, full scale 1.0, at the file's own rate.

float64 holds every int24 and int32 sample exactly, so that what was delivered at the rig's rate comes through bit for
bit. MP3: libsndfile removes the encoder's delay where the file states it (the LAME tag that nearly all encoders write);
without the tag an MP3 begins about 25 to 50 ms late, which nobody can know from the file.
"""

import os
from collections.abc import Iterator

import numpy as np
import soundfile
from numpy.typing import NDArray

from appliance.errors import SourceError
from appliance.preparation.ffmpeg import decode_with_ffmpeg
from appliance.preparation.probe import AudioInfo

BLOCK_FRAMES = 32_768
SHORTFALL_S = 0.1
"""A decoded length that far below the announced one means a damaged file; lossy formats announce to the block only."""

Block = NDArray[np.float64]


def decode(info: AudioInfo, block_frames: int = BLOCK_FRAMES) -> Iterator[Block]:
    """Blocks (n, channels), the last one shorter. Raises SourceError where the file turns out damaged or cut."""
    blocks = (
        decode_with_ffmpeg(info.path, info.channels, block_frames) if info.by_ffmpeg else _sndfile(info, block_frames)
    )
    decoded = 0
    for block in blocks:
        decoded += len(block)
        yield block
    if decoded == 0:
        raise SourceError("The file holds no sound at all (0 samples).", info.path.name)
    if info.frames is not None and decoded < info.frames - SHORTFALL_S * info.rate_hz:
        there = f"{decoded / info.rate_hz:.1f} of {info.duration_s:.1f} seconds"
        raise SourceError(f"The file is cut short: {there} are there. Copy it again.", info.path.name)


def _sndfile(info: AudioInfo, block_frames: int) -> Iterator[Block]:
    try:
        with soundfile.SoundFile(os.fsencode(info.path)) as file:
            while len(block := file.read(block_frames, dtype="float64", always_2d=True)):
                yield block
    except (soundfile.SoundFileError, OSError) as error:
        raise SourceError(
            "The file is damaged: it cannot be decoded to its end. Copy it again.", info.path.name
        ) from error


def silence_non_numbers(block: Block) -> tuple[Block, int]:
    """The block with every NaN and infinity as 0, and how many there were."""
    finite = np.isfinite(block)
    if finite.all():
        return block, 0
    return np.where(finite, block, 0.0), int(block.size - np.count_nonzero(finite))
