"""What leaves the box: a prepared song through the kernel with the rig's buses, equalisers and limiters."""

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Kernel, SampleFormat, Voice, kernel_for_rig
from appliance.measurement.source import stem_blocks
from appliance.settings import Rig
from appliance.songs.prepared import PreparedSong
from appliance.songs.routing import gain_matrix

PIECE_FRAMES = 4096
"""The most that the kernel renders at a time."""

HEADROOM_DB = -30.0
"""With so much less trim and a ceiling at full scale nothing that a bus may carry reaches its limiter."""

Words = NDArray[np.int32]
"""Samples of shape (frames, bus channels)."""


def bus_blocks(rig: Rig, song: PreparedSong, block_frames: int) -> Iterator[tuple[Words, Words]]:
    """Every bus channel behind its limiter, and before it but quieter by HEADROOM_DB; frame for frame the song's.

    The limiters' latency is taken away. All blocks but the last are of the same length. Raises PreparedSongError.
    """
    kernels = _kernel(rig, song), _kernel(_without_limiters(rig), song)
    blocks = [np.empty((block_frames, rig.bus_channels), np.int32) for _ in kernels]
    skip, filled = kernels[0].latency_frames, 0
    for voices, frames in _pieces(song, skip):
        rendered = [np.frombuffer(k.render(voices, frames), "<i4").reshape(frames, -1) for k in kernels]
        at = min(skip, frames)
        skip -= at
        while at < frames:
            count = min(frames - at, block_frames - filled)
            for block, piece in zip(blocks, rendered, strict=True):
                block[filled : filled + count] = piece[at : at + count, : rig.bus_channels]
            at, filled = at + count, filled + count
            if filled == block_frames:
                yield blocks[0], blocks[1]
                filled = 0
    if filled:
        yield blocks[0][:filled], blocks[1][:filled]


def _pieces(song: PreparedSong, latency: int) -> Iterator[tuple[list[Voice], int]]:
    for data, frames in stem_blocks(song, PIECE_FRAMES, check=True):
        yield [Voice(data, slot=0, offset=0, count=frames)], frames
    yield [], latency


def _kernel(rig: Rig, song: PreparedSong) -> Kernel:
    """Output n carries bus channel n, whatever the rig's patch says."""
    kernel = kernel_for_rig(rig, SampleFormat.S32_LE, max(rig.outputs, rig.bus_channels))
    for output in range(kernel.outputs):
        kernel.set_patch(output, output if output < rig.bus_channels else None)
    kernel.set_song(0, song.roles)
    kernel.set_gains(0, gain_matrix(rig, song.metadata.stems, song.channels), 0)
    return kernel


def _without_limiters(rig: Rig) -> Rig:
    buses = [msgspec.structs.replace(bus, gain_db=bus.gain_db + HEADROOM_DB, ceiling_dbtp=0.0) for bus in rig.buses]
    return msgspec.structs.replace(rig, buses=tuple(buses))
