"""A prepared song as the audience and the band get it: every bus behind its limiter, and every stem on its own."""

import msgspec

from appliance.measurement.buses import BusMeasurement, Progress, block_frames, measure_buses
from appliance.measurement.signals import Measurement, SignalMeters
from appliance.measurement.source import stem_blocks
from appliance.settings import Rig
from appliance.songs.mastered import Mastering
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Part, Role


class StemMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """A stem as it was delivered, before any bus."""

    name: str
    role: Role
    part: Part | None
    measured: Measurement


class SongMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """``house`` is the sum of all house buses; a mono one among stereo ones counts on both sides."""

    title: str
    rate_hz: int
    duration_s: float
    house: Measurement | None
    buses: tuple[BusMeasurement, ...]
    stems: tuple[StemMeasurement, ...]


def measure_song(
    rig: Rig,
    song: PreparedSong,
    stems: bool = True,
    progress: Progress = lambda _: None,
    mastering: Mastering | None = None,
) -> SongMeasurement:
    """Measure all buses as the song is mastered, or plain, and the stems too if asked to.

    Raises PreparedSongError where the file is damaged.

    What is in memory at a time are a few seconds of the song.
    """
    share = 0.5 if stems else 1.0
    whole = measure_buses(rig, song, mastering, lambda done: progress(share * done))
    found = _measure_stems(song, lambda done: progress(share + (1 - share) * done)) if stems else ()
    return SongMeasurement(
        title=song.metadata.title,
        rate_hz=song.rate_hz,
        duration_s=song.duration_s,
        house=whole.house,
        buses=whole.buses,
        stems=found,
    )


def _measure_stems(song: PreparedSong, progress: Progress) -> tuple[StemMeasurement, ...]:
    stems = song.metadata.stems
    meters = SignalMeters(song.rate_hz, [stem.channels for stem in stems], song.channels)
    done = 0
    for data, frames in stem_blocks(song, block_frames(song.rate_hz, song.channels)):
        meters.add(meters.meter.take_int24(data, frames))
        done += frames
        progress(done / song.frames)
    measured = meters.finish([stem.gain_db for stem in stems])
    return tuple(
        StemMeasurement(name=stem.name, role=stem.role, part=stem.part, measured=one)
        for stem, one in zip(stems, measured, strict=True)
    )
