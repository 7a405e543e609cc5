"""Is all of a file there? Each format's own statement of its length, compared with what is there.

libsndfile plays what is left of a cut file without a word, so the headers are read here. FLAC states its samples, which
decoding counts; MP3 and Ogg are told by the encoder's tag and by the mark on the last page.
"""

import struct
from typing import BinaryIO

STREAMED_SIZES = (0, 0xFFFFFFFF)
"""What recorders write for a length that they did not know yet; the audio then runs to the end of the file."""
LAST_PAGE = 4
OGG_PAGE_BYTES = 65_536
"""A page is at most 65307 bytes long."""
MP3_TAG_REACH = 4096
W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
EVERYTHING = 1.0


def missing_part(file: BinaryIO) -> float:
    """Which part of the file is missing, from 0 to below 1; 1 where something is and nobody can tell how much."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(12)
    if start[:4] in (b"RIFF", b"RF64", b"RIFX") and start[8:] == b"WAVE":
        missing = _missing_in_chunks(file, size, b"data", ">" if start[:4] == b"RIFX" else "<")
    elif start[:4] == b"FORM" and start[8:] in (b"AIFF", b"AIFC"):
        missing = _missing_in_chunks(file, size, b"SSND", ">")
    elif start[:4] == b"riff":
        missing = _missing_in_w64(file, size)
    elif start[:4] == b"OggS":
        return 0.0 if _ogg_ends(file, size) else EVERYTHING
    elif start[:3] == b"ID3" or start[:1] == b"\xff":
        missing = _missing_in_mp3(file, size, start)
    else:
        return 0.0
    return missing / (size + missing)


def _missing_in_chunks(file: BinaryIO, size: int, wanted: bytes, order: str) -> int:
    """How many bytes of the audio chunk of a WAV or AIFF lie beyond the end of the file."""
    place = 12
    long_size: int = 0
    name: bytes
    length: int
    while place + 8 <= size:
        file.seek(place)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name == b"ds64" and length >= 24:  # RF64's sizes of 64 bits: of the file, the audio, the samples
            (long_size,) = struct.unpack("<8xQ", file.read(16))
        if name == wanted:
            if length in STREAMED_SIZES:
                length = long_size if length else 0
            return max(0, place + 8 + length - size)
        place += 8 + length + length % 2
    return 0


def _missing_in_w64(file: BinaryIO, size: int) -> int:
    """Sony's Wave64: names of 16 bytes, sizes of 8 that count themselves, all on multiples of 8."""
    place = 40
    name: bytes
    length: int
    while place + 24 <= size:
        file.seek(place)
        name, length = struct.unpack("<16sQ", file.read(24))
        if name == W64_DATA:
            return max(0, place + length - size)
        place += max(24, -(-length // 8) * 8)
    return 0


def _missing_in_mp3(file: BinaryIO, size: int, start: bytes) -> int:
    """By the tag "Xing" or "Info" in the first frame, which nearly all encoders write: it holds the stream's bytes."""
    place = 0
    if start[:3] == b"ID3":
        place = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(start[6:10], (21, 14, 7, 0), strict=True))
    file.seek(place)
    frame = file.read(MP3_TAG_REACH)
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0 or tag + 16 > len(frame):
        return 0
    flags: int
    (flags,) = struct.unpack_from(">I", frame, tag + 4)
    if not flags & 2:
        return 0
    stated: int
    (stated,) = struct.unpack_from(">I", frame, tag + (12 if flags & 1 else 8))
    return max(0, place + stated - size)


def _ogg_ends(file: BinaryIO, size: int) -> bool:
    """Whether the last page says that it is the last."""
    file.seek(max(0, size - OGG_PAGE_BYTES))
    tail = file.read()
    last = tail.rfind(b"OggS")
    return last >= 0 and last + 6 <= len(tail) and bool(tail[last + 5] & LAST_PAGE)
