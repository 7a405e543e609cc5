"""``sidestage measure``: how loud songs are where it matters, and what the limiters do to them."""

import json
import os
import sys
from dataclasses import dataclass

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from appliance.commands.measure_table import song_tables
from appliance.commands.play import interface_rig, prepared_song
from appliance.errors import LibraryError, SidestageError
from appliance.measurement import SongMeasurement, measure_song
from appliance.paths import Paths
from appliance.settings import Rig
from appliance.songs.library import Library
from appliance.songs.mastered import read_mastering
from appliance.songs.prepared import PreparedSong
from appliance.workers import Thinned, run

WIDE = 160


@dataclass(frozen=True)
class Job:
    """What a worker measures."""

    rig: Rig
    song: PreparedSong
    stems: bool
    plain: bool

    @property
    def key(self) -> str:
        return str(self.song.path)


@click.command()
@click.argument("names", nargs=-1, metavar="[SONG]...")
@click.option("--stems", is_flag=True, help="Each stem as well, as it was delivered.")
@click.option("--plain", is_flag=True, help="As delivered, without what mastering decided.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many songs at a time; one for each core if not given.")
@click.option("--json", "as_json", is_flag=True, help="Everything that was measured, for scripts.")
@click.pass_obj
def measure(paths: Paths, names: tuple[str, ...], stems: bool, plain: bool, jobs: int | None, as_json: bool) -> None:
    """Measure songs as they leave the box: mastered, if they are, and every bus behind its equaliser and limiter.

    All songs, or those named.

    \b
    I            integrated loudness in LUFS (ITU-R BS.1770-5)
    S95          how loud the loud sections are, for which a fader is set: the
                 loudness of 3 s that all but the loudest 5 % stay below (LUFS)
    LRA          loudness range in LU (EBU Tech 3342)
    max S, M     the loudest 3 s, and the loudest 0.4 s, in LUFS
    true peak    the highest point of the waveform, in dBTP
    PLR          true peak less integrated loudness, in dB
    limiter      the most that it takes in any 10 ms, and on average, in dB

    With --json there is more: spectrum, phase correlation, DC, clipping, noise floor, silence at both ends. Ends with 3
    when a song is missing and with 4 when one is damaged; the others are measured.
    """
    rig = interface_rig(paths)
    songs, problems = _found(paths, rig, names)
    results, failed = _measure_all([Job(rig, song, stems, plain) for song in songs], jobs or os.cpu_count() or 1)
    if as_json:
        click.echo(json.dumps([msgspec.to_builtins(result) for result in results], indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
        for result in results:
            console.print(song_tables(result))
    for problem in problems + failed:
        click.echo(f"Error: {problem}", err=True)
    if problems or failed:
        sys.exit(max(problem.exit_code for problem in problems + failed))


def _found(paths: Paths, rig: Rig, names: tuple[str, ...]) -> tuple[list[PreparedSong], list[SidestageError]]:
    songs: list[PreparedSong] = []
    problems: list[SidestageError] = []
    if not names:
        listed, problems = Library(paths.library).scan()
        names = tuple(each.slug for each in listed)
    if not names and not problems:
        problems.append(LibraryError("The library is empty. Fill it with: sidestage import PATH..."))
    for name in names:
        try:
            song = prepared_song(paths, name, rig)
            songs += [song] if song.path not in [each.path for each in songs] else []
        except SidestageError as problem:
            problems.append(problem)
    return songs, problems


def _measure_all(jobs: list[Job], at_once: int) -> tuple[list[SongMeasurement], list[SidestageError]]:
    """Results in the order of the jobs, with a bar for all in a terminal."""
    results: dict[str, SongMeasurement | SidestageError] = {}
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("Measuring", total=sum(job.song.duration_s for job in jobs))
        done: dict[str, float] = {}

        def heard(key: str, part: float) -> None:
            done[key] = part
            seconds = sum(job.song.duration_s * done.get(job.key, 0.0) for job in jobs)
            bars.update(task, completed=seconds)

        for job, result in run(_measured, jobs, at_once, lambda said: heard(said[0], said[2])):
            sentence = "The process that measured it died. Is there enough memory?"
            results[job.key] = result or SidestageError(sentence, job.song.metadata.title)
    ordered = [results[job.key] for job in jobs]
    failed = [each for each in ordered if isinstance(each, SidestageError)]
    return [each for each in ordered if isinstance(each, SongMeasurement)], failed


def _measured(job: Job) -> SongMeasurement | SidestageError:
    tell = Thinned(job.key)
    try:
        mastering = None if job.plain else read_mastering(job.song)
        return measure_song(job.rig, job.song, job.stems, lambda part: tell("measure", part), mastering)
    except SidestageError as error:
        return error
