"""The library: one folder per song, found by its title, and never half a song.

<library>/<slug>/song.toml               what a person may correct
                 originals/              what was delivered, byte for byte
                 originals.sha256        its digests (``sha256sum -c originals.sha256``)
                 prepared-48000.song     what the engine plays
                 measured-48000.json     what mastering found
                 mastered-48000.json     what it decided: how the engine is to play it
<library>/.incoming-*/                   an import that is running, or was interrupted; not part of the library
<library>/.lock                          held for the moment in which a song is added
"""

import contextlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import LibraryError, SidestageError
from appliance.songs.identity import identity, read_digests
from appliance.songs.locking import locked, try_lock
from appliance.songs.model import Song
from appliance.songs.songfile import SONG_FILE, read_song
from appliance.storage import publish_folder, storage_errors

INCOMING_PREFIX = ".incoming-"
LOCK_FILE = ".lock"
MAX_SLUG = 80
"""Characters of a folder's name; far below every file system's 255 bytes."""


@dataclass(frozen=True)
class LibrarySong:
    """A song in the library."""

    folder: Path
    song: Song

    @property
    def slug(self) -> str:
        return self.folder.name

    def prepared(self, rate_hz: int) -> Path:
        """Where the prepared song of that rate lies; it may be missing or out of date."""
        return prepared_path(self.folder, rate_hz)


def prepared_path(folder: Path, rate_hz: int) -> Path:
    return folder / f"prepared-{rate_hz}.song"


def fold(text: str) -> str:
    """For comparing: without case, accents and the differences between ways to write the same letter."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def slugify(title: str, otherwise: str = "song") -> str:
    """A folder's name that every file system takes: ``Été à Nice`` becomes ``ete-a-nice``."""
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:MAX_SLUG].strip("-") or otherwise


def pick(wanted: str, songs: Sequence[LibrarySong]) -> LibrarySong | None:
    """By title or slug, else by the beginning of either, where only one song begins so; None where there is none.

    Case and accents do not matter. Raises LibraryError when there are several.
    """
    key = fold(wanted)
    exact = [each for each in songs if key in (fold(each.song.title), each.slug)]
    found = exact or [s for s in songs if key and (fold(s.song.title).startswith(key) or s.slug.startswith(key))]
    if len(found) > 1:
        candidates = ", ".join(f"{each.song.title} [{each.slug}]" for each in found)
        raise LibraryError(f"Several songs could be meant: {candidates}.", wanted)
    return found[0] if found else None


class Library:
    """The songs below one folder. The folder is made when something is added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def scan(self) -> tuple[list[LibrarySong], list[SidestageError]]:
        """Songs in order of their number, then title; and what is wrong with those that cannot be read."""
        songs, problems = [], []
        for folder in self._folders():
            try:
                songs.append(LibrarySong(folder, read_song(folder / SONG_FILE)))
            except SidestageError as error:
                problems.append(error)
        songs.sort(key=lambda each: (each.song.order is None, each.song.order or 0, fold(each.song.title), each.slug))
        return songs, problems

    def songs(self) -> list[LibrarySong]:
        """The readable songs in order."""
        return self.scan()[0]

    def find(self, wanted: str) -> LibrarySong:
        """The song that ``pick`` finds. Raises LibraryError when there is none or several."""
        found = pick(wanted, self.songs())
        if found is None:
            raise LibraryError("There is no such song in the library.", wanted)
        return found

    def identities(self) -> dict[str, Path]:
        """Digest of the originals -> folder, for every song whose list of originals can be read."""
        known = {}
        for folder in self._folders():
            with contextlib.suppress(LibraryError):
                known[identity(read_digests(folder))] = folder
        return known

    def titles(self) -> set[str]:
        """The folded titles of all songs."""
        return {fold(each.song.title) for each in self.songs()}

    @contextlib.contextmanager
    def incoming(self) -> Iterator[Path]:
        """A folder for an import in progress; whatever is still in it afterwards is removed.

        What interrupted imports left is removed on the way in and out. Raises StorageError.
        """
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / LOCK_FILE):
                self._clean()
                staging = Path(tempfile.mkdtemp(prefix=INCOMING_PREFIX, dir=self.folder))
                holder = try_lock(staging)
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            if holder is not None:
                os.close(holder)
            # Again, because a killed import's workers may have been writing on while the first round swept.
            with contextlib.suppress(OSError), locked(self.folder / LOCK_FILE):
                self._clean()

    @contextlib.contextmanager
    def adding(self) -> Iterator[None]:
        """Hold the library while a title and folder are chosen and the song is published. Raises StorageError."""
        with storage_errors(self.folder), locked(self.folder / LOCK_FILE):
            yield

    def free_slug(self, title: str) -> str:
        """The title's slug, with ``-2``, ``-3`` ... where taken. Call within ``adding``."""
        base = slugify(title)
        number, slug = 1, base
        while os.path.lexists(self.folder / slug):
            number += 1
            slug = f"{base}-{number}"
        return slug

    def publish(self, staged: Path, slug: str) -> Path:
        """Make a finished song folder part of the library in one step. Raises StorageError."""
        target = self.folder / slug
        publish_folder(staged, target)
        return target

    def _folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(p for p in self.folder.iterdir() if p.is_dir() and not p.name.startswith("."))

    def _clean(self) -> None:
        """Remove what interrupted imports left; a running import holds its folder's lock."""
        for left in self.folder.glob(f"{INCOMING_PREFIX}*"):
            holder = try_lock(left)
            if holder is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(holder)
