"""What a setlist is: songs in order with what happens at each end, breaks, and texts; and what it must not say."""

import hashlib
import json
import math
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import msgspec

from appliance.errors import SettingsError
from appliance.settings.checks import GAIN_RANGE_DB

MAX_ENTRIES = 500
"""A band that plays for a whole day has fewer."""
MAX_LINE = 200
"""Characters of a name or title: one line on a page."""
MAX_TEXT = 2_000
"""Characters of a note or announcement: a page that somebody reads out."""
MAX_VERSION = 1_000_000_000
MAX_GAP_S = 3_600.0
MAX_CROSSFADE_S = 60.0
MAX_LENGTH_S = 86_400.0

TOML_TYPES = (datetime, date, time)
"""What TOML knows beside JSON's types; only the table of mastering overrides may have them."""


class End(StrEnum):
    """What happens at the end of a song."""

    STOP = "stop"
    """The next song is cued and waits for the footswitch."""
    CONTINUE = "continue"
    """The next song starts by itself, at once."""
    SEGUE = "segue"
    """The next song starts by itself, after a gap or while this one fades."""


class SongEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A song of the library, named by its title and, once it was found there, by its folder."""

    song: str
    slug: str = ""
    """The song's folder in the library; it counts as long as it agrees with the title (setlist_songs.py)."""
    end: End = End.STOP
    gap_s: float = 0.0
    """Silence before the next song; only with ``segue``."""
    crossfade_s: float = 0.0
    """How long this song and the next are heard together; only with ``segue``, and not with ``gap_s``."""
    trim_db: float = 0.0
    muted: tuple[str, ...] = ()
    """Names of stems that are not heard tonight."""
    note: str = ""


class BreakEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The band leaves the stage: playing stops here whatever the song before says."""

    name: str = msgspec.field(name="break")
    length_s: float = 0.0
    note: str = ""


class TextEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An announcement, a heading: shown in its place, and passed over by whatever plays."""

    text: str
    length_s: float = 0.0
    note: str = ""


Entry = SongEntry | BreakEntry | TextEntry
ENTRY_TYPES: dict[str, type[SongEntry] | type[BreakEntry] | type[TextEntry]] = {
    "song": SongEntry,
    "break": BreakEntry,
    "text": TextEntry,
}
"""By the key that tells what an entry is."""


def entry_title(entry: Entry) -> str:
    """What a person calls the entry."""
    match entry:
        case SongEntry():
            return entry.song
        case BreakEntry():
            return entry.name
        case TextEntry():
            return entry.text


class SetlistHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What stands in a setlist's file before its tables."""

    name: str
    version: int = 0
    """Raised with each save; 0 was written by hand."""
    note: str = ""
    pause_s: float = 0.0
    """What the band usually needs between a song that stops and the next; for the total only."""


class Setlist(SetlistHead, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The whole of a setlist's file."""

    entries: tuple[Entry, ...] = ()
    mastering: dict[str, object] = {}
    """Overrides for mastering, as they stand in the file; whoever masters checks them."""


def plain(setlist: Setlist) -> dict[str, Any]:
    """As TOML and JSON have it: no enums, no tuples, nothing that is at its default."""
    built = _plain(setlist)
    if setlist.entries:
        built["entries"] = [_plain(entry) for entry in setlist.entries]
    return built


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    built = msgspec.to_builtins(struct, builtin_types=TOML_TYPES)
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    # msgspec leaves out what is the very object that is the default; a zero from a file is another zero.
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in built.items()
        if value != fields[key].default and value not in ((), {})
    }


def content_digest(setlist: Setlist) -> str:
    """Tells two contents apart; the version does not count, nor do comments in the file."""
    content = {**plain(setlist), "version": 0}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def check_setlist(setlist: Setlist, source: str) -> None:
    """What types cannot say. Raises SettingsError whose subject is ``source`` and the key."""
    for key, sentence in _complaints(setlist):
        raise SettingsError(sentence, f"{source}: {key}")


def _complaints(setlist: Setlist) -> Iterator[tuple[str, str]]:
    yield from _line("name", setlist.name, "A setlist needs a name")
    if not 0 <= setlist.version <= MAX_VERSION:
        yield "version", f"Must be 0 to {MAX_VERSION}."
    yield from _text("note", setlist.note)
    yield from _seconds("pause_s", setlist.pause_s, MAX_GAP_S)
    if len(setlist.entries) > MAX_ENTRIES:
        yield "entries", f"{len(setlist.entries)} entries are too many; a setlist may have {MAX_ENTRIES}."
    for number, entry in enumerate(setlist.entries):
        path = f"entries[{number}]"
        yield from _text(f"{path}.note", entry.note)
        match entry:
            case SongEntry():
                yield from _song(path, entry)
            case BreakEntry():
                yield from _line(f"{path}.break", entry.name, "A break needs a name")
                yield from _seconds(f"{path}.length_s", entry.length_s, MAX_LENGTH_S)
            case TextEntry():
                yield from _text(f"{path}.text", entry.text)
                if not entry.text.strip():
                    yield f"{path}.text", "There is no text."
                yield from _seconds(f"{path}.length_s", entry.length_s, MAX_LENGTH_S)


def _song(path: str, entry: SongEntry) -> Iterator[tuple[str, str]]:
    yield from _line(f"{path}.song", entry.song, "A song needs a title")
    if entry.slug:
        yield from _line(f"{path}.slug", entry.slug, "A folder needs a name")
        if "/" in entry.slug or entry.slug.startswith("."):
            yield f"{path}.slug", "The folder's name alone, as `sidestage songs` lists it."
    yield from _seconds(f"{path}.gap_s", entry.gap_s, MAX_GAP_S)
    yield from _seconds(f"{path}.crossfade_s", entry.crossfade_s, MAX_CROSSFADE_S)
    for key, seconds in (("gap_s", entry.gap_s), ("crossfade_s", entry.crossfade_s)):
        if seconds and entry.end is not End.SEGUE:
            yield f"{path}.{key}", f'Only a segue has one; write end = "segue", or remove this line ("{entry.end}").'
    if entry.gap_s and entry.crossfade_s:
        yield f"{path}.crossfade_s", "A segue has a gap or a crossfade, not both."
    low, high = GAIN_RANGE_DB
    if not math.isfinite(entry.trim_db) or not low <= entry.trim_db <= high:
        yield f"{path}.trim_db", f"Must be {low:g} to {high:g} dB, not {entry.trim_db:g}."
    for number, stem in enumerate(entry.muted):
        yield from _line(f"{path}.muted[{number}]", stem, "A stem needs a name")


def _line(key: str, value: str, sentence: str) -> Iterator[tuple[str, str]]:
    if not value.strip() or len(value) > MAX_LINE or any(_is_control(c) for c in value):
        yield key, f"{sentence} of 1 to {MAX_LINE} characters, all on one line."


def _text(key: str, value: str) -> Iterator[tuple[str, str]]:
    if len(value) > MAX_TEXT:
        yield key, f"{len(value)} characters are too many; {MAX_TEXT} are possible."
    if any(_is_control(c) for c in value if c not in "\n\t"):
        yield key, "There are characters in it that cannot be printed."


def _is_control(character: str) -> bool:
    """Control characters, halves of characters, line separators. No-break spaces are fine: French titles have them."""
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def _seconds(key: str, value: float, most: float) -> Iterator[tuple[str, str]]:
    if not math.isfinite(value) or not 0 <= value <= most:
        yield key, f"Must be 0 to {most:g} seconds, not {value:g}."
