"""How import and verify show how far they are: bars with the remaining time in a terminal, plain lines elsewhere."""

import time
from typing import Self

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

LINE_INTERVAL_S = 10.0
"""A log does not want every percent."""


def _bars(console: Console) -> Progress:
    """Gone without a trace when they end."""
    return Progress(
        TextColumn("{task.description}", style="bold"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[stage]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


class Bars:
    """One bar for everything with the remaining time, and one for each song that is being worked on."""

    def __init__(self, console: Console, title: str = "Import") -> None:
        self._title = title
        self._progress = _bars(console)
        self._work: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._songs: dict[str, TaskID] = {}
        self._all: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._all = self._progress.add_task(self._title, total=None, stage="looking")
        return self

    def __exit__(self, *raised: object) -> None:
        self._progress.stop()

    def found(self, song: str, work: float) -> None:
        self._work[song] = work

    def advanced(self, song: str, stage: str, done: float) -> None:
        if song not in self._songs:
            self._songs[song] = self._progress.add_task(f"  {escape(song)}", total=1.0, stage=stage)
        self._progress.update(self._songs[song], completed=done, stage=stage)
        self._set(song, done)

    def finished(self, song: str) -> None:
        if song in self._songs:
            self._progress.remove_task(self._songs.pop(song))
        self._set(song, 1.0)

    def _set(self, song: str, done: float) -> None:
        self._done[song] = max(done, self._done.get(song, 0.0))
        if self._all is not None:
            completed = sum(self._work.get(name, 0.0) * part for name, part in self._done.items())
            songs = sum(part >= 1.0 for part in self._done.values())
            stage = f"{songs} of {len(self._work)} songs"
            self._progress.update(self._all, completed=completed, total=sum(self._work.values()), stage=stage)


class Lines:
    """A line when a song is done, and now and then one in between."""

    def __init__(self, err: bool = False) -> None:
        """``err``: to standard error, where standard output is for results."""
        self._err = err
        self._songs = 0
        self._finished = 0
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def found(self, song: str, work: float) -> None:  # noqa: ARG002 - the protocol's
        self._songs += 1

    def advanced(self, song: str, stage: str, done: float) -> None:
        now = time.monotonic()
        if now - self._last >= LINE_INTERVAL_S:
            self._last = now
            click.echo(f"{song}: {stage}, {done:.0%}", err=self._err)

    def finished(self, song: str) -> None:
        self._finished += 1
        click.echo(f"{self._finished} of {self._songs}: {song}", err=self._err)


class CheckBar:
    """One bar for all prepared songs that are verified; lines stand above it and stay."""

    def __init__(self, console: Console, total_bytes: int) -> None:
        self._progress = _bars(console)
        self._task = self._progress.add_task("Verify", total=total_bytes, stage="")
        self._before = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._progress.stop()

    def begin(self, song: str, before_bytes: int) -> None:
        """``before_bytes`` are those of the files before this one."""
        self._before = before_bytes
        self._progress.update(self._task, completed=before_bytes, stage=escape(song), refresh=True)

    def checked(self, done: int, total: int) -> None:  # noqa: ARG002 - what verifying a song calls
        self._progress.update(self._task, completed=self._before + done)

    def tell(self, line: str) -> None:
        self._progress.console.print(escape(line), soft_wrap=True)


class CheckLines:
    """Nothing but the lines."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def begin(self, song: str, before_bytes: int) -> None:
        pass

    def checked(self, done: int, total: int) -> None:
        pass

    def tell(self, line: str) -> None:
        click.echo(line)
