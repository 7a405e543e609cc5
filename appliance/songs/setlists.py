"""The setlists: one file each, one of them active, and no edit that overwrites another.

<setlists>/<slug>.toml           a setlist; the file keeps its first name when the setlist is renamed
           active                the slug of the setlist that is played
           archive/<slug>.toml   what was put away; it can be brought back
           .lock                 held for the moment in which something is written
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from appliance.errors import LibraryError, SidestageError
from appliance.songs.library import fold, slugify
from appliance.songs.locking import locked
from appliance.songs.setlist import Setlist, check_setlist, content_digest
from appliance.songs.setlist_rewrite import setlist_text
from appliance.songs.setlistfile import SUFFIX, Stored, parse_setlist, read_setlist, read_text
from appliance.storage import storage_errors, sync_folder, write_bytes

ACTIVE_FILE = "active"
ARCHIVE = "archive"
LOCK_FILE = ".lock"


class ChangedMeanwhileError(SidestageError):
    """Somebody else saved the setlist after this edit began. Both versions are here; the file holds theirs."""

    exit_code = 8

    def __init__(self, yours: Setlist, theirs: Stored) -> None:
        super().__init__(
            "It was changed meanwhile, so nothing was overwritten. Look at both versions and save again.",
            theirs.setlist.name,
        )
        self.yours = yours
        self.theirs = theirs


class Setlists:
    """The setlists below one folder. The folder is made when something is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def scan(self, archived: bool = False) -> tuple[list[Stored], list[SidestageError]]:
        """Setlists in order of their names; and what is wrong with those that cannot be read."""
        found: list[Stored] = []
        problems: list[SidestageError] = []
        for path in sorted(self._folder(archived).glob(f"*{SUFFIX}")):
            if path.name.startswith("."):  # what other systems leave on a stick
                continue
            try:
                found.append(read_setlist(path))
            except SidestageError as error:
                problems.append(error)
        found.sort(key=lambda each: (fold(each.setlist.name), each.slug))
        return found, problems

    def find(self, wanted: str, archived: bool = False) -> Stored:
        """By name, else by slug, else by the beginning of either, where only one setlist begins so.

        ``friday.toml`` means that file whatever the names say. Case and accents do not matter. Raises LibraryError when
        there is none or several, and what is wrong with the file that is meant.
        """
        found, problems = self.scan(archived)
        key = fold(wanted)
        by_file = [each for each in found if key == each.path.name]
        by_name = [each for each in found if key == fold(each.setlist.name)]
        by_slug = [each for each in found if key == each.slug]
        begun = [e for e in found if key and (fold(e.setlist.name).startswith(key) or e.slug.startswith(key))]
        meant = by_file or by_name or by_slug or begun
        if not meant:
            for problem in problems:
                if key and (problem.subject or "").startswith((f"{key}{SUFFIX}", f"{slugify(wanted)}{SUFFIX}")):
                    raise problem
            raise LibraryError(f"There is no such setlist{' in the archive' if archived else ''}.", wanted)
        if len(meant) > 1:
            candidates = ", ".join(f"{each.setlist.name} [{each.path.name}]" for each in meant)
            raise LibraryError(f"Several setlists could be meant: {candidates}.", wanted)
        return meant[0]

    def load(self, slug: str) -> Stored:
        """Raises LibraryError when there is none or it cannot be read, SettingsError naming the wrong key."""
        return read_setlist(self._path(slug))

    def create(self, setlist: Setlist) -> Stored:
        """A new setlist, in a new file. Raises LibraryError when its name is taken, SettingsError, StorageError."""
        with self._changing():
            return self._add(setlist, None)

    def save(self, slug: str, setlist: Setlist, expected: str) -> Stored:
        """Replace the content, if it is still the one whose token is ``expected``; the version is raised by one.

        Raises ChangedMeanwhileError when it is not, LibraryError, SettingsError, StorageError. What the file holds
        already is not written again, so that a save may be repeated when its answer was lost.
        """
        path = self._path(slug)
        with self._changing():
            current = read_setlist(path)
            if content_digest(current.setlist) == content_digest(setlist):
                return current
            if current.token != expected:
                raise ChangedMeanwhileError(setlist, current)
            if fold(setlist.name) != fold(current.setlist.name):
                self._refuse_taken(setlist.name)
            return self._write(path, setlist, current.setlist.version + 1, read_text(path))

    def rename(self, slug: str, name: str, expected: str) -> Stored:
        """Another name; file and slug stay, so that what refers to the setlist still finds it. Raises as ``save``."""
        return self.save(slug, msgspec.structs.replace(self.load(slug).setlist, name=name), expected)

    def duplicate(self, slug: str, name: str) -> Stored:
        """A copy under a name of its own, comments and all. Raises as ``create``."""
        with self._changing():
            setlist = msgspec.structs.replace(self.load(slug).setlist, name=name)
            return self._add(setlist, read_text(self._path(slug)))

    def archive(self, slug: str) -> None:
        """Put a setlist away; ``restore`` brings it back. Raises LibraryError, StorageError."""
        with self._changing():
            source = self._path(slug)
            if self.active() == slug:
                self._set_active(None)
            self._move(source, self._path(slug, archived=True))

    def restore(self, slug: str) -> Stored:
        """Bring an archived setlist back. Raises LibraryError when its name is taken by now, StorageError."""
        with self._changing():
            source = self._path(slug, archived=True)
            self._refuse_taken(read_setlist(source).setlist.name)
            self._move(source, self._path(slug))
            return self.load(slug)

    def active(self) -> str | None:
        """The slug of the active setlist; None where none was chosen or it is gone. Raises StorageError."""
        with storage_errors(self.folder / ACTIVE_FILE):
            try:
                slug = (self.folder / ACTIVE_FILE).read_bytes().decode(errors="replace").strip()
            except FileNotFoundError:
                return None
        with contextlib.suppress(LibraryError):
            return slug if self._path(slug).is_file() else None
        return None

    def use(self, slug: str | None) -> None:
        """Make a setlist the active one, or none. Raises LibraryError when it does not exist, StorageError."""
        with self._changing():
            if slug is not None and not self._path(slug).is_file():
                raise LibraryError("There is no such setlist.", slug)
            self._set_active(slug)

    def _folder(self, archived: bool) -> Path:
        return self.folder / ARCHIVE if archived else self.folder

    def _path(self, slug: str, archived: bool = False) -> Path:
        """Slugs come from web addresses too: nothing but a file's name may get through."""
        if not slug or slug.startswith(".") or "/" in slug or "\0" in slug:
            raise LibraryError("There is no such setlist.", slug)
        return self._folder(archived) / f"{slug}{SUFFIX}"

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / LOCK_FILE):
                yield

    def _add(self, setlist: Setlist, previous: str | None) -> Stored:
        self._refuse_taken(setlist.name)
        base = slugify(setlist.name, "setlist")
        number, slug = 1, base
        while any(os.path.lexists(self._path(slug, archived)) for archived in (False, True)):
            number += 1
            slug = f"{base}-{number}"
        return self._write(self._path(slug), setlist, 1, previous)

    def _refuse_taken(self, name: str) -> None:
        for each in self.scan()[0]:
            if fold(each.setlist.name) == fold(name):
                raise LibraryError("There is a setlist of this name already.", each.setlist.name)

    def _write(self, path: Path, setlist: Setlist, version: int, previous: str | None) -> Stored:
        setlist = msgspec.structs.replace(setlist, version=version)
        check_setlist(setlist, path.name)
        text = setlist_text(setlist, previous)
        write_bytes(path, text.encode())
        return Stored(path, parse_setlist(text, path.name))

    def _move(self, source: Path, target: Path) -> None:
        if not source.is_file():
            raise LibraryError("There is no such setlist.", source.name.removesuffix(SUFFIX))
        if os.path.lexists(target):
            raise LibraryError("There is a file of this name already; rename one of them.", str(target))
        target.parent.mkdir(exist_ok=True)
        os.rename(source, target)
        sync_folder(target.parent)
        sync_folder(source.parent)

    def _set_active(self, slug: str | None) -> None:
        path = self.folder / ACTIVE_FILE
        if slug is not None:
            write_bytes(path, f"{slug}\n".encode())
        else:
            path.unlink(missing_ok=True)
            sync_folder(self.folder)
