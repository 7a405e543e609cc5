"""song.toml: what a person may read and correct about a song.

Strict when read (a slip of the finger gets a sentence, not a silent default), gentle when written: a rewrite changes
the values that changed and leaves a person's comments and order alone.
"""

import math
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import AoT, Table

from appliance.errors import LibraryError, SettingsError
from appliance.songs.model import MAX_CHANNELS, Role, Song, Stem
from appliance.storage import write_bytes

SONG_FILE = "song.toml"
MAX_GAIN_DB = 24.0
MAX_OFFSET_LU = 12.0

INTRODUCTION = f"""\
What is known about this song. Correct whatever is wrong and save: it is prepared anew when it is next imported,
played, rendered or measured.
Each stem has a role: {", ".join(f'"{role}"' for role in Role)}. Only "track" can ever reach the audience.
"file" and "channels" (counted from 1) say where a stem lies below originals/, "gain_db" makes it louder or softer,
side = "left" or "right" puts a mono stem on that side only, "reason" tells why the importer chose the role.
offset_lu = -3.0 beside the title means that this song is to be 3 LU quieter than the others (mastering keeps to it).
A section is added like this:
  [[sections]]
  name = "verse"
  start_s = 12.5\
"""


def read_song(path: Path) -> Song:
    """The song of a song.toml. Raises LibraryError when it cannot be read, SettingsError naming the wrong key."""
    try:
        text = path.read_bytes().decode()
        data = tomllib.loads(text)
    except FileNotFoundError as error:
        raise LibraryError("There is no song.toml.", str(path)) from error
    except OSError as error:
        raise LibraryError(f"It cannot be read: {error.strerror}.", str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"This is not TOML: {error}.", str(path)) from error
    try:
        song = msgspec.convert(data, Song, strict=True)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$")
        raise SettingsError(f"{sentence}.", f"{path}: {place.rstrip('`').lstrip('.') or 'top'}") from error
    check_song(song, path)
    return song


def check_song(song: Song, path: Path) -> None:
    """What types cannot say. Raises SettingsError naming the key."""

    def refuse(key: str, sentence: str) -> SettingsError:
        return SettingsError(sentence, f"{path}: {key}")

    if not song.title.strip():
        raise refuse("title", "A song needs a title.")
    if not song.stems:
        raise refuse("stems", "A song needs a stem.")
    if not abs(song.offset_lu) <= MAX_OFFSET_LU:
        raise refuse("offset_lu", f"An offset is from {-MAX_OFFSET_LU:g} to {MAX_OFFSET_LU:g} LU.")
    total = sum(len(stem.channels) for stem in song.stems)
    if total > MAX_CHANNELS:
        raise refuse("stems", f"{total} channels are too many; a song may have {MAX_CHANNELS}.")
    for number, stem in enumerate(song.stems):
        _check_stem(stem, f"stems[{number}]", refuse)
    starts = [section.start_s for section in song.sections]
    for number, start_s in enumerate(starts):
        if not math.isfinite(start_s) or start_s < 0:
            raise refuse(f"sections[{number}].start_s", "A section begins at 0 seconds or later.")
        if number and start_s <= starts[number - 1]:
            raise refuse(f"sections[{number}].start_s", "Sections stand in the order in which they are played.")


def _check_stem(stem: Stem, key: str, refuse: Any) -> None:
    place = PurePosixPath(stem.file)
    if not stem.file or place.is_absolute() or ".." in place.parts or "\0" in stem.file:
        raise refuse(f"{key}.file", "A stem's file lies below the song's originals folder.")
    if not 1 <= len(stem.channels) <= 2 or min(stem.channels) < 1 or len(set(stem.channels)) != len(stem.channels):
        raise refuse(f"{key}.channels", "A stem has one or two different channels, counted from 1.")
    if stem.side is not None and len(stem.channels) != 1:
        raise refuse(f"{key}.side", "A stem of two channels has both sides; only one of a single channel can have one.")
    if not math.isfinite(stem.gain_db) or stem.gain_db > MAX_GAIN_DB:
        raise refuse(f"{key}.gain_db", f"A gain is at most {MAX_GAIN_DB:g} dB.")


def write_song(path: Path, song: Song) -> None:
    """Write song.toml in one step; an existing file keeps its comments. Raises StorageError, SettingsError."""
    check_song(song, path)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
        for line in INTRODUCTION.splitlines():
            document.add(tomlkit.comment(line))
        document.add(tomlkit.nl())
    except (tomlkit.exceptions.ParseError, UnicodeDecodeError) as error:
        raise SettingsError(f"This is not TOML: {error}.", str(path)) from error
    values: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(song))  # as TOML has it: no tuples, no enums
    for key in ("stems", "sections"):
        _merge_tables(document, key, values.pop(key, []))
    _merge(document, values, {"title", "artist", "order", "offset_lu"})
    write_bytes(path, tomlkit.dumps(document).encode())


def _merge(table: Any, values: dict[str, Any], known: set[str]) -> None:
    for key in known - values.keys():
        table.pop(key, None)
    for key, value in values.items():
        if table.get(key) != value:
            table[key] = value


def _merge_tables(document: tomlkit.TOMLDocument, key: str, rows: list[dict[str, Any]]) -> None:
    """Bring an array of tables to ``rows``: tables that stay keep their comments."""
    present = document.get(key)
    tables: list[Table] = list(present) if isinstance(present, AoT) else []
    for table, row in zip(tables, rows, strict=False):
        _merge(table, row, set(table.keys()))
    if len(tables) == len(rows):
        return
    merged = tomlkit.aot()
    for number, row in enumerate(rows):
        table = tables[number] if number < len(tables) else tomlkit.table()
        _merge(table, row, set(table.keys()))
        merged.append(table)
    if key in document:
        document.remove(key)
    if rows:
        if not tomlkit.dumps(document).endswith("\n\n"):
            document.add(tomlkit.nl())
        document.append(key, merged)
