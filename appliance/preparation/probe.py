"""Is this file audio, and is it whole? Looks at headers only; nothing is decoded.

libsndfile plays what is there of a cut file without a word, so the file's own statement of its length is read here and
compared with what is there.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import soundfile

from appliance.errors import SourceError
from appliance.preparation.ffmpeg import probe_with_ffmpeg
from appliance.preparation.kinds import FFMPEG_DEMUXERS

MAX_RATE_HZ = 768_000
MIN_RATE_HZ = 4_000
MAX_FILE_CHANNELS = 64
STREAMED_SIZES = (0, 0xFFFFFFFF)
"""What recorders write for a length that they did not know yet; the audio then runs to the end of the file."""
UNKNOWN_FRAMES = 1 << 40
"""libsndfile gives a length near 2**63 for a file that does not state one."""
EXACT_SUBTYPES = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"}
"""Encodings that cannot exceed full scale nor hold what is not a number."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself. ``frames`` is None where only decoding can tell."""

    path: Path
    rate_hz: int
    channels: int
    frames: int | None
    encoding: str
    by_ffmpeg: bool = False

    @property
    def exact(self) -> bool:
        """Whether every sample is a number within full scale by the nature of the encoding."""
        return self.encoding in EXACT_SUBTYPES

    @property
    def countable(self) -> bool:
        """Whether ``frames`` is exact; lossy files announce more or less than they decode to."""
        return self.frames is not None and not self.by_ffmpeg and (self.exact or self.encoding in ("FLOAT", "DOUBLE"))

    @property
    def duration_s(self) -> float:
        """Zero where it is not known."""
        return (self.frames or 0) / self.rate_hz


def probe(path: Path) -> AudioInfo:
    """Look at the header. Raises SourceError with the sentence for the report; ``subject`` is the file's name."""
    try:
        if path.stat().st_size == 0:
            raise SourceError("The file is empty (0 bytes). Copy it again.", path.name)
        with path.open("rb") as file:
            if not any(file.read(4096)):
                raise SourceError("The file holds nothing but zero bytes. Copy it again.", path.name)
            _check_whole(file, path)
    except OSError as error:
        raise SourceError(f"The file cannot be read: {error.strerror or error}.", path.name) from error
    if path.suffix.lower() in FFMPEG_DEMUXERS:
        rate_hz, channels, frames, codec = probe_with_ffmpeg(path)
        found = AudioInfo(path, rate_hz, channels, frames, codec, by_ffmpeg=True)
    else:
        found = _probe_with_soundfile(path)
    if not MIN_RATE_HZ <= found.rate_hz <= MAX_RATE_HZ or not 1 <= found.channels <= MAX_FILE_CHANNELS:
        sentence = f"{found.channels} channels at {found.rate_hz} Hz cannot be; the file is damaged."
        raise SourceError(sentence, path.name)
    if found.frames == 0:
        raise SourceError("The file holds no sound at all (0 samples).", path.name)
    return found


def _probe_with_soundfile(path: Path) -> AudioInfo:
    try:
        found = soundfile.info(str(path))
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise SourceError("This is not audio, whatever its name says.", path.name) from error
    frames = found.frames if found.frames < UNKNOWN_FRAMES else None
    return AudioInfo(path, found.samplerate, found.channels, frames, found.subtype)


def _check_whole(file: BinaryIO, path: Path) -> None:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    start = file.read(12)
    missing = 0
    if start[:4] in (b"RIFF", b"RF64", b"RIFX") and start[8:] == b"WAVE":
        missing = _missing_bytes(file, size, b"data", ">" if start[:4] == b"RIFX" else "<")
    elif start[:4] == b"FORM" and start[8:] in (b"AIFF", b"AIFC"):
        missing = _missing_bytes(file, size, b"SSND", ">")
    elif start[:4] == b"OggS" and not _ogg_ends(file, size):
        raise SourceError("The file is cut short: its last page is missing. Copy it again.", path.name)
    if missing > 0:
        there = 100 * (size / (size + missing))
        raise SourceError(f"The file is cut short: only {there:.0f} % of it are there. Copy it again.", path.name)


def _missing_bytes(file: BinaryIO, size: int, wanted: bytes, order: str) -> int:
    """How many bytes of the audio chunk lie beyond the end of the file."""
    place = 12
    long_size: int = 0
    name: bytes
    length: int
    while place + 8 <= size:
        file.seek(place)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name == b"ds64" and length >= 24:
            (long_size,) = struct.unpack("<8xQ", file.read(16))
        if name == wanted:
            if length in STREAMED_SIZES:
                length = long_size if length else 0
            return max(0, place + 8 + length - size)
        place += 8 + length + length % 2
    return 0


def _ogg_ends(file: BinaryIO, size: int) -> bool:
    """Whether the last page says that it is the last; a page is at most 65307 bytes long."""
    file.seek(max(0, size - 65_536))
    tail = file.read()
    last = tail.rfind(b"OggS")
    return last >= 0 and last + 6 <= len(tail) and bool(tail[last + 5] & 4)
