"""Writing a prepared song (docs/prepared-song.md), block by block, in one pass and in one step."""

import hashlib
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.errors import PreparedSongError
from appliance.songs.model import MAX_CHANNELS, Role
from appliance.songs.prepared import (
    CHUNK_BYTES,
    CRC_OFFSET,
    FIXED,
    MAGIC,
    METADATA_OFFSET,
    ROLE_CODES,
    VERSION,
    Metadata,
    header_size,
)
from appliance.storage import atomic_write
from appliance.units import BYTES_PER_SAMPLE, SUPPORTED_RATES_HZ

INT24_MAX = (1 << 23) - 1
INT24_MIN = -(1 << 23)


def write_prepared(
    path: Path, rate_hz: int, frames: int, metadata: Metadata, blocks: Iterable[NDArray[np.int32]]
) -> None:
    """Write ``blocks``, each (n, channels) of int24 values in int32, ``frames`` rows in all, under ``path``.

    The file appears whole or not at all; what is in memory at a time is one block. Raises StorageError when the disk
    refuses, PreparedSongError when what is asked for cannot be, or when ``blocks`` are not what was announced.
    """
    roles = _roles(metadata, path)
    channels = len(roles)
    if rate_hz not in SUPPORTED_RATES_HZ or not 1 <= channels <= MAX_CHANNELS or frames < 1:
        raise PreparedSongError(
            f"A song of {channels} channels and {frames} frames at {rate_hz} Hz cannot be.", str(path)
        )
    text = msgspec.json.encode(metadata)
    data_bytes = frames * channels * BYTES_PER_SAMPLE
    chunk_count = -(-data_bytes // CHUNK_BYTES)
    checksums_offset, header_bytes = header_size(len(text), chunk_count)
    with atomic_write(path) as file:
        file.seek(header_bytes)
        sums = _write_audio(file, path, (frames, channels), blocks)
        header = bytearray(header_bytes)
        FIXED.pack_into(
            header, 0, MAGIC, VERSION, header_bytes, rate_hz, channels, frames, data_bytes, CHUNK_BYTES, chunk_count,
            METADATA_OFFSET, len(text), checksums_offset, 0, sums.sha256.digest(),
            bytes(ROLE_CODES[role] for role in roles),
        )  # fmt: skip
        header[METADATA_OFFSET : METADATA_OFFSET + len(text)] = text
        struct.pack_into(f"<{chunk_count}I", header, checksums_offset, *sums.finish())
        struct.pack_into("<I", header, CRC_OFFSET, zlib.crc32(header))
        file.seek(0)
        file.write(header)


def pack_int24(samples: NDArray[np.int32]) -> bytes:
    """Little-endian three-byte integers of values that fit; the upper byte is dropped."""
    octets = np.ascontiguousarray(samples, dtype="<i4").view(np.uint8).reshape(-1, 4)
    return octets[:, :BYTES_PER_SAMPLE].tobytes()


class _Checksums:
    """SHA-256 of the whole and CRC-32 of each chunk of a stream that arrives in pieces of any size."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self._sums: list[int] = []
        self._crc = 0
        self._filled = 0

    def update(self, data: bytes) -> None:
        self.sha256.update(data)
        view = memoryview(data)
        while view:
            piece = view[: CHUNK_BYTES - self._filled]
            self._crc = zlib.crc32(piece, self._crc)
            self._filled += len(piece)
            if self._filled == CHUNK_BYTES:
                self._close()
            view = view[len(piece) :]

    def finish(self) -> list[int]:
        if self._filled:
            self._close()
        return self._sums

    def _close(self) -> None:
        self._sums.append(self._crc)
        self._crc = self._filled = 0


def _write_audio(file: BinaryIO, path: Path, shape: tuple[int, int], blocks: Iterable[NDArray[np.int32]]) -> _Checksums:
    frames, channels = shape
    sums = _Checksums()
    written = 0
    for block in blocks:
        if block.ndim != 2 or block.shape[1] != channels or block.min() < INT24_MIN or block.max() > INT24_MAX:
            raise PreparedSongError("A block to be written is of another shape or beyond 24 bits.", str(path))
        data = pack_int24(block)
        sums.update(data)
        file.write(data)
        written += len(block)
    if written != frames:
        raise PreparedSongError(f"{frames} frames were announced and {written} came.", str(path))
    return sums


def _roles(metadata: Metadata, path: Path) -> list[Role]:
    owners = {channel: stem.role for stem in metadata.stems for channel in stem.channels}
    if sorted(owners) != list(range(len(owners))) or sum(len(s.channels) for s in metadata.stems) != len(owners):
        raise PreparedSongError("The stems do not own each channel once.", str(path))
    return [owners[channel] for channel in range(len(owners))]
