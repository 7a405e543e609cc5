"""One pass over a prepared song's stems, as they were delivered: what is wrong with each, and what the ears will get.

Click, guide and tracks are each summed as a stereo ears bus would sum them, at 0 dB of send.
"""

from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND, Hops, LoudnessMeter
from appliance.mastering.edges import Sounding, find_sounding
from appliance.mastering.spikes import Spike, find_spikes, windows_db
from appliance.measurement.buses import Progress, block_frames
from appliance.measurement.levels import ClippedRuns, Levels, measure_levels
from appliance.measurement.loudness import (
    MOMENTARY_HOPS,
    Loudness,
    integrated_lufs,
    lufs,
    measure_loudness,
    momentary_lufs,
    power,
)
from appliance.measurement.source import stem_blocks
from appliance.measurement.stereo import Stereo, StereoMeter
from appliance.settings import Bus, BusKind, Rig
from appliance.songs.prepared import PreparedSong, PreparedStem
from appliance.songs.routing import gain_matrix
from appliance.units import gain_from_db
from appliance.vocabulary import Part, Role

MIXES = (Role.TRACK, Role.CLICK, Role.GUIDE)
TICK_WINDOW_HOPS = 25
TICK_SHARE = 0.02
"""The highest of all quarter seconds with a tick in them may be damaged ones; the accents are more than these."""
TICK_RANGE = 10 ** (-40 / 20)
SPIKE_HOPS = 50
SPEAKING_LU = 10.0
"""A guide speaks while it is at most so much below its loudness."""


class StemFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A stem with its own gain."""

    name: str
    role: Role
    part: Part | None
    loudness: Loudness
    levels: Levels
    stereo: Stereo | None
    spikes: tuple[Spike, ...]


class EarsFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What levels on ears buses are set by; None where there is no such thing."""

    tracks_s95_lufs: float | None
    click_peak_dbfs: float | None
    """Of its accents; a single damaged tick does not count."""
    guide_lufs: float | None
    tracks_beside_guide_lufs: float | None
    """The tracks while the guide speaks."""


@dataclass(frozen=True)
class StemPass:
    """What one pass gave."""

    stems: tuple[StemFacts, ...]
    ears: EarsFacts
    sounding: Sounding


def measure_stems(song: PreparedSong, progress: Progress = lambda _: None) -> StemPass:
    """Raises PreparedSongError where the file is damaged."""
    stems, rate_hz = song.metadata.stems, song.rate_hz
    meter, mixed = LoudnessMeter(rate_hz, song.channels), LoudnessMeter(rate_hz, 2 * len(MIXES))
    gains = _mix_gains(song)
    clipped = [ClippedRuns(rate_hz, len(stem.channels)) for stem in stems]
    stereo = [StereoMeter(rate_hz) if len(stem.channels) > 1 else None for stem in stems]
    done = 0
    for data, frames in stem_blocks(song, block_frames(rate_hz, song.channels + len(gains)), check=True):
        block = meter.take_int24(data, frames)
        mixed.take((gains @ block).T)
        for stem, runs, image in zip(stems, clipped, stereo, strict=True):
            runs.add(block[stem.channels])
            if image:
                image.add(block[stem.channels])
        done += frames
        progress(done / song.frames)
    hops, mixes = meter.finish(), mixed.finish()
    found = tuple(
        _stem_facts(stem, hops, runs, image.finish() if image else None)
        for stem, runs, image in zip(stems, clipped, stereo, strict=True)
    )
    peaks = np.max([_own(stem, hops).sample_peak.max(axis=0) for stem in stems], axis=0)
    return StemPass(found, _ears_facts(mixes), find_sounding(peaks))


def _mix_gains(song: PreparedSong) -> NDArray[np.float32]:
    """Shape (two sides of each mix, stem channels)."""
    buses = tuple(
        Bus(name=role.value, kind=BusKind.EARS, outputs=(2 * n + 1, 2 * n + 2), sends={role.value: 0.0})
        for n, role in enumerate(MIXES)
    )
    rig = Rig(outputs=2 * len(MIXES), rate_hz=song.rate_hz, buses=buses)
    return np.ascontiguousarray(gain_matrix(rig, song.metadata.stems, song.channels).T)


def _own(stem: PreparedStem, hops: Hops) -> Hops:
    return hops.part(stem.channels, gain_from_db(stem.gain_db))


def _stem_facts(stem: PreparedStem, hops: Hops, clipped: ClippedRuns, stereo: Stereo | None) -> StemFacts:
    own = _own(stem, hops)
    loudness = measure_loudness(own.weighted)
    return StemFacts(
        name=stem.name,
        role=stem.role,
        part=stem.part,
        loudness=loudness,
        levels=measure_levels(own, loudness.integrated_lufs, clipped),
        stereo=stereo,
        spikes=find_spikes(windows_db(own.energy, own.rate_hz)),
    )


def _ears_facts(mixes: Hops) -> EarsFacts:
    tracks, click, guide = (mixes.part([2 * n, 2 * n + 1]) for n in range(len(MIXES)))
    guide = _without_spikes(guide)
    guide_lufs = integrated_lufs(guide.weighted)
    speaks = bool(np.isfinite(guide_lufs))
    return EarsFacts(
        tracks_s95_lufs=measure_loudness(tracks.weighted).s95_lufs,
        click_peak_dbfs=_accent_dbfs(click.sample_peak.max(axis=0)),
        guide_lufs=guide_lufs if speaks else None,
        tracks_beside_guide_lufs=_beside(tracks, guide, guide_lufs) if speaks else None,
    )


def _without_spikes(hops: Hops) -> Hops:
    """A burst may not turn down what it stands in: the second around it counts as silence."""
    weighted = hops.weighted.copy()
    for spike in find_spikes(windows_db(hops.energy, hops.rate_hz)):
        at = round(spike.at_s * HOPS_PER_SECOND)
        weighted[:, max(0, at - SPIKE_HOPS) : at + SPIKE_HOPS] = 0.0
    return replace(hops, weighted=weighted)


def _accent_dbfs(peaks: NDArray[np.float32]) -> float | None:
    windows = peaks[: len(peaks) // TICK_WINDOW_HOPS * TICK_WINDOW_HOPS].reshape(-1, TICK_WINDOW_HOPS).max(axis=1)
    ticks = np.sort(windows[windows > TICK_RANGE * windows.max(initial=0.0)])
    if not len(ticks):
        return None
    return float(20.0 * np.log10(ticks[int((1.0 - TICK_SHARE) * (len(ticks) - 1))]))


def _beside(tracks: Hops, guide: Hops, guide_lufs: float) -> float | None:
    speaking = np.flatnonzero(momentary_lufs(guide.weighted) > guide_lufs - SPEAKING_LU)
    spoken = np.zeros(guide.weighted.shape[1], bool)
    for first in speaking:
        spoken[first : first + MOMENTARY_HOPS] = True
    heard = tracks.weighted[:, spoken].sum(axis=0)
    heard = heard[heard > power(-70.0)]
    return float(lufs(np.asarray(heard.mean()))) if len(heard) else None


assert HOPS_PER_SECOND == 100  # noqa: S101 - windows above are counted in hops of 10 ms
