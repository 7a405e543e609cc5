"""A setlist from plain text, as a band writes it: one title per line, with whatever stands around the titles.

What a line says is found out from the outside in: numbers in front, durations and keys behind. The library decides in
doubt: "24 Hours" is not number 24 where the library has a song of that title.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.errors import SettingsError
from appliance.songs.library import LibrarySong, fold
from appliance.songs.setlist import MAX_LINE, MAX_TEXT, BreakEntry, Entry, SongEntry, TextEntry
from appliance.songs.setlist_match import by_artist, by_likeness, candidates, loose, the_one

MAX_TEXT_BYTES = 1 << 20
BREAKS = frozenset({"break", "intermission", "interval", "pause", "pausa", "entracte", "intervallo", "pauze", "umbau"})
HEADINGS = re.compile(r"(set|teil|part|block|partie|parte) ?\d{1,2}|encores?|zugaben?|rappels?|bis|setlist|set list")
_NUMBER = re.compile(
    r"^(?:[#(]?\d{1,3}(?:\s*[.):]|\s*[-\u2013\u2014]|\s+-)|[A-Z]?\d{1,2}\s+[-\u2013\u2014]|[-*•·]|#\d{1,3})\s*(?=\S)"
)
_NOTHING_BUT_NUMBER = re.compile(r"\W*\d{0,3}\W*")
_BARE_NUMBER = re.compile(r"^(\d{1,3})\s+(?=\S)")
_DURATION = re.compile(r"[\s,;|\u2013\u2014-]*[(\[]?\b\d{1,2}[:'\u2032]\d{2}(?:\"|\u2033|'')?(?:\s*min)?[)\]]?\s*$")
_KEY_WORDS = r"(?:key|tonart|ton|in|bpm|tempo|capo|kapo)"
_KEY = re.compile(
    rf"\s*[(\[]\s*((?:{_KEY_WORDS}\W*)?(?:[A-Ha-h](?:#|b|♯|♭|is|es|s)?"
    r"(?:\s?-?(?:m|min|maj|minor|major|moll|dur|mineur|majeur))?"
    r"|\d{2,3}(?:\s?bpm)?|capo\s?\d))\s*[)\]]\s*$",
    re.IGNORECASE,
)


_DASHED = re.compile(r"[-\u2013\u2014=*]{2,}.*[^-\u2013\u2014=*].*[-\u2013\u2014=*]{2,}")
_MINUTES = re.compile(r"(?<=\S)[\s,;:(\[\u2013\u2014-]+(\d{1,3})\s?(?:min\w*\.?|m|'|\u2032)$", re.IGNORECASE)
_BREAK_REST = re.compile(r"[-\u2013\u2014:,( ]*(\d{1,3})?[ ]?(min\w*\.?|m|'|\u2032)?")
"""``Pause``, ``break 20 min``, ``Pause 2``; a song called "Break My Heart" is none."""


class How(StrEnum):
    """How a line was understood."""

    EXACT = "exact"
    SIMILAR = "similar"
    MISSING = "missing"
    BREAK = "break"
    TEXT = "text"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Line:
    """What became of a line that is not blank."""

    number: int
    """Counted from 1, as an editor does."""
    text: str
    how: How
    entry: Entry | None
    candidates: tuple[str, ...] = ()
    """Titles that a missing song might be."""


def decode_text(data: bytes, source: str) -> str:
    """Text from a phone, a Mac or an old Windows. Raises SettingsError for what is no text."""
    if len(data) > MAX_TEXT_BYTES:
        raise SettingsError("This is too large for a setlist.", source)
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f\v" for c in text):
            return text
    raise SettingsError("This is not a text file.", source)


def import_text(text: str, songs: Sequence[LibrarySong], source: str = "text") -> list[Line]:
    """Every line that is not blank, in order. Nothing is dropped in silence.

    A title that the library does not have becomes a missing song: it is found by itself once it is imported. Raises
    SettingsError for a line that is longer than any setlist has.
    """
    lines: list[Line] = []
    place = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in raw).split())
        if not line:
            continue
        if len(line) > MAX_TEXT:
            raise SettingsError(f"This line is too long: {len(line)} characters.", f"{source}: line {number}")
        read = _read_line(number, line, songs, place + 1)
        place += isinstance(read.entry, SongEntry)
        lines.append(read)
    return lines


def _read_line(number: int, line: str, songs: Sequence[LibrarySong], place: int) -> Line:
    exact = the_one(line, songs, fold)
    if exact is not None:
        return Line(number, line, How.EXACT, _entry(exact))
    if re.match(r"#\s", line) or not any(c.isalnum() for c in line):
        return Line(number, line, How.LEFT_OUT, None)
    between = _between_songs(line)
    if between is not None:
        return Line(number, line, How.BREAK if isinstance(between, BreakEntry) else How.TEXT, between)
    return _read_song(number, line, songs, place)


def _between_songs(line: str) -> BreakEntry | TextEntry | None:
    if line.startswith(">") or len(line) > MAX_LINE:
        return TextEntry(text=line.lstrip("> "))
    bare = line.strip("-\u2013\u2014=*_~#[]()<>.: ")
    words = fold(bare).split()
    if HEADINGS.fullmatch(fold(bare)):
        return TextEntry(text=bare)
    if (
        words and words[0].rstrip(":,;.") in BREAKS and _BREAK_REST.fullmatch(" ".join(words[1:]))
    ) or _DASHED.fullmatch(line):
        minutes = _MINUTES.search(bare)
        name = (bare[: minutes.start()] if minutes else bare).rstrip(" ,;:-\u2013\u2014([")
        return BreakEntry(name=name, length_s=int(minutes[1]) * 60.0 if minutes else 0.0)
    return None


def _read_song(number: int, line: str, songs: Sequence[LibrarySong], place: int) -> Line:
    title, note = _without_tail(line)
    inner = _NUMBER.sub("", title, count=1)
    counted = _BARE_NUMBER.match(inner)
    bare = inner[counted.end() :] if counted else inner
    variants = list(dict.fromkeys(each for each in (title, inner, bare) if each))
    for same in (fold, loose):
        for variant in variants:
            if found := the_one(variant, songs, same):
                return Line(number, line, How.EXACT if same is fold else How.SIMILAR, _entry(found, note))
    for variant in reversed(variants):
        if found := by_artist(variant, songs) or by_likeness(variant, songs):
            return Line(number, line, How.SIMILAR, _entry(found, note))
    # A bare number is one that was counted: "03 Night Drive", or the third song's "3 Night Drive"; not "24 Hours".
    kept = bare if counted and (counted[1].startswith("0") or int(counted[1]) == place) else inner
    return Line(number, line, How.MISSING, SongEntry(song=kept or line, note=note), candidates(kept, songs))


def _without_tail(line: str) -> tuple[str, str]:
    """The line without durations and keys behind it; keys are for the band, so they become the note."""
    notes: list[str] = []
    while True:
        if found := _DURATION.search(line):
            shorter = line[: found.start()]
        elif found := _KEY.search(line):
            shorter = line[: found.start()]
            notes.insert(0, found[1].strip())
        else:
            return line, ", ".join(notes)
        if _NOTHING_BUT_NUMBER.fullmatch(shorter):  # the title itself looks like one: "4:33"
            return line, ", ".join(notes)
        line = shorter.rstrip(" \t-\u2013\u2014|,;")


def _entry(song: LibrarySong, note: str = "") -> SongEntry:
    return SongEntry(song=song.song.title, slug=song.slug, note=note)
