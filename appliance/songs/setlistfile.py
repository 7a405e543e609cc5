"""A setlist's file: strict when read, so that a slip of the finger gets a sentence and the path of its key.

How it is written, with a person's comments left in place, is in ``setlist_rewrite.py``.
"""

import difflib
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from appliance.errors import LibraryError, SettingsError
from appliance.settings import sentences
from appliance.songs.setlist import ENTRY_TYPES, End, Entry, Setlist, SetlistHead, check_setlist, content_digest

SUFFIX = ".toml"
MAX_BYTES = 4 << 20
"""Several times the largest setlist that is possible; what is larger is something else."""

OFTEN_MEANT = {
    "after": "end",
    "at_end": "end",
    "comment": "note",
    "crossfade": "crossfade_s",
    "fade": "crossfade_s",
    "folder": "slug",
    "gain_db": "trim_db",
    "mute": "muted",
    "pause": "break",
    "title": "song",
}
"""Words for the same thing that no comparison of letters would find."""


@dataclass(frozen=True)
class Stored:
    """A setlist as it lies on the disk."""

    path: Path
    setlist: Setlist

    @property
    def slug(self) -> str:
        """The file's name without its ending; it never changes while the setlist exists."""
        return self.path.name.removesuffix(SUFFIX)

    @cached_property
    def token(self) -> str:
        """What a save must name to show what it began from.

        The digest is in it because a person who edits the file does not raise the version.
        """
        return f"{self.setlist.version}-{content_digest(self.setlist)}"


def read_setlist(path: Path) -> Stored:
    """The setlist in ``path``. Raises LibraryError when it cannot be read, SettingsError naming the wrong key."""
    return Stored(path, parse_setlist(read_text(path), path.name))


def read_text(path: Path) -> str:
    """The file's text. Raises LibraryError, SettingsError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise LibraryError("There is no such setlist.", path.name.removesuffix(SUFFIX)) from error
    except OSError as error:
        raise LibraryError(f"It cannot be read: {error.strerror}.", str(path)) from error
    if len(data) > MAX_BYTES:
        raise SettingsError("This is too large for a setlist.", path.name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError("Not a text file in UTF-8.", path.name) from error


def parse_setlist(text: str, source: str) -> Setlist:
    """The setlist that TOML describes. Raises SettingsError with the path of the key that is wrong."""
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise SettingsError("Not valid TOML: its lists lie too deep in each other.", source) from error
    except ValueError as error:  # TOMLDecodeError is one; a number of thousands of digits is a bare one
        raise SettingsError(f"Not valid TOML: {error}.", source) from error
    return setlist_from_plain(data, source)


def setlist_from_plain(data: dict[str, Any], source: str) -> Setlist:
    """The setlist of TOML's or JSON's plain types. Raises SettingsError with the path of the key that is wrong."""
    _refuse_unknown(data, [field.encode_name for field in msgspec.structs.fields(Setlist)], "", source)
    raw = data.get("entries", [])
    if not isinstance(raw, list):
        raise SettingsError("Entries are written as [[entries]], one for each.", f"{source}: entries")
    entries = tuple(_entry(each, f"entries[{number}]", source) for number, each in enumerate(raw))
    mastering = data.get("mastering", {})
    if not isinstance(mastering, dict):
        raise SettingsError("Must be a table.", f"{source}: mastering")
    plain_head = {key: value for key, value in data.items() if key not in {"entries", "mastering"}}
    head: SetlistHead = _convert(plain_head, SetlistHead, "", source)
    setlist = Setlist(**msgspec.structs.asdict(head), entries=entries, mastering=mastering)
    check_setlist(setlist, source)
    return setlist


def _entry(raw: object, path: str, source: str) -> Entry:
    if not isinstance(raw, dict):
        raise SettingsError("Must be a table.", f"{source}: {path}")
    kinds = [kind for kind in ENTRY_TYPES if kind in raw]
    if len(kinds) > 1:
        raise SettingsError(f"An entry is one thing: {' or '.join(kinds)}.", f"{source}: {path}")
    if not kinds:
        every = [*ENTRY_TYPES, *(field.name for field in msgspec.structs.fields(ENTRY_TYPES["song"]))]
        _refuse_unknown(raw, every, f"{path}.", source)
        raise SettingsError("An entry needs a song, a break or a text.", f"{source}: {path}")
    chosen = ENTRY_TYPES[kinds[0]]
    _refuse_unknown(raw, [field.encode_name for field in msgspec.structs.fields(chosen)], f"{path}.", source)
    end = raw.get("end", End.STOP)
    if not isinstance(end, str) or end not in list(End):
        raise SettingsError(f"Must be one of {', '.join(End)}, not {end!r}.", f"{source}: {path}.end")
    entry: Entry = _convert(raw, chosen, f"{path}.", source)
    return entry


def _convert(raw: dict[str, Any], struct: Any, prefix: str, source: str) -> Any:
    try:
        return msgspec.convert(raw, struct, strict=True)
    except msgspec.ValidationError as error:
        refused = sentences.from_validation(error, raw, source)
        key = (refused.subject or "").partition(": ")[2]
        raise SettingsError(refused.sentence, f"{source}: {prefix}{key}".removesuffix(".")) from error


def _refuse_unknown(raw: dict[str, Any], known: list[str], prefix: str, source: str) -> None:
    for key in raw:
        if key in known:
            continue
        likely = OFTEN_MEANT.get(key.lower())
        meant = [likely] if likely in known else difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
        sentence = f"Unknown; did you mean {meant[0]}?" if meant else f"Unknown; known here are {', '.join(known)}."
        raise SettingsError(sentence, f"{source}: {prefix}{key}")
