"""A whole set mastered: first every song is measured, then each is mastered as a part of that set.

The work is done by a runner: on this machine's cores, or on a cluster's (``cluster.py``). What is known already is not
done again, so an interrupted run goes on where it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from appliance.errors import SidestageError
from appliance.mastering.facts import SongFacts, song_facts
from appliance.mastering.plan import SetSong, plan_set
from appliance.mastering.result import SongResult
from appliance.mastering.song import SongTask, master_song
from appliance.settings import MasteringSettings, Rig
from appliance.songs.prepared import PreparedSong
from appliance.workers import Heard, Thinned

MEASURED = 0.5
"""Where measuring ends, as a part of the whole of a song."""

Task = TypeVar("Task")
Result = TypeVar("Result")


class Runner(Protocol):
    """Does work for each task and gives the results as they come; None where a worker died of it."""

    def __call__(
        self, work: Callable[[Task], Result], tasks: Iterable[Task], heard: Heard
    ) -> Iterator[tuple[Task, Result | None]]: ...


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A song of the set as the library has it."""

    title: str
    offset_lu: float
    song: PreparedSong

    @property
    def key(self) -> str:
        return str(self.song.path)


@dataclass(frozen=True)
class _FactsTask:
    rig: Rig
    song: PreparedSong


@dataclass(frozen=True)
class Mastered:
    """``results`` are in the order of the set, without those that ``failed``."""

    results: tuple[SongResult, ...]
    failed: tuple[SidestageError, ...]


def master_set(
    rig: Rig, settings: MasteringSettings, listed: Sequence[Listed], runner: Runner, heard: Heard
) -> Mastered:
    """Every song of the set; one that fails costs the others nothing.

    ``heard`` gets the key of a song, the stage, and how much of the song's whole is done. Raises LibraryError where the
    reference song is not in the set.
    """
    failed: dict[str, SidestageError] = {}
    facts: dict[str, SongFacts] = {}
    for asked, found in runner(_facts, [_FactsTask(rig, each.song) for each in listed], heard):
        heard((str(asked.song.path), "measured", MEASURED))
        _sort_out(found, str(asked.song.path), asked.song.metadata.title, facts, failed)
    there = [each for each in listed if each.key in facts]
    plans = plan_set(settings, [SetSong(each.title, each.offset_lu, facts[each.key]) for each in there])
    tasks = [
        SongTask(rig=rig, settings=settings, song=each.song, facts=facts[each.key], plan=plan, offset_lu=each.offset_lu)
        for each, plan in zip(there, plans, strict=True)
    ]
    results: dict[str, SongResult] = {}
    for task, result in runner(_master, tasks, heard):
        heard((str(task.song.path), "mastered", 1.0))
        _sort_out(result, str(task.song.path), task.song.metadata.title, results, failed)
    return Mastered(
        results=tuple(results[each.key] for each in listed if each.key in results),
        failed=tuple(failed[each.key] for each in listed if each.key in failed),
    )


def _sort_out(
    found: Result | SidestageError | None,
    key: str,
    title: str,
    good: dict[str, Result],
    failed: dict[str, SidestageError],
) -> None:
    if found is None:
        failed[key] = SidestageError("The process that mastered it died. Is there enough memory?", title)
    elif isinstance(found, SidestageError):
        failed[key] = found
    else:
        good[key] = found


def _facts(task: _FactsTask) -> SongFacts | SidestageError:
    tell = Thinned(str(task.song.path))
    try:
        return song_facts(task.rig, task.song, lambda done: tell("measuring", MEASURED * done))
    except SidestageError as error:
        return error


def _master(task: SongTask) -> SongResult | SidestageError:
    tell = Thinned(str(task.song.path))
    try:
        return master_song(task, lambda done: tell("mastering", MEASURED + (1 - MEASURED) * done))
    except SidestageError as error:
        return error
