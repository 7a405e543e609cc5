"""What the commands of ``sidestage setlist`` share: the setlist that is meant, the song that is meant, the warnings."""

from collections.abc import Sequence

import click

from appliance.errors import LibraryError
from appliance.songs.library import LibrarySong, pick
from appliance.songs.setlist import SongEntry
from appliance.songs.setlist_export import title_of
from appliance.songs.setlist_match import candidates
from appliance.songs.setlist_songs import Resolved
from appliance.songs.setlistfile import Stored
from appliance.songs.setlists import Setlists


def none_yet() -> str:
    return "There is no setlist yet. Make one with: sidestage setlist new NAME [SONG]..."


def chosen(setlists: Setlists, name: str | None) -> Stored:
    """The setlist of that name; without a name the active one, or the only one. Raises LibraryError."""
    if name is not None:
        return setlists.find(name)
    active = setlists.active()
    if active is not None:
        return setlists.load(active)
    found, problems = setlists.scan()
    if len(found) == 1:
        return found[0]
    if found:
        raise LibraryError("No setlist is active. Name one, or choose it with: sidestage setlist use NAME")
    raise problems[0] if problems else LibraryError(none_yet())


def new_entry(wanted: str, songs: Sequence[LibrarySong], missing: bool) -> SongEntry:
    """The song of the library that ``wanted`` names; if there is none, a missing one where that is allowed."""
    found = pick(wanted, songs)
    if found is not None:
        return SongEntry(song=found.song.title, slug=found.slug)
    if missing:
        return SongEntry(song=wanted)
    alike = candidates(wanted, songs)
    meant = f" Did you mean {' or '.join(alike)}?" if alike else ""
    raise LibraryError(f"There is no such song in the library.{meant} With --missing it is taken nevertheless.", wanted)


def warn(resolved: Sequence[Resolved]) -> None:
    """What whoever plays this will be told, on standard error."""
    for each in resolved:
        for sentence in each.warnings:
            click.echo(f"{each.number}. {title_of(each)}: {sentence}", err=True)
