"""What mastering decided about a prepared song: levels, equalisers, guards, and where it begins and ends.

The audio itself is not touched. The decisions lie beside the prepared song, in ``mastered-48000.json``; with another
target they are made and written anew, and the song stays the file that it is. The file also keeps what the report
shows (``result``), which players do not read.
"""

from pathlib import Path
from typing import Any

import msgspec

from appliance import storage
from appliance.settings import BusKind, EqBand, Rig
from appliance.songs.prepared import PreparedSong

VERSION = 1
LEAST_GUARD_DBFS = -80.0
"""The kernel's; what is so quiet harms nobody."""


class MasteredStem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one stem, in the order of the prepared song's; the gains add to the stem's own."""

    house_gain_db: float = 0.0
    ears_gain_db: float = 0.0
    eq: tuple[EqBand, ...] = ()
    """On the way to the house, and to the ears where they are to hear it too."""


class Mastering(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a song is played. Frames are the prepared song's; a song of no mastering is played as it is."""

    stems: tuple[MasteredStem, ...]
    ears_equalised: bool = False
    guards_dbfs: dict[str, float] = {}
    """By the name of an ears bus: RMS (square wave = 0) that no 50 ms may exceed, before the bus's own gain."""
    start_frame: int = 0
    end_frame: int
    fade_in_frames: int = 0
    fade_out_frames: int = 0


class MasteredFile(msgspec.Struct, kw_only=True):
    """The content of the file. ``recipe`` is a digest of the settings and songs that the decisions come from."""

    version: int
    prepared: str
    """Which prepared song, by its audio and by what its song.toml said."""
    recipe: str
    mastering: Mastering
    result: msgspec.Raw


def plain(song: PreparedSong) -> Mastering:
    """How a song is played that was never mastered."""
    return Mastering(stems=tuple(MasteredStem() for _ in song.metadata.stems), end_frame=song.frames)


def guards(rig: Rig, mastering: Mastering) -> list[tuple[int, float | None]]:
    """For each ears bus its number and how loud 50 ms of it may be behind the bus's gain; None where nothing is known.

    Whoever turns the bus up wants the whole of it louder, so the guard goes with the gain.
    """
    found: list[tuple[int, float | None]] = []
    for number, bus in enumerate(rig.buses):
        if bus.kind is BusKind.EARS:
            level = mastering.guards_dbfs.get(bus.name)
            found.append((number, None if level is None else max(LEAST_GUARD_DBFS, level + bus.gain_db)))
    return found


def mastered_path(song: PreparedSong) -> Path:
    return song.path.with_name(f"mastered-{song.rate_hz}.json")


def read_mastered(song: PreparedSong) -> MasteredFile | None:
    """None where there is none, or only one of another prepared song or version: it is cheap to make anew."""
    try:
        found = msgspec.json.decode(mastered_path(song).read_bytes(), type=MasteredFile)
    except (OSError, msgspec.MsgspecError):
        return None
    mastering = found.mastering
    fits = len(mastering.stems) == len(song.metadata.stems) and 0 <= mastering.start_frame < mastering.end_frame
    same = found.prepared == _identity(song) and found.version == VERSION
    return found if fits and same and mastering.end_frame <= song.frames else None


def read_mastering(song: PreparedSong) -> Mastering | None:
    """How to play it; None where it was not mastered as it is now."""
    found = read_mastered(song)
    return found.mastering if found else None


def write_mastered(song: PreparedSong, recipe: str, mastering: Mastering, result: Any) -> None:
    """Whole or not at all. Raises StorageError."""
    content = MasteredFile(
        version=VERSION,
        prepared=_identity(song),
        recipe=recipe,
        mastering=mastering,
        result=msgspec.Raw(msgspec.json.encode(result)),
    )
    storage.write_bytes(mastered_path(song), msgspec.json.encode(content))


def _identity(song: PreparedSong) -> str:
    """A corrected role or gain leaves the audio as it is, and yet the song is another one to be mastered."""
    return f"{song.data_sha256.hex()} {song.metadata.recipe}"
