"""Reading a prepared song (docs/prepared-song.md): its header, its metadata, and whether it is whole.

Nothing is believed before it is checked: the sizes in the header are compared with the file's own length before any of
them decides how much is read, so that a damaged file costs a sentence and not the machine's memory.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from appliance.errors import PreparedSongError
from appliance.songs.model import MAX_CHANNELS, Part, Role, Side
from appliance.units import BYTES_PER_SAMPLE, SUPPORTED_RATES_HZ, clock

MAGIC = b"SIDESTG1"
VERSION = 1
ALIGNMENT = 4096
CHUNK_BYTES = 1 << 20
METADATA_OFFSET = 256
CRC_OFFSET = 60
RESERVED_OFFSET = 160
FIXED = struct.Struct("<8sIIIIQQIIIIII32s64s")
"""magic, version, header_bytes, rate_hz, channels, frames, data_bytes, chunk_bytes, chunk_count, metadata_offset,
metadata_bytes, checksums_offset, header_crc32, data_sha256, roles; RESERVED_OFFSET bytes long."""
MAX_HEADER_BYTES = 64 << 20
"""Far more than any song needs: the checksums of a day of 64 channels at 192 kHz take 12 MiB."""

ROLE_CODES = {Role.TRACK: 1, Role.CLICK: 2, Role.GUIDE: 3, Role.TIMECODE: 4}
ROLES_BY_CODE = {code: role for role, code in ROLE_CODES.items()}

VerifyProgress = Callable[[int, int], None]
"""Called with the bytes checked so far and the bytes in all."""


class PreparedStem(msgspec.Struct, kw_only=True):
    """One stem; ``channels`` are channels of the prepared song, counted from 0."""

    name: str
    role: Role
    part: Part | None = None
    side: Side | None = None
    channels: list[int]
    gain_db: float = 0.0


class PreparedSection(msgspec.Struct, kw_only=True):
    """A named place, in frames of the prepared song."""

    name: str
    start_frame: int


class Source(msgspec.Struct, kw_only=True, frozen=True):
    """An original that the song was made from, relative to its ``originals`` folder."""

    file: str
    sha256: str


class Metadata(msgspec.Struct, kw_only=True):
    """The JSON part of the header. ``recipe`` is a digest of what song.toml asked for when this file was made."""

    title: str
    artist: str = ""
    stems: list[PreparedStem]
    sections: list[PreparedSection] = []
    sources: list[Source] = []
    recipe: str = ""


@dataclass(frozen=True)
class PreparedSong:
    """A header that has been checked against its CRC and the file's length; the audio itself has not been read."""

    path: Path
    rate_hz: int
    channels: int
    frames: int
    header_bytes: int
    data_bytes: int
    chunk_checksums: tuple[int, ...]
    data_sha256: bytes
    roles: tuple[Role, ...]
    metadata: Metadata

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate_hz


def header_size(metadata_bytes: int, chunk_count: int) -> tuple[int, int]:
    """``(checksums_offset, header_bytes)`` for a header with that much metadata and that many chunks."""
    checksums_offset = -(-(METADATA_OFFSET + metadata_bytes) // 4) * 4
    return checksums_offset, -(-(checksums_offset + 4 * chunk_count) // ALIGNMENT) * ALIGNMENT


def read_header(path: Path) -> PreparedSong:
    """Check the header and the file's length. Raises PreparedSongError naming what is wrong and where."""
    try:
        with path.open("rb") as file:
            return _read_header(path, file)
    except OSError as error:
        raise PreparedSongError(f"It cannot be read: {error.strerror or error}.", str(path)) from error


def verify(path: Path, progress: VerifyProgress | None = None) -> PreparedSong:
    """Check everything: header, each chunk's CRC-32, and the SHA-256 of the whole audio. Raises PreparedSongError."""
    try:
        with path.open("rb") as file:
            song = _read_header(path, file)
            file.seek(song.header_bytes)
            digest = hashlib.sha256()
            for number, expected in enumerate(song.chunk_checksums):
                chunk = file.read(min(CHUNK_BYTES, song.data_bytes - number * CHUNK_BYTES))
                if zlib.crc32(chunk) != expected:
                    raise PreparedSongError(_damaged_chunk(song, number), str(path))
                digest.update(chunk)
                if progress:
                    progress(number * CHUNK_BYTES + len(chunk), song.data_bytes)
    except OSError as error:
        raise PreparedSongError(f"It cannot be read: {error.strerror or error}.", str(path)) from error
    if digest.digest() != song.data_sha256:
        raise PreparedSongError(
            "The audio is not what was written: its SHA-256 differs. Prepare the song again.", str(path)
        )
    return song


def _damaged_chunk(song: PreparedSong, number: int) -> str:
    frame = number * CHUNK_BYTES // (song.channels * BYTES_PER_SAMPLE)
    return (
        f"The audio is damaged in chunk {number + 1} of {len(song.chunk_checksums)}, at {clock(frame / song.rate_hz)} "
        f"of the song. Prepare the song again."
    )


def _read_header(path: Path, file: BinaryIO) -> PreparedSong:
    def refuse(sentence: str) -> PreparedSongError:
        return PreparedSongError(sentence, str(path))

    file_bytes = os.fstat(file.fileno()).st_size
    fixed = file.read(METADATA_OFFSET)
    if not fixed.startswith(MAGIC):
        raise refuse("It is not a prepared song.")
    if len(fixed) < METADATA_OFFSET:
        raise refuse("It is cut short: not even the header is whole.")
    (
        _, version, header_bytes, rate_hz, channels, frames, data_bytes, chunk_bytes, chunk_count,
        metadata_offset, metadata_bytes, checksums_offset, header_crc32, data_sha256, roles,
    ) = FIXED.unpack_from(fixed)  # fmt: skip
    if version != VERSION:
        raise refuse(
            f"It is of format version {version}; this software reads version {VERSION}. Prepare the song again."
        )
    if header_bytes % ALIGNMENT or not ALIGNMENT <= header_bytes <= MAX_HEADER_BYTES:
        raise refuse(f"The header is damaged: its length cannot be {header_bytes} bytes.")
    if file_bytes < header_bytes:
        raise refuse(f"It is cut short: the header needs {header_bytes} bytes and the file has {file_bytes}.")
    header = fixed + file.read(header_bytes - METADATA_OFFSET)
    if (
        len(header) != header_bytes
        or zlib.crc32(header[:CRC_OFFSET] + bytes(4) + header[CRC_OFFSET + 4 :]) != header_crc32
    ):
        raise refuse("The header is damaged: its checksum differs. Prepare the song again.")
    if rate_hz not in SUPPORTED_RATES_HZ or not 1 <= channels <= MAX_CHANNELS or frames < 1:
        raise refuse(f"The header makes no sense: {channels} channels, {frames} frames at {rate_hz} Hz.")
    if (
        data_bytes != frames * channels * BYTES_PER_SAMPLE
        or chunk_bytes != CHUNK_BYTES
        or chunk_count != -(-data_bytes // CHUNK_BYTES)
    ):
        raise refuse("The header makes no sense: its sizes contradict each other.")
    if metadata_offset != METADATA_OFFSET or METADATA_OFFSET + metadata_bytes > header_bytes:
        raise refuse("The header makes no sense: the metadata does not fit.")
    expected_offset, needed = header_size(metadata_bytes, chunk_count)
    if checksums_offset != expected_offset or needed > header_bytes:
        raise refuse("The header makes no sense: the checksums do not fit.")
    if file_bytes != header_bytes + data_bytes:
        what = "cut short" if file_bytes < header_bytes + data_bytes else "longer than it should be"
        raise refuse(
            f"It is {what}: {file_bytes} bytes instead of {header_bytes + data_bytes}. Prepare the song again."
        )
    checksums_end = checksums_offset + 4 * chunk_count
    gaps = (
        fixed[RESERVED_OFFSET:] + header[METADATA_OFFSET + metadata_bytes : checksums_offset] + header[checksums_end:]
    )
    if any(gaps):
        raise refuse("The header makes no sense: there is something where nothing should be.")
    metadata = _read_metadata(path, header[METADATA_OFFSET : METADATA_OFFSET + metadata_bytes])
    return PreparedSong(
        path=path,
        rate_hz=rate_hz,
        channels=channels,
        frames=frames,
        header_bytes=header_bytes,
        data_bytes=data_bytes,
        chunk_checksums=struct.unpack_from(f"<{chunk_count}I", header, checksums_offset),
        data_sha256=data_sha256,
        roles=_check_roles(path, roles, channels, frames, metadata),
        metadata=metadata,
    )


def _read_metadata(path: Path, text: bytes) -> Metadata:
    try:
        return msgspec.json.decode(text, type=Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PreparedSongError(f"The metadata cannot be read: {error}.", str(path)) from error


def _check_roles(path: Path, codes: bytes, channels: int, frames: int, metadata: Metadata) -> tuple[Role, ...]:
    """The fixed part and the metadata must say the same of every channel: the engine's C code trusts the fixed part."""
    if any(codes[channels:]) or not all(code in ROLES_BY_CODE for code in codes[:channels]):
        raise PreparedSongError("The header makes no sense: a channel has no valid role.", str(path))
    roles = tuple(ROLES_BY_CODE[code] for code in codes[:channels])
    owners = sorted(channel for stem in metadata.stems for channel in stem.channels)
    if owners != list(range(channels)):
        raise PreparedSongError("The metadata makes no sense: its stems do not own each channel once.", str(path))
    for stem in metadata.stems:
        if len(stem.channels) > (1 if stem.side else 2):
            raise PreparedSongError("The metadata makes no sense: a stem has more channels than it can.", str(path))
        for channel in stem.channels:
            if roles[channel] is not stem.role:
                sentence = f"Channel {channel + 1} is {roles[channel]} in the header and {stem.role} in the metadata."
                raise PreparedSongError(sentence, str(path))
    if any(not 0 <= section.start_frame < frames for section in metadata.sections):
        raise PreparedSongError("The metadata makes no sense: a section begins outside the song.", str(path))
    return roles
