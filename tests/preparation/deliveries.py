"""Signals and files that bands deliver, made on the spot."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from appliance.preparation.importer import import_songs
from appliance.preparation.report import Report
from appliance.songs.library import Library
from appliance.songs.prepared import PreparedSong, verify

RATE = 48_000
Signal = NDArray[np.float64]


def tone(seconds: float = 2.0, frequency: float = 220.0, level: float = 0.3, rate: int = RATE) -> Signal:
    return level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def music(seconds: float = 6.0, seed: int = 1, rate: int = RATE) -> Signal:
    """Notes that begin anywhere, overlap and decay slowly."""
    draw = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate))
    for _ in range(round(seconds * 5)):
        start = draw.integers(0, len(out) - 100)
        length = min(len(out) - start, rate)
        t = np.arange(length) / rate
        out[start : start + length] += 0.1 * np.sin(2 * np.pi * draw.uniform(80, 800) * t) * np.exp(-3 * t)
    return out / max(1.0, np.abs(out).max())


def click(seconds: float = 6.0, tempo: float = 120.0, rate: int = RATE, faster: float = 0.0) -> Signal:
    """Short beeps with an accent on each fourth; ``faster`` is the gain in tempo until the end."""
    out = np.zeros(round(seconds * rate))
    t = np.arange(round(0.03 * rate)) / rate
    at, beat = 0.0, 0
    while at < seconds - 0.05:
        frequency, level = (1500, 0.7) if beat % 4 == 0 else (1000, 0.3)
        start = round(at * rate)
        out[start : start + len(t)] += level * np.sin(2 * np.pi * frequency * t) * np.exp(-t / 0.006)
        at += 60 / (tempo + faster * at / seconds)
        beat += 1
    return out


def drums(seconds: float = 6.0, tempo: float = 120.0, rate: int = RATE, seed: int = 1) -> Signal:
    """As regular as drums get: strokes on every eighth that ring, of changing strength."""
    draw = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate))
    for number, at in enumerate(np.arange(0, seconds - 0.3, 30 / tempo)):
        t = np.arange(round(0.3 * rate)) / rate
        noise = draw.normal(0, 1, len(t)) * np.exp(-t / 0.05)
        kick = np.sin(2 * np.pi * 60 * t) * np.exp(-t / 0.1)
        start = round(at * rate)
        out[start : start + len(t)] += (0.4 * kick if number % 4 == 0 else 0.1 * noise) * draw.uniform(0.5, 1)
    return out


def voice(seconds: float = 12.0, rate: int = RATE, seed: int = 1) -> Signal:
    """Words of hisses and hums by turns, a word each three seconds."""
    draw = np.random.default_rng(seed)
    out = np.zeros(round(seconds * rate))
    for at in np.arange(1.0, seconds - 1, 3.0):
        place = round(at * rate)
        for syllable in range(4):
            t = np.arange(round(0.12 * rate)) / rate
            envelope = np.sin(np.pi * t / t[-1])
            if syllable % 2:
                sound = draw.normal(0, 0.2, len(t))
                sound[1:] -= 0.95 * sound[:-1]
            else:
                sound = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 12)) * 0.3
            out[place : place + len(t)] += sound * envelope * 0.5
            place += len(t)
    return out


def timecode(seconds: float = 4.0, frame_rate: int = 25, rate: int = RATE) -> Signal:
    """SMPTE linear time code: 80 bits a frame, biphase mark."""
    sync = [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1]
    level, levels = 1.0, []
    for frame in range(round(seconds * frame_rate)):
        bits = [0] * 64
        for digit, (start, size) in zip((frame % 10, frame // frame_rate % 10), ((0, 4), (16, 4)), strict=True):
            for bit in range(size):
                bits[start + bit] = digit >> bit & 1
        for bit in bits + sync:
            level = -level
            levels.append(level)
            level = -level if bit else level
            levels.append(level)
    index = (np.arange(round(seconds * rate)) * (160 * frame_rate) / rate).astype(int)
    return 0.5 * np.array(levels)[np.minimum(index, len(levels) - 1)]


def write(path: Path, data: Signal, rate: int = RATE, subtype: str | None = "PCM_24", kind: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(str(path), data, rate, subtype=subtype, format=kind)
    return path


def run(library: Library, *paths: Path, rate: int = RATE, jobs: int = 1) -> Report:
    return import_songs(library, paths, rate, jobs)


def sentences(report: Report) -> list[str]:
    return [f"{finding.subject}: {finding.sentence}" for finding in report.every_finding()]


def prepared_of(library: Library, title: str, rate: int = RATE) -> PreparedSong:
    return verify(library.find(title).prepared(rate))


def audio_of(song: PreparedSong) -> NDArray[np.int32]:
    """(frames, channels) of int24 values."""
    raw = song.path.read_bytes()[song.header_bytes :]
    triples = np.frombuffer(raw, np.uint8).reshape(song.frames, song.channels, 3).astype(np.int32)
    values = triples[..., 0] | triples[..., 1] << 8 | triples[..., 2] << 16
    return np.where(values >= 1 << 23, values - (1 << 24), values)


def roles_of(library: Library, title: str) -> dict[str, str]:
    """``file:channels`` -> role."""
    stems = library.find(title).song.stems
    return {f"{stem.file}:{'+'.join(map(str, stem.channels))}": str(stem.role) for stem in stems}


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its content and time of change, the lock apart."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
