"""Prepared songs made of numbers, and rigs to hear them on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.settings import Bus, BusKind, EqBand, EqType, Rig
from appliance.songs.prepared import Metadata, PreparedSong, PreparedStem, read_header
from appliance.songs.prepared_writer import write_prepared
from appliance.vocabulary import Role

RATE_HZ = 48_000


def write_song(
    path: Path,
    stems: Sequence[tuple[str, Role, NDArray[np.floating]]],
    rate_hz: int = RATE_HZ,
    gain_db: float = 0.0,
    title: str = "Song",
) -> PreparedSong:
    """Stems of (name, role, samples of shape (frames, 1 or 2)) that are all of one length."""
    first, described = 0, []
    for name, role, samples in stems:
        channels = list(range(first, first + samples.shape[1]))
        described.append(PreparedStem(name=name, role=role, channels=channels, gain_db=gain_db))
        first += samples.shape[1]
    floats = np.concatenate([samples for _, _, samples in stems], axis=1)
    words = np.clip(np.rint(floats * 2**23), -(2**23), 2**23 - 1).astype(np.int32)
    write_prepared(path, rate_hz, len(words), Metadata(title=title, stems=described), [words])
    return read_header(path)


def rig(rate_hz: int = RATE_HZ, **house: object) -> Rig:
    """House left and right with a filter, a mono house bus for nothing but tracks, and ears for click and guide."""
    eq = (EqBand(type=EqType.HIGH_PASS, frequency_hz=35.0),)
    settings = {"sends": {"track": 0.0}, "eq": eq, **house}
    buses = (
        Bus(name="FOH", kind=BusKind.HOUSE, outputs=(1, 2), **settings),
        Bus(name="Sub", kind=BusKind.HOUSE, outputs=(3,), sends={"track": -6.0}),
        Bus(name="Ears", kind=BusKind.EARS, outputs=(4,), sends={"track": -9.0, "click": 0.0, "guide": 0.0}),
    )
    return Rig(outputs=4, rate_hz=rate_hz, buses=buses)


def busy(seconds: float, level: float, seed: int = 1, rate_hz: int = RATE_HZ, channels: int = 2) -> NDArray[np.float64]:
    """Noise whose loudness goes up and down, as music's does."""
    random = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    noise = np.cumsum(random.standard_normal((frames, channels)), axis=0)
    noise -= np.apply_along_axis(lambda x: np.convolve(x, np.ones(400) / 400, "same"), 0, noise)
    envelope = np.interp(np.arange(frames), np.linspace(0, frames, 12), random.uniform(0.1, 1.0, 12))
    return level * envelope[:, np.newaxis] * noise / np.std(noise)
