"""The setlist in progress: which songs, at which place, and the file that brings both back after a power cut."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from appliance import storage
from appliance.conductor.cues import Cue, make_cues
from appliance.errors import SidestageError
from appliance.paths import Paths
from appliance.settings import Rig
from appliance.songs.library import Library
from appliance.songs.setlist import SongEntry
from appliance.songs.setlist_songs import resolve, steps
from appliance.songs.setlists import Setlists

RESUME_VERSION = 1


@dataclass(frozen=True)
class Tonight:
    """The active setlist as it stands. ``problem`` says why there is none, or what is wrong with its file."""

    slug: str = ""
    name: str = ""
    cues: tuple[Cue, ...] = ()
    problem: str = ""
    warnings: tuple[str, ...] = ()
    """Songs that are missing and skipped."""


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """Where the show is; written whenever that changes."""

    version: int = RESUME_VERSION
    setlist: str = ""
    place: int = 0
    song: str = ""
    """Folder of the song at the place; empty behind the last one."""
    time: int = 1
    """Which time the song is played tonight."""
    frame: int | None = None
    """Where in the song it is cued; None is its beginning."""
    click_only: bool = False
    rejoin_frame: int | None = None
    segment: int = 0
    """Number of the segment that plays; 0 while none does."""


class Show:
    """Reads what lies in the folders of an appliance. Everything here touches the disk."""

    def __init__(self, paths: Paths, rig: Rig) -> None:
        self._library, self._setlists, self._rate_hz = Library(paths.library), Setlists(paths.setlists), rig.rate_hz
        self._resume_path = paths.state / "resume.json"

    def stamp(self) -> tuple[object, ...]:
        """Changes when the active setlist or the library may have changed; cheap."""
        return (
            _stamp(self._setlists.folder / "active"),
            *(_stamp(path) for path in sorted(self._setlists.folder.glob("*.toml"))),
            _stamp(self._library.folder),
            *(_stamp(each) for each in sorted(self._library.folder.glob("*/*.*"))),
        )

    def read(self) -> Tonight:
        """The active setlist against the library."""
        slug = ""
        try:
            slug = self._setlists.active() or ""
            if not slug:
                return Tonight(problem="No setlist is active. Choose one: sidestage setlist use")
            setlist = self._setlists.load(slug).setlist
            resolved = resolve(setlist, self._library, self._rate_hz)
        except (SidestageError, OSError) as error:
            return Tonight(slug, problem=str(error))
        counted: dict[int, int] = {}
        for each in resolved:
            if isinstance(each.entry, SongEntry):
                counted[each.number] = len(counted) + 1
        played = steps(resolved)
        cues = make_cues(played, [counted[step.number] for step in played], self._rate_hz)
        missing = tuple(f"{each.entry.song}: {each.warnings[0]}" for each in resolved
                        if isinstance(each.entry, SongEntry) and each.missing and each.warnings)  # fmt: skip
        return Tonight(slug, setlist.name, cues, warnings=missing)

    def read_resume(self) -> Resume:
        """Where the show was; the beginning where that is not known."""
        try:
            found = msgspec.json.decode(self._resume_path.read_bytes(), type=Resume)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return Resume()
        return found if found.version == RESUME_VERSION and found.place >= 0 else Resume()

    def write_resume(self, resume: Resume) -> None:
        """On the disk when it returns; a disk that refuses does not stop the show."""
        with contextlib.suppress(SidestageError), storage.storage_errors(self._resume_path):
            self._resume_path.parent.mkdir(parents=True, exist_ok=True)
            storage.write_bytes(self._resume_path, msgspec.json.encode(resume))


def resume_place(tonight: Tonight, resume: Resume) -> tuple[int, bool]:
    """The place to go on from, and whether the same song is still there.

    Another setlist begins at its beginning. In one that was edited the song counts, not its number; where it is gone,
    what stands in its place.
    """
    if resume.setlist != tonight.slug:
        return 0, False
    if not resume.song:
        return (len(tonight.cues), True) if resume.place else (0, False)
    for place, cue in enumerate(tonight.cues):
        if cue.key == (resume.song, resume.time):
            return place, True
    return min(resume.place, len(tonight.cues)), False


def _stamp(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return path.name, found.st_mtime_ns, found.st_size
