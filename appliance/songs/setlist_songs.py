"""A setlist against the library: which songs are meant, which are missing, what is played, how long it takes.

The title in the file is what counts, because it is what a person reads and corrects. The slug pins an entry to its
song's folder: it is believed as long as it agrees with the title, so that a song is still found when its title was
corrected in the library, and a person who writes another title gets another song.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from appliance.errors import LibraryError, PreparedSongError
from appliance.songs.library import Library, LibrarySong, fold, pick, slugify
from appliance.songs.prepared import read_header
from appliance.songs.setlist import BreakEntry, End, Entry, Setlist, SongEntry, TextEntry


@dataclass(frozen=True)
class Resolved:
    """An entry with what the library says about it."""

    number: int
    """Its place in the setlist, counted from 1."""
    entry: Entry
    song: LibrarySong | None = None
    length_s: float | None = None
    """Of a song as it was prepared; None where it is missing or was never prepared. Of a break or text as planned."""
    warnings: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        return isinstance(self.entry, SongEntry) and self.song is None


@dataclass(frozen=True)
class Step:
    """A song that is played, and what really happens at its end, given what follows."""

    number: int
    entry: SongEntry
    song: LibrarySong
    length_s: float | None
    end: End
    gap_s: float
    crossfade_s: float


@dataclass(frozen=True)
class Totals:
    """How long a setlist takes, in seconds."""

    songs: int
    missing: int
    unknown: int
    """Songs of the library whose length is not known because they were never prepared."""
    music_s: float
    """The songs alone."""
    whole_s: float
    """With gaps, crossfades, pauses, breaks and texts."""


def find_song(entry: SongEntry, songs: Sequence[LibrarySong]) -> LibrarySong | None:
    """The one of the library's ``songs`` that is meant, or None. Raises LibraryError when it could be several."""
    title = fold(entry.song)
    pinned = _pinned(entry, songs)
    if pinned is not None and fold(pinned.song.title) == title:
        return pinned
    exact = [each for each in songs if fold(each.song.title) == title]
    if len(exact) == 1:
        return exact[0]
    was_made_for_it = re.fullmatch(rf"{re.escape(slugify(entry.song))}(-\d+)?", entry.slug) is not None
    if pinned is not None and not exact and (was_made_for_it or fold(pinned.song.title).startswith(title)):
        return pinned
    if was_made_for_it and not exact:
        return None  # It was here once: another song that only begins alike is not it.
    return pick(entry.song, songs)


def _pinned(entry: SongEntry, songs: Sequence[LibrarySong]) -> LibrarySong | None:
    return next((each for each in songs if entry.slug and each.slug == entry.slug), None)


def resolve(setlist: Setlist, library: Library, rate_hz: int | None = None) -> list[Resolved]:
    """Every entry in order. Lengths are read from songs prepared for ``rate_hz``, else for any rate."""
    songs = library.songs()
    resolved = []
    for number, entry in enumerate(setlist.entries, start=1):
        if isinstance(entry, SongEntry):
            resolved.append(_resolve_song(number, entry, library, songs, rate_hz))
        else:
            resolved.append(Resolved(number, entry, length_s=entry.length_s))
    return resolved


def _resolve_song(
    number: int, entry: SongEntry, library: Library, songs: Sequence[LibrarySong], rate_hz: int | None
) -> Resolved:
    try:
        song = find_song(entry, songs)
    except LibraryError as error:
        return Resolved(number, entry, warnings=(f"{error.sentence} It is skipped.",))
    if song is None:
        return Resolved(number, entry, warnings=(_why_missing(entry, library, songs),))
    warnings = []
    title = song.song.title
    if fold(title) != fold(entry.song):
        warnings.append(f'It is taken for "{title}" [{song.slug}].')
    stems = {fold(stem.name) for stem in song.song.stems}
    warnings += [f'It has no stem "{name}" to be muted.' for name in entry.muted if fold(name) not in stems]
    length_s = song_length_s(song, rate_hz)
    if length_s is not None and entry.crossfade_s > length_s:
        warnings.append("The crossfade is longer than the song.")
    return Resolved(number, entry, song, length_s, tuple(warnings))


def _why_missing(entry: SongEntry, library: Library, songs: Sequence[LibrarySong]) -> str:
    if (pinned := _pinned(entry, songs)) is not None:
        return f'It is not in the library and is skipped; if "{pinned.song.title}" is meant, correct the title.'
    if (library.folder / (entry.slug or slugify(entry.song))).is_dir():
        return "Its song.toml cannot be read, so it is skipped; `sidestage songs` tells why."
    return "It is not in the library and is skipped."


def song_length_s(song: LibrarySong, rate_hz: int | None = None) -> float | None:
    """Length in seconds of the prepared song; None where there is none that can be read."""
    files = sorted(song.folder.glob("prepared-*.song"))
    if rate_hz is not None:
        files.insert(0, song.prepared(rate_hz))
    for file in files:
        try:
            return read_header(file).duration_s
        except PreparedSongError:
            continue
    return None


def pin(setlist: Setlist, library: Library) -> Setlist:
    """The setlist with each found song's folder beside its title; titles stay as they were written."""
    songs = library.songs()
    entries: list[Entry] = []
    for entry in setlist.entries:
        song = None
        if isinstance(entry, SongEntry):
            try:
                song = find_song(entry, songs)
            except LibraryError:  # several could be meant: whoever plays it says so
                song = None
        entries.append(entry if song is None else msgspec.structs.replace(entry, slug=song.slug))
    return msgspec.structs.replace(setlist, entries=tuple(entries))


def steps(resolved: Sequence[Resolved]) -> list[Step]:
    """What is played, in order. Missing songs are skipped, texts passed over.

    A song stops, whatever it was to do, before a break, before a missing song (what was to follow is not there, and
    nobody expects the one after it) and at the end.
    """
    played = []
    for place, each in enumerate(resolved):
        if not isinstance(each.entry, SongEntry) or each.song is None:
            continue
        entry = each.entry
        following = next((later for later in resolved[place + 1 :] if not isinstance(later.entry, TextEntry)), None)
        if following is None or following.song is None:
            end, gap_s, crossfade_s = End.STOP, 0.0, 0.0
        else:
            lengths = [length for length in (each.length_s, following.length_s) if length is not None]
            end, gap_s, crossfade_s = entry.end, entry.gap_s, min([entry.crossfade_s, *lengths])
        played.append(Step(each.number, entry, each.song, each.length_s, end, gap_s, crossfade_s))
    return played


def totals(setlist: Setlist, resolved: Sequence[Resolved]) -> Totals:
    """How long it takes: the music alone, and all of it."""
    played = steps(resolved)
    music_s = sum(step.length_s or 0.0 for step in played)
    between_s = sum(step.gap_s - step.crossfade_s for step in played)
    breaks = [each.number for each in resolved if isinstance(each.entry, BreakEntry)]
    for step, following in itertools.pairwise(played):
        if step.end is End.STOP and not any(step.number < number < following.number for number in breaks):
            between_s += setlist.pause_s
    planned_s = sum(each.entry.length_s for each in resolved if not isinstance(each.entry, SongEntry))
    return Totals(
        songs=sum(isinstance(each.entry, SongEntry) for each in resolved),
        missing=sum(each.missing for each in resolved),
        unknown=sum(step.length_s is None for step in played),
        music_s=music_s,
        whole_s=music_s + between_s + planned_s,
    )
