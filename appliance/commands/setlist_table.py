"""A setlist as the command line shows it: rows of a table, and plain types for scripts."""

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from appliance.songs.setlist import BreakEntry, End, Setlist, SongEntry, plain
from appliance.songs.setlist_export import title_of
from appliance.songs.setlist_songs import Resolved, steps, totals
from appliance.songs.setlistfile import Stored
from appliance.units import clock

WIDE = 240


def console() -> Console:
    """A terminal as wide as it is; a pipe or file as wide as the tables need."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def row(each: Resolved) -> tuple[str, ...]:
    entry, title, number = each.entry, escape(title_of(each)), str(each.number)
    length = "" if not each.length_s else clock(each.length_s)
    if not isinstance(entry, SongEntry):
        shown = f"[bold]--- {title} ---[/]" if isinstance(entry, BreakEntry) else f"[italic]{title}[/]"
        return number, shown, length, "", "", escape(entry.note)
    if each.missing:
        title, length = f"{title} [red]missing[/]", "?"
    tonight = [f"{entry.trim_db:+.1f} dB"] if entry.trim_db else []
    tonight += [f"without {escape(', '.join(entry.muted))}"] if entry.muted else []
    return number, title, length or "?", _end(entry), "; ".join(tonight), escape(entry.note)


def _end(entry: SongEntry) -> str:
    if entry.end is not End.SEGUE:
        return entry.end.value
    return f"segue, {entry.crossfade_s:g} s crossfade" if entry.crossfade_s else f"segue after {entry.gap_s:g} s"


def head(stored: Stored) -> dict[str, Any]:
    return {
        "name": stored.setlist.name,
        "slug": stored.slug,
        "file": str(stored.path),
        "version": stored.setlist.version,
        "token": stored.token,
    }


def sums(setlist: Setlist, resolved: list[Resolved]) -> dict[str, Any]:
    sums: dict[str, Any] = msgspec.to_builtins(totals(setlist, resolved))
    return sums


def plain_setlist(stored: Stored, resolved: list[Resolved]) -> dict[str, Any]:
    """The file's own keys; of each entry also what the library says, and of a song what happens at its end tonight."""
    content = plain(stored.setlist)
    effective = {step.number: step.end.value for step in steps(resolved)}
    content["entries"] = [
        {
            "number": each.number,
            **entry,
            "missing": each.missing,
            "folder": each.song.slug if each.song else None,
            "length_s": each.length_s,
            "effective_end": effective.get(each.number),
            "warnings": list(each.warnings),
        }
        for each, entry in zip(resolved, content.get("entries", []), strict=True)
    ]
    return {**head(stored), **content, **sums(stored.setlist, resolved)}
