"""Songs with a click that does what a test wants: real ones changed, and small ones made of numbers."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import planar_from_int24
from appliance.measurement.source import stem_blocks
from appliance.songs.prepared import Metadata, PreparedSong, PreparedStem, read_header
from appliance.songs.prepared_writer import write_prepared
from appliance.vocabulary import Role

Samples = NDArray[np.float32]


def samples_of(song: PreparedSong) -> Samples:
    """Of shape (channels, frames)."""
    ((data, frames),) = stem_blocks(song, song.frames)
    return planar_from_int24(data, song.channels, frames)


def rewritten(song: PreparedSong, path: Path, change: Callable[[Samples], None]) -> PreparedSong:
    """The same song with other samples."""
    samples = samples_of(song)
    change(samples)
    words = np.clip(np.rint(samples.T.astype(np.float64) * 2**23), -(2**23), 2**23 - 1).astype(np.int32)
    write_prepared(path, song.rate_hz, len(words), song.metadata, [np.ascontiguousarray(words)])
    return read_header(path)


def only(song: PreparedSong, path: Path, *stems: PreparedStem) -> PreparedSong:
    """The first channel of some stems and the click: as much as a test needs, and quick to write."""
    click = song.metadata.stems[[stem.role for stem in song.metadata.stems].index(Role.CLICK)]
    samples = samples_of(song)
    columns = [(stem.name, stem.role, samples[stem.channels[:1]].T) for stem in (*stems, click)]
    return write_song(path, columns, song.rate_hz)


def mixed(song: PreparedSong, path: Path) -> PreparedSong:
    """All tracks on one channel, 12 dB down, and the click."""
    samples = samples_of(song)
    tracks = [channel for channel, role in enumerate(song.roles) if role is Role.TRACK]
    mix = 0.25 * samples[tracks].sum(axis=0)[:, np.newaxis]
    click = samples[click_channel(song)][:, np.newaxis]
    return write_song(path, [("Mix", Role.TRACK, mix), ("Click", Role.CLICK, click)], song.rate_hz)


def click_channel(song: PreparedSong) -> int:
    return song.roles.index(Role.CLICK)


def leaking(
    song: PreparedSong,
    path: Path,
    channels: Sequence[int],
    level_db: float,
    delay_s: float = 0.0,
    part_s: tuple[float, float] = (0.0, np.inf),
) -> PreparedSong:
    """With the click in some channels, in a part of the song."""

    def change(samples: Samples) -> None:
        late = round(delay_s * song.rate_hz)
        leak = np.roll(samples[click_channel(song)], late) * 10 ** (level_db / 20)
        leak[:late] = 0.0
        at = np.arange(len(leak)) / song.rate_hz
        leak[(at < part_s[0]) | (at >= part_s[1])] = 0.0
        samples[list(channels)] += leak.astype(np.float32)

    return rewritten(song, path, change)


def beats(
    sound: NDArray[np.floating], seconds: float, bpm: float = 120.0, rate_hz: int = 48_000, late_s: float = 0.0
) -> NDArray[np.float64]:
    """A sound on every beat, of shape (frames, 1)."""
    out = np.zeros(round(seconds * rate_hz))
    for start in np.arange(late_s, seconds, 60.0 / bpm):
        place = round(start * rate_hz)
        count = min(len(sound), len(out) - place)
        out[place : place + count] += sound[:count]
    return out[:, np.newaxis]


def burst(frequency_hz: float, decay_s: float, rate_hz: int = 48_000, level: float = 0.7) -> NDArray[np.float64]:
    time = np.arange(round(8 * decay_s * rate_hz)) / rate_hz
    return level * np.sin(2 * np.pi * frequency_hz * time) * np.exp(-time / decay_s)


def snare(seed: int = 1, rate_hz: int = 48_000) -> NDArray[np.float64]:
    time = np.arange(round(0.3 * rate_hz)) / rate_hz
    noise = np.random.default_rng(seed).standard_normal(len(time))
    return 0.3 * noise * np.exp(-time / 0.06) + 0.4 * np.sin(2 * np.pi * 190 * time) * np.exp(-time / 0.08)


def write_song(
    path: Path,
    stems: Sequence[tuple[str, Role, NDArray[np.floating]]],
    rate_hz: int = 48_000,
    gain_db: float = 0.0,
) -> PreparedSong:
    """Stems of (name, role, samples of shape (frames, 1 or 2)) that are all of one length."""
    first, described = 0, []
    for name, role, samples in stems:
        channels = list(range(first, first + samples.shape[1]))
        described.append(PreparedStem(name=name, role=role, channels=channels, gain_db=gain_db))
        first += samples.shape[1]
    floats = np.concatenate([samples for _, _, samples in stems], axis=1)
    words = np.clip(np.rint(floats * 2**23), -(2**23), 2**23 - 1).astype(np.int32)
    write_prepared(path, rate_hz, len(words), Metadata(title="Song", stems=described), [words])
    return read_header(path)


def pad(seconds: float, level: float, seed: int = 1, rate_hz: int = 48_000, channels: int = 1) -> NDArray[np.float64]:
    """Noise with more lows than highs that swells slowly, of shape (frames, channels): nothing begins in it."""
    random = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    lines = np.fft.rfftfreq(frames, 1 / rate_hz)
    noise = np.fft.irfft(
        np.fft.rfft(random.standard_normal((frames, channels)), axis=0) / np.maximum(lines, 50.0)[:, np.newaxis],
        frames,
        axis=0,
    )
    swell = np.interp(np.arange(frames), np.linspace(0, frames, 12), random.uniform(0.1, 1.0, 12))
    return level * swell[:, np.newaxis] * noise / np.std(noise)
