"""A setlist's file rewritten: values change, a person's comments and order stay, and a comment moves with its entry.

A comment belongs to an entry when it stands within it, or directly above its ``[[entries]]``. tomlkit counts the latter
to the table before, so it is handed over here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import AoT, Item, Table, Whitespace

from appliance.errors import SettingsError
from appliance.songs.setlist import ENTRY_TYPES, End, Setlist, SetlistHead, content_digest, plain
from appliance.songs.setlistfile import parse_setlist

INTRODUCTION = f"""\
# A setlist. Correct whatever is wrong and save; docs/setlists.md explains every line.
# An entry is a song, a break or a text. At its end a song does one of: {", ".join(End)};
# a segue has gap_s or crossfade_s, in seconds. A song is found by its title; slug is its folder in the library.

name = ""
"""


def setlist_text(setlist: Setlist, previous: str | None = None) -> str:
    """The file's new content; ``previous`` is what it holds now. It reads back as ``setlist``, whatever was there."""
    wanted = plain(setlist)
    text = None if previous is None else _rewritten(previous, wanted)
    # Whatever TOML allows and this does not foresee costs the comments, never an entry.
    if text is None or not _says(text, setlist):
        text = _rewritten(INTRODUCTION, wanted)
    assert text is not None  # noqa: S101 - the introduction above is TOML
    return text


def _says(text: str, setlist: Setlist) -> bool:
    try:
        read = parse_setlist(text, "")
    except SettingsError:
        return False
    return read.version == setlist.version and content_digest(read) == content_digest(setlist)


def _rewritten(previous: str, wanted: dict[str, Any]) -> str | None:
    windows = "\r\n" in previous
    try:
        lines = previous.replace("\r\n", "\n")
        document = tomlkit.parse(lines if lines.endswith("\n") else f"{lines}\n")
    except tomlkit.exceptions.TOMLKitError:
        return None
    values = dict(wanted)
    entries, mastering = values.pop("entries", []), values.pop("mastering", {})
    added = {key: values.pop(key) for key in list(values) if key not in document}
    _merge(document, values, _defaults(SetlistHead))
    _add_to_head(document, added)
    _merge_entries(document, entries)
    if mastering or "mastering" in document:
        _merge_table(document, "mastering", mastering)
    text = tomlkit.dumps(document)
    return text.replace("\n", "\r\n") if windows else text


def _add_to_head(document: tomlkit.TOMLDocument, values: dict[str, Any]) -> None:
    """New keys go below those that are there, and not between the first table and the comment above it."""
    last = None
    for key, item in document.body:
        if isinstance(item, Table | AoT):
            break
        if key is not None:
            last = item
    for name, value in values.items():
        if last is None:
            document.append(name, value)
        else:
            last.trivia.trail += f"{name} = {tomlkit.item(value).as_string()}\n"


def _defaults(struct: Any) -> dict[str, Any]:
    """By key, without those that have none."""
    fields = msgspec.structs.fields(struct)
    defaults = {f.encode_name: f.default for f in fields if f.default is not msgspec.NODEFAULT}
    return {key: list(value) if value == () else value for key, value in defaults.items()}


def _merge(table: Any, values: dict[str, Any], defaults: dict[str, Any]) -> None:
    for key, default in defaults.items():
        if key in table and key not in values and table[key] != default:
            table.remove(key)
    for key, value in values.items():
        if key not in table or table[key] != value:
            table[key] = value


def _merge_table(parent: Any, key: str, values: dict[str, Any]) -> None:
    present = parent.get(key)
    if not isinstance(present, Table):
        if present is not None:
            parent.remove(key)
        table = tomlkit.item(values)
        table.trivia.indent = "\n"
        parent.append(key, table)
        return
    for name in [name for name in present if name not in values]:
        present.remove(name)
    for name, value in values.items():
        if isinstance(value, dict):
            _merge_table(present, name, value)
        # As text, because to Python 1, 1.0 and true are the same, and to TOML they are not.
        elif name not in present or repr(_unwrapped(present[name])) != repr(value):
            present[name] = value


def _unwrapped(value: Any) -> Any:
    return value.unwrap() if isinstance(value, Item) else value


@dataclass
class _Piece:
    """One ``[[entries]]`` with the blank lines and the comment above it."""

    table: Table
    blank: str
    comment: str


def _merge_entries(document: tomlkit.TOMLDocument, rows: list[dict[str, Any]]) -> None:
    present = document.get("entries")
    if not isinstance(present, AoT):
        if (present or []) == rows:
            return
        if present is not None:
            document.remove("entries")
        if rows:
            tables = [_filled(tomlkit.table(), row) for row in rows]
            for table in tables:
                table.trivia.indent = "\n"
            document.append("entries", AoT(tables, name="entries", parsed=True))
        return
    body: list[tuple[Any, Item]] = document.body
    at = next(number for number, (key, _) in enumerate(body) if key is not None and key.key == "entries")
    pieces, tail = _pieces(body, at, list(present))
    chosen = [
        _Piece(_filled(tomlkit.table(), row), "\n", "") if number is None else _renewed(pieces[number], row)
        for row, number in zip(rows, _partners([dict(p.table.unwrap()) for p in pieces], rows), strict=True)
    ]
    for number, piece in enumerate(chosen):
        blank = "" if number == 0 else piece.blank or ("" if _is_dense(pieces) else "\n")
        piece.table.trivia.indent = blank + piece.comment
    if not chosen:
        body[at] = (None, Whitespace(tail))
        return
    chosen[-1].table.value.body.append((None, Whitespace(tail)))
    body[at] = (body[at][0], AoT([piece.table for piece in chosen], name="entries", parsed=True))


def _pieces(body: list[tuple[Any, Item]], at: int, tables: list[Table]) -> tuple[list[_Piece], str]:
    """The tables, each with what stands above it; and what stands below the last."""
    first = at
    while first and body[first - 1][0] is None:
        first -= 1
    above = "".join(item.as_string() for _, item in body[first:at])
    stays, blank, comment = _split(above)
    for number in range(first, at):  # emptied, not removed: the document knows its keys by their places
        body[number] = (None, Whitespace(stays + blank if number == first else ""))
    pieces = []
    for table in tables:
        pieces.append(_Piece(table, blank, comment))
        stays, blank, comment = _split(_take_trailing(table))
        if stays:
            table.value.body.append((None, Whitespace(stays)))
    if pieces:
        pieces[0].blank = ""
    return pieces, blank + comment


def _take_trailing(table: Table) -> str:
    body = table.value.body
    taken = []
    while body and body[-1][0] is None:
        taken.append(body.pop()[1].as_string())
    return "".join(reversed(taken))


def _split(text: str) -> tuple[str, str, str]:
    """What belongs to the table above, the blank lines, and the comment that stands directly above the next table."""
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    start = end
    while start and not lines[start - 1].strip():
        start -= 1
    return "".join(lines[:start]), "".join(lines[start:end]), "".join(lines[end:])


def _is_dense(pieces: list[_Piece]) -> bool:
    """Whether the person leaves no blank lines between entries."""
    return len(pieces) > 1 and not any(piece.blank for piece in pieces)


def _filled(table: Table, row: dict[str, Any]) -> Table:
    for key, value in row.items():
        table.append(key, value)
    return table


def _renewed(piece: _Piece, row: dict[str, Any]) -> _Piece:
    kind = next(kind for kind in ENTRY_TYPES if kind in row)
    _merge(piece.table, row, _defaults(ENTRY_TYPES[kind]))
    return piece


def _partners(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[int | None]:
    """For each new entry the old one that it continues, so that comments go where their entry goes."""
    partners: list[int | None] = [None] * len(new)
    free = dict.fromkeys(range(len(old)))
    for keys_of in (_everything, _identity, _title):
        places: dict[object, list[int]] = {}
        for number in free:
            for key in keys_of(old[number]):
                places.setdefault(key, []).append(number)
        for number, row in enumerate(new):
            if partners[number] is not None:
                continue
            found = next((n for key in keys_of(row) for n in places.get(key, []) if n in free), None)
            if found is not None:
                partners[number] = found
                del free[found]
    for number, row in enumerate(new):  # a corrected title in the same place
        if partners[number] is None and number in free and _kind(old[number]) == _kind(row):
            partners[number] = number
            del free[number]
    return partners


def _kind(row: dict[str, Any]) -> str:
    return next(kind for kind in ENTRY_TYPES if kind in row)


def _everything(row: dict[str, Any]) -> Iterator[object]:
    yield repr(sorted(row.items()))


def _identity(row: dict[str, Any]) -> Iterator[object]:
    yield _kind(row), row[_kind(row)], row.get("slug", "")


def _title(row: dict[str, Any]) -> Iterator[object]:
    yield _kind(row), row[_kind(row)]
    if row.get("slug"):
        yield "slug", row["slug"]
