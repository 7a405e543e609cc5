"""Before and after at equal loudness, so that nobody is fooled by level: louder always sounds better."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from appliance.errors import LibraryError, StorageError
from appliance.kernel import LoudnessMeter, ease, planar_from_int32
from appliance.mastering.facts import house_rig
from appliance.measurement.buses import Progress, block_frames, channels_of
from appliance.measurement.chain import bus_blocks
from appliance.measurement.house import sum_of_buses
from appliance.measurement.loudness import integrated_lufs
from appliance.settings import Rig
from appliance.songs.mastered import Mastering
from appliance.songs.prepared import PreparedSong
from appliance.units import gain_from_db

CROSSFADE_S = 0.05
HIGHEST_DBFS = -1.0
"""A file that is turned up to be as loud as the other one must not clip."""

Stereo = NDArray[np.float32]
"""Samples of shape (frames, 1 or 2)."""


def audition(
    rig: Rig,
    song: PreparedSong,
    mastering: Mastering,
    files: tuple[Path, Path] | Path,
    switch_s: float = 8.0,
    progress: Progress = lambda _: None,
) -> float:
    """Write the sum of all house buses before and after mastering; returns the loudness of both in LUFS.

    Two ``files``: before and after. One: both in turns of ``switch_s`` seconds, beginning with before. What mastering
    leaves out at the ends is heard in neither. Raises PreparedSongError, StorageError, and LibraryError where there is
    nothing for the house.
    """
    house = house_rig(rig)
    if not house.buses:
        raise LibraryError("The rig has no house bus to listen to.", song.metadata.title)
    levels = [
        _level(house, song, None, lambda part: progress(part / 4)),
        _level(house, song, mastering, lambda part: progress((1 + part) / 4)),
    ]
    common_lufs = min(lufs for lufs, _ in levels)
    if not np.isfinite(common_lufs):
        raise LibraryError("There is nothing in it for the audience.", song.metadata.title)
    highest = max(peak * gain_from_db(common_lufs - lufs) for lufs, peak in levels)
    common_lufs += min(0.0, HIGHEST_DBFS - 20.0 * float(np.log10(highest)))
    both = [
        _scaled(house, song, version, gain_from_db(common_lufs - lufs))
        for version, (lufs, _) in zip((None, mastering), levels, strict=True)
    ]
    _write(house, mastering, both, files, switch_s, lambda part: progress(0.5 + part / 2))
    return float(common_lufs)


def _sums(house: Rig, song: PreparedSong, mastering: Mastering | None) -> Iterator[Stereo]:
    """The sum of the house buses, in blocks of whole seconds; a mono bus beside a stereo one is on both sides."""
    buses = channels_of(house)
    for after, _ in bus_blocks(house, song, block_frames(house.rate_hz, 2 * house.bus_channels), mastering):
        yield sum_of_buses(planar_from_int32(after), buses).T


def _level(house: Rig, song: PreparedSong, mastering: Mastering | None, progress: Progress) -> tuple[float, float]:
    """Integrated loudness, and the highest sample."""
    meter, done, peak = None, 0, 1e-9
    for block in _sums(house, song, mastering):
        meter = meter or LoudnessMeter(house.rate_hz, block.shape[1])
        meter.take(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        done += len(block)
        progress(done / song.frames)
    return (integrated_lufs(meter.finish().weighted) if meter else -np.inf), peak


def _scaled(house: Rig, song: PreparedSong, mastering: Mastering | None, gain: float) -> Iterator[Stereo]:
    for block in _sums(house, song, mastering):
        yield block * np.float32(gain)


def _write(
    house: Rig,
    mastering: Mastering,
    both: list[Iterator[Stereo]],
    files: tuple[Path, Path] | Path,
    switch_s: float,
    progress: Progress,
) -> None:
    outs = [files] if isinstance(files, Path) else list(files)
    width = max(bus.width for bus in house.buses)
    opened: list[soundfile.SoundFile] = []
    try:
        opened += [soundfile.SoundFile(str(out), "w", house.rate_hz, width, "PCM_24", format="WAV") for out in outs]
        at = 0
        for before, after in zip(*both, strict=True):
            first = min(len(before), max(0, mastering.start_frame - at))
            last = max(first, min(len(before), mastering.end_frame - at))
            if len(opened) == 2:
                opened[0].write(before[first:last])
                opened[1].write(after[first:last])
            else:
                share = _turns(at + first - mastering.start_frame, last - first, switch_s, house.rate_hz)
                opened[0].write(before[first:last] * (1 - share) + after[first:last] * share)
            at += len(before)
            progress(at / max(1, mastering.end_frame))
    except (OSError, soundfile.LibsndfileError) as error:
        raise StorageError(f"It cannot be written: {error}.", str(outs[0])) from error
    finally:
        for file in opened:
            file.close()


def _turns(start: int, frames: int, switch_s: float, rate_hz: int) -> Stereo:
    """Of shape (frames, 1): 0 while before is heard, 1 while after is."""
    phase = ((start + np.arange(frames)) / rate_hz) % (2 * switch_s)
    rise = ease(np.clip((phase - switch_s) / CROSSFADE_S, 0.0, 1.0))
    fall = ease(np.clip(phase / CROSSFADE_S, 0.0, 1.0))
    begun = (start + np.arange(frames)) / rate_hz >= switch_s
    share = np.where(phase >= switch_s, rise, np.where(begun, 1.0 - fall, 0.0))
    return share[:, np.newaxis].astype(np.float32)
