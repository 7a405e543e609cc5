"""``sidestage setlist add``, ``remove`` and ``move``."""

import click
import msgspec

from appliance.commands.setlist_shared import new_entry
from appliance.errors import LibraryError
from appliance.paths import Paths
from appliance.songs.library import Library, fold
from appliance.songs.setlist import BreakEntry, End, Entry, TextEntry, entry_title
from appliance.songs.setlist_songs import pin
from appliance.songs.setlistfile import Stored
from appliance.songs.setlists import Setlists


@click.command()
@click.argument("name")
@click.argument("songs", nargs=-1, metavar="[SONG]...")
@click.option("--at", type=click.IntRange(min=1), metavar="N", help="Put them before entry N instead of at the end.")
@click.option(
    "--end", type=click.Choice([end.value for end in End]), help="What happens at the end of each; stop if not given."
)
@click.option("--gap", "gap_s", type=float, metavar="SECONDS", help="Segue after so much silence.")
@click.option("--crossfade", "crossfade_s", type=float, metavar="SECONDS", help="Segue while this song fades.")
@click.option("--trim", "trim_db", type=float, default=0.0, metavar="DB", help="Louder or softer tonight.")
@click.option("--mute", multiple=True, metavar="STEM", help="Leave this stem out tonight; may be given several times.")
@click.option("--note", default="", help="What the band must know about it.")
@click.option("--break", "break_", metavar="TEXT", help="Add a break of this name, behind the songs.")
@click.option("--text", metavar="TEXT", help="Add an announcement, behind songs and break.")
@click.option("--length", "length_min", type=float, default=0.0, metavar="MINUTES", help="Of the break or text.")
@click.option("--missing", is_flag=True, help="Take songs too that are not in the library yet.")
@click.pass_obj
def add(
    paths: Paths, name: str, songs: tuple[str, ...], at: int | None, end: str | None, gap_s: float | None,
    crossfade_s: float | None, trim_db: float, mute: tuple[str, ...], note: str, break_: str | None, text: str | None,
    length_min: float, missing: bool,
) -> None:  # fmt: skip
    """Add songs, a break or an announcement to a setlist."""
    if not songs and break_ is None and text is None:
        raise click.UsageError("Name a song, or give --break or --text.")
    setlists = Setlists(paths.setlists)
    stored = setlists.find(name)
    found = Library(paths.library).songs()
    chosen_end = End(end) if end else End.SEGUE if gap_s is not None or crossfade_s is not None else End.STOP
    added: list[Entry] = [
        msgspec.structs.replace(
            new_entry(song, found, missing), end=chosen_end, gap_s=gap_s or 0.0, crossfade_s=crossfade_s or 0.0,
            trim_db=trim_db, muted=mute, note=note,
        )
        for song in songs
    ]  # fmt: skip
    note_left = "" if songs else note
    if break_ is not None:
        added.append(BreakEntry(name=break_, length_s=length_min * 60, note=note_left))
    if text is not None:
        added.append(TextEntry(text=text, length_s=0.0 if break_ is not None else length_min * 60, note=note_left))
    entries = list(stored.setlist.entries)
    place = len(entries) if at is None else min(at - 1, len(entries))
    entries[place:place] = added
    saved = _save(paths, setlists, stored, entries)
    where = f"{place + 1}" if len(added) == 1 else f"{place + 1} to {place + len(added)}"
    click.echo(f"{saved.setlist.name}: added as {where} of {len(entries)}.")


@click.command()
@click.argument("name")
@click.argument("which", nargs=-1, required=True, metavar="N|TITLE...")
@click.pass_obj
def remove(paths: Paths, name: str, which: tuple[str, ...]) -> None:
    """Take entries out of a setlist: by their numbers as `show` lists them, or by their titles."""
    setlists = Setlists(paths.setlists)
    stored = setlists.find(name)
    places = {_place(each, stored) for each in which}
    entries = [entry for place, entry in enumerate(stored.setlist.entries) if place not in places]
    saved = _save(paths, setlists, stored, entries)
    titles = ", ".join(entry_title(stored.setlist.entries[place]) for place in sorted(places))
    click.echo(f"{saved.setlist.name}: {titles} removed; {len(entries)} left.")


@click.command()
@click.argument("name")
@click.argument("which", metavar="N|TITLE")
@click.argument("to", type=click.IntRange(min=1), metavar="TO")
@click.pass_obj
def move(paths: Paths, name: str, which: str, to: int) -> None:
    """Move an entry of a setlist, so that it becomes number TO."""
    setlists = Setlists(paths.setlists)
    stored = setlists.find(name)
    entries = list(stored.setlist.entries)
    moved = entries.pop(_place(which, stored))
    place = min(to - 1, len(entries))
    entries.insert(place, moved)
    saved = _save(paths, setlists, stored, entries)
    click.echo(f"{saved.setlist.name}: {entry_title(moved)} is {place + 1} of {len(entries)}.")


def _save(paths: Paths, setlists: Setlists, stored: Stored, entries: list[Entry]) -> Stored:
    changed = msgspec.structs.replace(stored.setlist, entries=tuple(entries))
    return setlists.save(stored.slug, pin(changed, Library(paths.library)), stored.token)


def _place(which: str, stored: Stored) -> int:
    """The entry's index. A number is a place, unless an entry is called so. Raises LibraryError."""
    entries = stored.setlist.entries
    key = fold(which)
    exact = [place for place, entry in enumerate(entries) if fold(entry_title(entry)) == key]
    if not exact and which.isascii() and which.isdigit() and 1 <= int(which) <= len(entries):
        return int(which) - 1
    begun = [place for place, entry in enumerate(entries) if key and fold(entry_title(entry)).startswith(key)]
    found = exact or ([] if which.isdigit() else begun)
    if not found:
        raise LibraryError(f"{stored.setlist.name} has {len(entries)} entries, and none of this name.", which)
    if len(found) > 1:
        candidates = ", ".join(f"{place + 1}. {entry_title(entries[place])}" for place in found)
        raise LibraryError(f"Several entries could be meant: {candidates}. Give the number.", which)
    return found[0]
