"""M4A, AAC, ALAC and WMA by way of ffmpeg, where it is installed.

ffmpeg removes the encoder's delay where the file states it (edit list or iTunes' gapless tag); a bare .aac stream
states nothing and begins up to 48 ms late.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.errors import SourceError
from appliance.preparation.kinds import FFMPEG_DEMUXERS

PROBE_TIMEOUT_S = 60
QUIET = ["-hide_banner", "-v", "error", "-protocol_whitelist", "file,pipe"]


def _find(program: str, path: Path) -> str:
    found = shutil.which(program)
    if found is None:
        raise SourceError(
            "Files of this kind need ffmpeg, which is not installed. Deliver WAV or FLAC instead.", path.name
        )
    return found


def _input(path: Path) -> list[str]:
    return ["-f", FFMPEG_DEMUXERS[path.suffix.lower()], "-i", f"file:{path}"]


def probe_with_ffmpeg(path: Path) -> tuple[int, int, int | None, str]:
    """``(rate_hz, channels, frames or None, codec)`` of the first audio stream. Raises SourceError."""
    command = [_find("ffprobe", path), *QUIET, "-select_streams", "a:0", "-show_streams", "-of", "json", *_input(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PROBE_TIMEOUT_S, check=False
        )
        streams = json.loads(done.stdout or b"{}").get("streams", [])
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise SourceError("This is not audio, whatever its name says.", path.name) from error
    if done.returncode != 0 or not streams:
        raise SourceError("This is not audio, or damaged beyond reading. Copy it again.", path.name)
    stream = streams[0]
    rate_hz = int(stream.get("sample_rate", 0))
    duration_s = float(stream.get("duration", 0) or 0)
    frames = round(duration_s * rate_hz) if duration_s > 0 and rate_hz else None
    return rate_hz, int(stream.get("channels", 0)), frames, str(stream.get("codec_name", ""))


def decode_with_ffmpeg(path: Path, channels: int, block_frames: int) -> Iterator[NDArray[np.float64]]:
    """Blocks (n, channels) of float64, full scale 1.0. Raises SourceError when ffmpeg finds damage."""
    command = [_find("ffmpeg", path), *QUIET, "-nostdin", *_input(path), "-map", "0:a:0", "-f", "f64le", "pipe:1"]
    block_bytes = block_frames * channels * 8
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints)
        try:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for; this tells mypy
            while data := process.stdout.read(block_bytes):
                whole = len(data) - len(data) % (channels * 8)
                yield np.frombuffer(data[:whole], dtype="<f8").reshape(-1, channels)
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        complaints.seek(0)
        if code or complaints.read(1):
            raise SourceError("The file is damaged: it cannot be decoded to its end. Copy it again.", path.name)
