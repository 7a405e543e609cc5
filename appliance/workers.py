"""Processes that do the work beside the show: lowest priority, gone when whoever started them is gone, however it went.

A worker that dies (the kernel's memory killer, most likely) costs the song that it had, not the others.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import multiprocessing.process
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import SimpleQueue
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

IDLE = 19
POLL_S = 0.1
Message = tuple[str, str, float]
"""Key of the song, stage, part done."""
Heard = Callable[[Message], None]

_messages: "SimpleQueue[Message] | None" = None
_heard_here: Heard | None = None


def tell(key: str, stage: str, done: float) -> None:
    """From within the work: how far the song is."""
    if _messages is not None:
        _messages.put((key, stage, done))
    elif _heard_here is not None:
        _heard_here((key, stage, done))


class Thinned:
    """Passes on only what an eye can follow: each whole percent, and each change of stage."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._last = ("", -1)

    def __call__(self, stage: str, done: float) -> None:
        now = (stage, int(100 * done))
        if now != self._last:
            self._last = now
            tell(self._key, stage, done)


def _begin(messages: "SimpleQueue[Message]") -> None:
    global _messages  # noqa: PLW0603 - a worker process has one importer; the pool offers no other place for it
    _messages = messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the importer, which then ends its workers
    with contextlib.suppress(OSError):
        os.nice(IDLE)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.process.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def run(
    work: Callable[[Task], Result], tasks: Iterable[Task], jobs: int, heard: Heard
) -> Iterator[tuple[Task, Result | None]]:
    """As ``run_all``, but one task alone is done here: a process of its own takes longer to start than it may save."""
    left = list(tasks)
    if min(len(left), jobs) > 1:
        yield from run_all(work, left, jobs, heard)
        return
    for task in left:
        with _listening(heard):
            result = work(task)
        yield task, result


@contextlib.contextmanager
def _listening(heard: Heard) -> Iterator[None]:
    global _heard_here  # noqa: PLW0603 - the work tells the same way wherever it runs
    before, _heard_here = _heard_here, heard
    try:
        yield
    finally:
        _heard_here = before


def run_all(
    work: Callable[[Task], Result], tasks: Iterable[Task], jobs: int, heard: Heard
) -> Iterator[tuple[Task, Result | None]]:
    """Each task with its result as it is done; None where its worker died of it.

    ``work`` and the tasks are pickled. ``heard`` is called from this thread.
    """
    left = list(tasks)
    while left:
        context = multiprocessing.get_context("spawn")
        messages: SimpleQueue[Message] = context.SimpleQueue()
        suspects: list[Task] = []
        # After a death, one at a time: whoever is at work when a lone worker dies is the cause.
        count = min(jobs, len(left))
        with ProcessPoolExecutor(count, context, _begin, (messages,)) as pool:
            for task, future in _finished(pool, work, left, messages, heard):
                try:
                    yield task, future.result()
                except BrokenProcessPool:
                    suspects.append(task)
        messages.close()
        if suspects and count == 1:
            yield suspects.pop(0), None
        left, jobs = suspects, 1


def _finished(
    pool: ProcessPoolExecutor,
    work: Callable[[Task], Result],
    tasks: list[Task],
    messages: "SimpleQueue[Message]",
    heard: Heard,
) -> Iterator[tuple[Task, "Future[Result]"]]:
    others = set(multiprocessing.active_children())
    futures: dict[Future[Result], Task] = {}
    try:
        for task in tasks:
            futures[pool.submit(work, task)] = task
    except BrokenProcessPool:
        for task in tasks[len(futures) :]:
            broken: Future[Result] = Future()
            broken.set_exception(BrokenProcessPool())
            futures[broken] = task
    try:
        pending = set(futures)
        while pending:
            done, pending = wait(pending, POLL_S, FIRST_COMPLETED)
            while not messages.empty():
                heard(messages.get())
            for future in sorted(done, key=list(futures).index):
                yield futures[future], future
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
