"""What a set as a whole asks of each song: its target, and what a song of this set usually sounds like."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from appliance.errors import LibraryError
from appliance.mastering.density import are_sparse, densities
from appliance.mastering.equaliser import Levels, median_shape, shape_db
from appliance.mastering.facts import SongFacts
from appliance.mastering.levels import matched_lufs
from appliance.settings import LevelMatch, MasteringSettings


class SetSong(NamedTuple):
    """A song of the set, and how much louder than the others a person wants it."""

    title: str
    offset_lu: float
    facts: SongFacts


class SongPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``lufs`` is None where the song has nothing for the house. ``usual`` is the set's median spectrum."""

    lufs: float | None
    sparse: bool
    filled: float
    """Which part of what the set usually fills this song fills, 1 being the median song."""
    usual: Levels


def plan_set(settings: MasteringSettings, songs: Sequence[SetSong]) -> list[SongPlan]:
    """For each song. Raises LibraryError where the reference song is not one of them."""
    heard = [_heard_lufs(settings, song) for song in songs]
    sounding = [n for n, lufs in enumerate(heard) if lufs is not None]
    shapes = {n: _shape(songs[n], heard[n]) for n in sounding}
    usual = median_shape(list(shapes.values()))
    found = densities([(songs[n].facts.occupancy, heard[n] or 0.0) for n in sounding])
    middle = sorted(found)[len(found) // 2] if found else 1.0
    sparse, filled = dict(zip(sounding, are_sparse(found), strict=True)), dict(zip(sounding, found, strict=True))
    bases = _bases(settings, songs, heard)
    plans = []
    for n, song in enumerate(songs):
        lower_lu = settings.sparse_lu if sparse.get(n) and settings.match is not LevelMatch.ALBUM else 0.0
        base = bases[n]
        plans.append(
            SongPlan(
                lufs=None if base is None else round(base + song.offset_lu - lower_lu, 3),
                sparse=lower_lu > 0,
                filled=round(filled.get(n, 0.0) / middle, 2) if middle else 0.0,
                usual=usual,
            )
        )
    return plans


def _heard_lufs(settings: MasteringSettings, song: SetSong) -> float | None:
    house = song.facts.house
    return matched_lufs(house.loudness, settings.match) if house else None


def _shape(song: SetSong, lufs: float | None) -> Levels:
    house = song.facts.house
    return shape_db(house.spectrum, lufs) if house and lufs is not None else ()


def _bases(settings: MasteringSettings, songs: Sequence[SetSong], heard: list[float | None]) -> list[float | None]:
    """Before offsets and exceptions."""
    base = settings.target_lufs
    there = [lufs for lufs in heard if lufs is not None]
    if settings.match is LevelMatch.ALBUM and there:
        return [None if lufs is None else base + lufs - max(there) for lufs in heard]
    if settings.match is LevelMatch.REFERENCE:
        base = _reference_lufs(settings.reference, songs, heard)
    return [None if lufs is None else base for lufs in heard]


def _reference_lufs(title: str, songs: Sequence[SetSong], heard: list[float | None]) -> float:
    for song, lufs in zip(songs, heard, strict=True):
        if song.title.casefold() == title.casefold():
            if lufs is None:
                raise LibraryError("The reference song has nothing for the house.", title)
            return lufs
    raise LibraryError("The reference song is not in the set.", title)
