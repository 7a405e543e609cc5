"""A setlist for other people: plain text that can be imported again, and a table for a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from appliance.songs.setlist import BreakEntry, Setlist, SongEntry, entry_title
from appliance.songs.setlist_songs import Resolved, totals
from appliance.units import clock

COLUMNS = (
    "number", "kind", "title", "artist", "slug", "length_s", "end", "gap_s", "crossfade_s", "trim_db", "muted", "note",
    "state",
)  # fmt: skip

FORMULA_SIGNS = ("=", "+", "-", "@")
"""A spreadsheet would calculate a title that begins so; an apostrophe in front makes it text."""


def title_of(resolved: Resolved) -> str:
    """What the entry is called: the library's title where the song is there, else what the file says."""
    return resolved.song.song.title if resolved.song else entry_title(resolved.entry)


def summary(setlist: Setlist, resolved: Sequence[Resolved]) -> str:
    """``12 songs, 48:10 of music, 1:01:00 in all``, and what is not known."""
    sums = totals(setlist, resolved)
    parts = [f"{sums.songs} song{'' if sums.songs == 1 else 's'}", f"{long_clock(sums.music_s)} of music"]
    if round(sums.whole_s) != round(sums.music_s):
        parts.append(f"{long_clock(sums.whole_s)} in all")
    if sums.missing:
        parts.append(f"{sums.missing} missing")
    if sums.unknown:
        parts.append(f"{sums.unknown} of unknown length")
    return ", ".join(parts)


def long_clock(duration_s: float) -> str:
    """``3:07``, or ``1:03:07`` from an hour on."""
    hours, rest = divmod(round(duration_s), 3_600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours > 0 else clock(round(duration_s))


def as_text(setlist: Setlist, resolved: Sequence[Resolved]) -> str:
    """One line for each entry, as ``import_text`` reads it; the first is a heading that it passes over."""
    lines = [f"# {setlist.name}: {summary(setlist, resolved)}"]
    count = 0
    for each in resolved:
        title = title_of(each)
        if isinstance(each.entry, SongEntry):
            count += 1
            lines.append(f"{count}. {title}" + (f"  {clock(each.length_s)}" if each.length_s is not None else ""))
        elif isinstance(each.entry, BreakEntry):
            minutes = round(each.entry.length_s / 60)
            lines.append(f"--- {title}, {minutes} min ---" if minutes else f"--- {title} ---")
        else:
            lines += [f"> {line}" for line in title.splitlines() if line.strip()]
    return "\n".join(lines) + "\n"


def as_csv(resolved: Sequence[Resolved]) -> str:
    """A row for each entry under a row of COLUMNS; lengths in seconds, levels in dB."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in resolved:
        entry, kind = each.entry, "text"
        song: list[object] = ["", "", "", "", ""]
        artist = slug = state = ""
        if isinstance(entry, SongEntry):
            kind = "song"
            state = "missing" if each.missing else "in the library"
            artist = each.song.song.artist if each.song else ""
            slug = each.song.slug if each.song else entry.slug
            song = [entry.end.value, entry.gap_s, entry.crossfade_s, entry.trim_db, _safe(", ".join(entry.muted))]
        elif isinstance(entry, BreakEntry):
            kind = "break"
        length = "" if each.length_s is None else round(each.length_s, 3)
        row = [each.number, kind, _safe(title_of(each)), _safe(artist), _safe(slug), length, *song, _safe(entry.note)]
        writer.writerow([*row, state])
    return file.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) else text
