"""Is this file audio, and is it whole? Looks at headers only; nothing is decoded."""

import os
from dataclasses import dataclass
from pathlib import Path

import soundfile

from appliance.errors import SourceError
from appliance.preparation.ffmpeg import probe_with_ffmpeg
from appliance.preparation.kinds import FFMPEG_DEMUXERS, looks_like_audio
from appliance.preparation.wholeness import missing_part

MAX_RATE_HZ = 768_000
MIN_RATE_HZ = 4_000
MAX_FILE_CHANNELS = 64
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
            missing = missing_part(file)
        if missing > 0:
            there = f"only {100 * (1 - missing):.0f} % of it are there" if missing < 1 else "its end is missing"
            raise SourceError(f"The file is cut short: {there}. Copy it again.", path.name)
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
        found = soundfile.info(os.fsencode(path))  # bytes: a name need not be UTF-8
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        sentence = "This is not audio, whatever its name says."
        if looks_like_audio(path):
            sentence = "The file is damaged: it begins like audio and cannot be read. Copy it again."
        raise SourceError(sentence, path.name) from error
    frames = found.frames if found.frames < UNKNOWN_FRAMES else None
    return AudioInfo(path, found.samplerate, found.channels, frames, found.subtype)
