"""Small bands for mastering: songs of noise, click and guide whose levels are known."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from analysis import pink_noise
from measurement.songs import RATE_HZ, write_song
from numpy.typing import NDArray

from appliance.mastering.jobs import Listed, master_set
from appliance.mastering.result import SongResult
from appliance.settings import Bus, BusKind, MasteringSettings, Rig
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role
from appliance.workers import Heard, run

Signal = NDArray[np.float64]


def rig(**mastering: object) -> Rig:
    """House left and right; in the ears click and guide alone, and a mix of everything."""
    buses = (
        Bus(name="FOH", kind=BusKind.HOUSE, outputs=(1, 2), sends={"track": 0.0}),
        Bus(name="Cues", kind=BusKind.EARS, outputs=(3,), sends={"click": 0.0, "guide": 0.0}),
        Bus(name="Mix", kind=BusKind.EARS, outputs=(4, 5), sends={"track": 0.0, "click": 0.0, "guide": 0.0}),
    )
    return Rig(outputs=5, rate_hz=RATE_HZ, mastering=MasteringSettings(**mastering), buses=buses)


def music(seconds: float, level_db: float, seed: int = 1, verse_db: float = 0.0) -> Signal:
    """Pink noise in stereo that breathes four times a second; its first half is so much quieter."""
    frames = round(seconds * RATE_HZ)
    t = np.arange(frames) / RATE_HZ
    swell = 0.7 + 0.3 * np.cos(2 * np.pi * 4 * t)
    section = np.where(t < seconds / 2, 10 ** (verse_db / 20), 1.0)
    sides = pink_noise(RATE_HZ, seconds, channels=2, rms_db=0.0, seed=seed)
    return 10 ** (level_db / 20) * (swell * section)[:, np.newaxis] * sides


def click(seconds: float, level_db: float = -3.0, bpm: float = 120.0) -> Signal:
    frames = round(seconds * RATE_HZ)
    out = np.zeros(frames)
    tick = np.sin(2 * np.pi * 1500 * np.arange(1200) / RATE_HZ) * np.exp(-np.arange(1200) / 200)
    for beat in range(int(seconds * bpm / 60)):
        at = round(beat * 60 / bpm * RATE_HZ)
        piece = out[at : at + len(tick)]
        piece += tick[: len(piece)]
    return (10 ** (level_db / 20) * out / np.abs(out).max())[:, np.newaxis]


def guide(seconds: float, level_db: float = -20.0, every_s: float = 4.0) -> Signal:
    """A phrase of a second now and then."""
    frames = round(seconds * RATE_HZ)
    t = np.arange(frames) / RATE_HZ
    speaking = (t % every_s >= 1.0) & (t % every_s < 2.0)
    voice = np.random.default_rng(9).standard_normal(frames) * np.sin(np.pi * np.clip((t % every_s) - 1.0, 0, 1))
    return (10 ** (level_db / 20) * voice * speaking)[:, np.newaxis]


def write_band(
    folder: Path, title: str, stems: Sequence[tuple[str, Role, Signal]], rate_hz: int = RATE_HZ
) -> PreparedSong:
    """A song in a folder of its own, as the library keeps it."""
    place = folder / title.lower().replace(" ", "-")
    place.mkdir(parents=True)
    return write_song(place / f"prepared-{rate_hz}.song", stems, rate_hz, title=title)


def usual_band(folder: Path, title: str, level_db: float, seconds: float = 12.0, seed: int = 1) -> PreparedSong:
    """Music, click and guide."""
    stems = [
        ("Band", Role.TRACK, music(seconds, level_db, seed, verse_db=-6.0)),
        ("Click", Role.CLICK, click(seconds)),
        ("Guide", Role.GUIDE, guide(seconds)),
    ]
    return write_band(folder, title, stems)


def master(the_rig: Rig, *songs: PreparedSong) -> list[SongResult]:
    """All as one set, in this process; a song that fails fails the test."""
    listed = [Listed(title=song.metadata.title, offset_lu=0.0, song=song) for song in songs]
    mastered = master_set(the_rig, the_rig.mastering, listed, one_by_one, lambda _: None)
    assert not mastered.failed, mastered.failed
    return list(mastered.results)


def one_by_one(work: Callable[[Any], Any], tasks: Iterable[Any], heard: Heard) -> Iterator[tuple[Any, Any]]:
    return run(work, tasks, 1, heard)


def drums(seconds: float, level_db: float = -20.0, bpm: float = 120.0, seed: int = 4) -> Signal:
    """Noise bursts on eighths, no two alike, accents on the beat; in stereo."""
    random = np.random.default_rng(seed)
    out = np.zeros((round(seconds * RATE_HZ), 2))
    decay = np.exp(-np.arange(4800) / 900)[:, np.newaxis]
    for eighth in range(int(seconds * bpm / 30)):
        at = round(eighth * 30 / bpm * RATE_HZ)
        piece = out[at : at + 4800]
        hit = random.standard_normal((4800, 2)) * decay * (1.0 if eighth % 2 == 0 else 0.5)
        piece += hit[: len(piece)]
    return 10 ** (level_db / 20) * out
