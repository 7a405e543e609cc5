"""The click stems of a prepared song, and where in them the clicks are."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Planar, planar_from_int24
from appliance.measurement.source import stem_blocks
from appliance.songs.prepared import PreparedSong, PreparedStem
from appliance.units import gain_from_db
from appliance.vocabulary import Role, Side

BLOCK_SAMPLES = 2_000_000
"""Of all channels in a block: 8 MB of floats."""
HOPS_PER_SECOND = 1000

THRESHOLD = 0.2
"""Of the loudest click so far: an unaccented click is 6 to 12 dB below an accented one."""
FORGET_PER_SECOND = 0.8
"""A click that is turned down slowly stays a click."""
SILENT = 10 ** (-60 / 20)
"""No click that anybody plays to is quieter; hiss and what leaks into an idle click channel are."""
REST_HOPS = 40
"""So many milliseconds of rest part one click from the next: semiquavers at 200 bpm are 75 ms apart."""

Frames = NDArray[np.int64]


def stems_of(song: PreparedSong, role: Role) -> list[PreparedStem]:
    return [stem for stem in song.metadata.stems if stem.role is role]


def hop_frames(rate_hz: int) -> int:
    """A millisecond, as near as whole frames come."""
    return rate_hz // HOPS_PER_SECOND


def planar_blocks(song: PreparedSong) -> Iterator[Planar]:
    """All channels, of shape (channels, frames); every block but the last is a whole number of hops.

    Raises PreparedSongError where the file cannot be read.
    """
    hop = hop_frames(song.rate_hz)
    hops = max(HOPS_PER_SECOND // 2, BLOCK_SAMPLES // (song.channels * hop))
    for data, frames in stem_blocks(song, hops * hop):
        yield planar_from_int24(data, song.channels, frames)


class ClickOnsets:
    """Finds the first loud frame of each click in blocks of whole hops; only the last may have another length."""

    def __init__(self, rate_hz: int) -> None:
        self._hop = hop_frames(rate_hz)
        self._frames = self._hops = 0
        self._loudest = 0.0
        self._last_loud = -REST_HOPS - 1

    def add(self, clicks: Planar) -> list[int]:
        """Frames of the song, counted from 0; the channels of ``clicks`` are heard together."""
        level = np.abs(clicks).max(axis=0, initial=0.0)
        whole = len(level) // self._hop
        peaks = level[: whole * self._hop].reshape(whole, self._hop).max(axis=1)
        forgotten = FORGET_PER_SECOND ** (whole / HOPS_PER_SECOND)
        self._loudest = max(self._loudest * forgotten, float(peaks.max(initial=0.0)))
        threshold = max(SILENT, THRESHOLD * self._loudest)
        found = []
        for hop in np.flatnonzero(peaks > threshold).tolist():
            if self._hops + hop - self._last_loud > REST_HOPS:
                first = int(np.argmax(level[hop * self._hop : (hop + 1) * self._hop] > 0.5 * threshold))
                found.append(self._frames + hop * self._hop + first)
            self._last_loud = self._hops + hop
        self._hops += whole
        self._frames += len(level)
        return found


def channels_of(stems: Sequence[PreparedStem]) -> list[int]:
    return [channel for stem in stems for channel in stem.channels]


def house_gains(tracks: Sequence[PreparedStem]) -> NDArray[np.float32]:
    """Of shape (2, channels): a mono stem is on both sides, as on a stereo bus, unless it is one side of a sound."""
    columns = []
    for stem in tracks:
        gain = gain_from_db(stem.gain_db)
        if stem.side is not None:
            columns.append([gain, 0.0] if stem.side is Side.LEFT else [0.0, gain])
        elif len(stem.channels) == 1:
            columns.append([gain, gain])
        else:
            columns += [[gain, 0.0], [0.0, gain]]
    return np.array(columns, np.float32).T
