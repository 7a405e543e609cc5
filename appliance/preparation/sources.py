"""What was delivered: a tree of folders with the audio files in them, whatever it came in."""

import stat
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.errors import SourceError, StorageError
from appliance.preparation.archives import unpack
from appliance.preparation.kinds import (
    ARCHIVE_SUFFIXES,
    AUDIO_SUFFIXES,
    QUIET_SUFFIXES,
    is_dropping,
    looks_like_audio,
)
from appliance.preparation.report import Finding, error, info, warning

MAX_DEPTH = 16
"""Folders within folders; deeper than anybody files songs, and an end to archives within archives."""


@dataclass
class Folder:
    """A delivered folder or archive. ``label`` is how the report calls it; ``given`` when a person named it."""

    name: str
    path: Path
    label: str
    given: bool = False
    files: list[Path] = field(default_factory=list)
    folders: list["Folder"] = field(default_factory=list)

    def label_of(self, file: Path) -> str:
        """How the report calls a file below this folder."""
        return joined(self.label, printable(str(file.relative_to(self.path))))


def printable(name: str) -> str:
    """A name as text that can be shown and stored: bytes that are not UTF-8 become question marks."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def joined(label: str, name: str) -> str:
    return f"{label}/{name}" if label else name


def collect(paths: Iterable[Path], scratch: Path) -> tuple[list[Folder], list[Finding]]:
    """The trees below ``paths``; archives are unpacked below ``scratch``. What cannot be read becomes a finding."""
    walker = _Walker(scratch)
    given = list(dict.fromkeys(path.absolute() for path in paths))
    trees = []
    loose: dict[Path, list[Path]] = defaultdict(list)
    for path in given:
        label = "" if len(given) == 1 else printable(path.name)
        if not path.exists():
            walker.findings.append(error(printable(str(path)), "There is nothing of this name."))
        elif path.is_dir():
            trees.append(walker.walk(Folder(path.name, path, label, given=True), 0))
        elif path.suffix.lower() in ARCHIVE_SUFFIXES:
            trees.extend(walker.archive(path, printable(path.name), 0, given=True))
        else:
            loose[path.parent].append(path)
    for parent, files in loose.items():
        folder = Folder(parent.name, parent, "", given=True)
        for file in files:
            walker.file(folder, file)
        trees.append(folder)
    return trees, walker.findings


class _Walker:
    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.findings: list[Finding] = []
        self._unpacked = 0

    def walk(self, folder: Folder, depth: int) -> Folder:
        try:
            entries = sorted(folder.path.iterdir())
        except OSError as problem:
            self.findings.append(error(folder.label or folder.name, f"The folder cannot be read: {problem.strerror}."))
            return folder
        entries = [entry for entry in entries if not is_dropping(entry.name)]
        for entry in entries:
            label = joined(folder.label, printable(entry.name))
            try:
                self._entry(folder, entry, label, depth)
            except OSError as problem:
                self.findings.append(error(label, f"It cannot be read: {problem.strerror}."))
        if not entries:
            self.findings.append(warning(folder.label or printable(folder.name), "The folder is empty."))
        return folder

    def _entry(self, folder: Folder, entry: Path, label: str, depth: int) -> None:
        if entry.is_dir():
            if entry.is_symlink():
                self.findings.append(info(label, "This is a link to another folder; links are not followed."))
            elif depth >= MAX_DEPTH:
                self.findings.append(error(label, f"This is more than {MAX_DEPTH} folders deep and is left out."))
            else:
                folder.folders.append(self.walk(Folder(entry.name, entry, label), depth + 1))
        elif entry.suffix.lower() in ARCHIVE_SUFFIXES:
            folder.folders.extend(self.archive(entry, label, depth + 1))
        else:
            self.file(folder, entry)

    def archive(self, path: Path, label: str, depth: int, given: bool = False) -> list[Folder]:
        if depth >= MAX_DEPTH:
            self.findings.append(error(label, f"This is more than {MAX_DEPTH} folders deep and is left out."))
            return []
        self._unpacked += 1
        target = self.scratch / f"archive-{self._unpacked}"
        try:
            unpack(path, target)
        except (SourceError, StorageError) as problem:
            self.findings.append(error(label, problem.sentence))
            return []
        return [self.walk(Folder(path.stem, target, label, given=given), depth + 1)]

    def file(self, folder: Folder, path: Path) -> None:
        """Sort one file: audio is kept, well-known other kinds are passed over, the rest is mentioned."""
        label = joined(folder.label, printable(path.name))
        try:
            kind = path.stat().st_mode
        except OSError as problem:
            self.findings.append(error(label, f"The file cannot be read: {problem.strerror}."))
            return
        if not stat.S_ISREG(kind):
            self.findings.append(info(label, "This is not a file and is ignored."))
            return
        suffix = path.suffix.lower()
        if suffix in AUDIO_SUFFIXES or (suffix not in QUIET_SUFFIXES and looks_like_audio(path)):
            folder.files.append(path)
        elif suffix not in QUIET_SUFFIXES:
            self.findings.append(info(label, "This is no audio file of a known kind and is ignored."))
