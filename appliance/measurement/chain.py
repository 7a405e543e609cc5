"""What leaves the box: a prepared song through the kernel with the rig's buses, equalisers and limiters."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Kernel, SampleFormat, Voice, ease, kernel_for_rig
from appliance.measurement.source import stem_blocks
from appliance.settings import Rig
from appliance.songs.mastered import Mastering, guards, plain
from appliance.songs.prepared import PreparedSong
from appliance.songs.routing import gain_matrix

PIECE_FRAMES = 4096
"""The most that the kernel renders at a time."""

HEADROOM_DB = -30.0
"""With so much less trim and a ceiling at full scale nothing that a bus may carry reaches its limiter."""

Words = NDArray[np.int32]
"""Samples of shape (frames, bus channels)."""


def bus_blocks(
    rig: Rig, song: PreparedSong, block_frames: int, mastering: Mastering | None = None
) -> Iterator[tuple[Words, Words]]:
    """Every bus channel behind its limiter, and before it but quieter by HEADROOM_DB; frame for frame the song's.

    The limiters' latency is taken away. All blocks but the last are of the same length. What mastering trims away is
    silence. Raises PreparedSongError.
    """
    mastering = mastering or plain(song)
    kernels = _kernel(rig, song, mastering), _kernel(_without_limiters(rig), song, mastering)
    for bus, rms_dbfs in guards(rig, mastering):
        kernels[0].set_guard_dbfs(bus, rms_dbfs)
    for both in _rendered(kernels, song, mastering, block_frames, rig.bus_channels):
        yield both[0], both[1]


def unlimited_blocks(
    rig: Rig, song: PreparedSong, block_frames: int, mastering: Mastering | None = None
) -> Iterator[Words]:
    """The same before the limiters alone, quieter by HEADROOM_DB: half of the work, and the file is not checked."""
    mastering = mastering or plain(song)
    kernel = _kernel(_without_limiters(rig), song, mastering)
    for (before,) in _rendered((kernel,), song, mastering, block_frames, rig.bus_channels, check=False):
        yield before


def _rendered(
    kernels: Sequence[Kernel],
    song: PreparedSong,
    mastering: Mastering,
    block_frames: int,
    channels: int,
    check: bool = True,
) -> Iterator[tuple[Words, ...]]:
    blocks = [np.empty((block_frames, channels), np.int32) for _ in kernels]
    skip, filled = kernels[0].latency_frames, 0
    for voices, frames in _pieces(song, mastering, skip, check):
        rendered = [np.frombuffer(k.render(voices, frames), "<i4").reshape(frames, -1) for k in kernels]
        at = min(skip, frames)
        skip -= at
        while at < frames:
            count = min(frames - at, block_frames - filled)
            for block, piece in zip(blocks, rendered, strict=True):
                block[filled : filled + count] = piece[at : at + count, :channels]
            at, filled = at + count, filled + count
            if filled == block_frames:
                yield tuple(blocks)
                filled = 0
    if filled:
        yield tuple(block[:filled] for block in blocks)


def _pieces(song: PreparedSong, mastering: Mastering, latency: int, check: bool) -> Iterator[tuple[list[Voice], int]]:
    at = 0
    for data, frames in stem_blocks(song, PIECE_FRAMES, check):
        first, last = max(at, mastering.start_frame), min(at + frames, mastering.end_frame)
        if first < last:
            words = data[(first - at) * song.channels * 3 :] if first > at else data
            envelope = _envelope(mastering, first, last)
            yield [Voice(words, slot=0, offset=first - at, count=last - first, envelope=envelope)], frames
        else:
            yield [], frames
        at += frames
    yield [], latency


def _envelope(mastering: Mastering, first: int, last: int) -> NDArray[np.float32] | None:
    """The fades at the song's ends, as the player makes them; None where there are none."""
    full = mastering.start_frame + mastering.fade_in_frames, mastering.end_frame - mastering.fade_out_frames
    if first >= full[0] and last <= full[1]:
        return None
    gone = np.arange(first - mastering.start_frame, last - mastering.start_frame)
    left = mastering.end_frame - mastering.start_frame - gone
    level = np.ones(len(gone))
    for frames, way in ((mastering.fade_in_frames, gone), (mastering.fade_out_frames, left)):
        if frames:
            level *= ease(np.minimum(way / frames, 1.0))
    return level.astype(np.float32)


def _kernel(rig: Rig, song: PreparedSong, mastering: Mastering) -> Kernel:
    """Output n carries bus channel n, whatever the rig's patch says."""
    kernel = kernel_for_rig(rig, SampleFormat.S32_LE, max(rig.outputs, rig.bus_channels), metered=False)
    for output in range(kernel.outputs):
        kernel.set_patch(output, output if output < rig.bus_channels else None)
    kernel.set_song(0, song.roles)
    kernel.set_gains(0, gain_matrix(rig, song.metadata.stems, song.channels, mastering.stems), 0)
    kernel.set_ears_equalised(0, mastering.ears_equalised)
    for stem, mastered in zip(song.metadata.stems, mastering.stems, strict=True):
        for channel in stem.channels:
            kernel.set_stem_eq(0, channel, mastered.eq, 0)
    return kernel


def _without_limiters(rig: Rig) -> Rig:
    buses = [msgspec.structs.replace(bus, gain_db=bus.gain_db + HEADROOM_DB, ceiling_dbtp=0.0) for bus in rig.buses]
    return msgspec.structs.replace(rig, buses=tuple(buses))
