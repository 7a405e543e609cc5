"""A set mastered by this machine's cores or a cluster's, with its progress on standard error."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import date

from rich.console import Console

from appliance.commands.import_progress import Bars, Lines
from appliance.errors import SidestageError
from appliance.mastering.cluster import Cluster
from appliance.mastering.jobs import Listed, Runner, master_set
from appliance.report import MasteredSet
from appliance.settings import MasteringSettings, Rig
from appliance.workers import Heard, Message, run_all


def master_listed(
    name: str,
    rig: Rig,
    settings: MasteringSettings,
    listed: Sequence[Listed],
    problems: Sequence[SidestageError] = (),
    jobs: int | None = None,
    scheduler: str | None = None,
) -> tuple[MasteredSet, list[SidestageError]]:
    """The set, and everything that failed: ``problems`` first, which were there before.

    Raises LibraryError where the reference song is not in the set, SidestageError where there is no such scheduler.
    """
    with _runner(jobs, scheduler) as runner, _progress(listed) as heard:
        mastered = master_set(rig, settings, listed, runner, heard)
    failed = [*problems, *mastered.failed]
    whole = MasteredSet(
        name=name,
        rig=rig,
        settings=settings,
        results=mastered.results,
        failed=tuple(map(str, failed)),
        date=date.today().isoformat(),
    )
    return whole, failed


@contextlib.contextmanager
def _runner(jobs: int | None, scheduler: str | None) -> Iterator[Runner]:
    if scheduler:
        with Cluster(scheduler) as cluster:
            yield cluster
    else:
        at_once = jobs or os.cpu_count() or 1
        yield lambda work, tasks, heard: run_all(work, tasks, at_once, heard)


@contextlib.contextmanager
def _progress(listed: Sequence[Listed]) -> Iterator[Heard]:
    """Bars in a terminal, lines elsewhere, on standard error."""
    console = Console(stderr=True)
    titles = {each.key: each.title for each in listed}
    with Bars(console, "Mastering") if console.is_terminal else Lines(err=True) as shown:
        for each in listed:
            shown.found(each.title, each.song.duration_s)

        ended: set[str] = set()

        def heard(message: Message) -> None:
            key, stage, done = message
            shown.advanced(titles[key], stage, done)
            if done >= 1.0 and key not in ended:
                ended.add(key)
                shown.finished(titles[key])

        yield heard
