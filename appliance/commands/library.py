"""``sidestage import``, ``songs``, ``show`` and ``verify``: what is in the library, and how it gets there."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.commands.import_progress import Bars, CheckBar, CheckLines, Lines
from appliance.errors import PreparedSongError, SidestageError
from appliance.paths import Paths
from appliance.preparation.importer import import_songs
from appliance.preparation.job import size_of
from appliance.preparation.prepare import is_current
from appliance.preparation.progress import Silent
from appliance.preparation.report import Finding, Level, Outcome, Report
from appliance.settings import load_rig
from appliance.songs.library import Library, LibrarySong
from appliance.songs.prepared import PreparedSong, read_header
from appliance.songs.prepared import verify as verify_prepared
from appliance.units import clock

MARKS = {Level.ERROR: "[red]error[/]", Level.WARNING: "[yellow]look[/]", Level.INFO: "[dim]note[/]"}
OUTCOMES = {Outcome.IMPORTED: "imported", Outcome.UNCHANGED: "already there", Outcome.REFUSED: "not imported"}

WIDE = 240

json_option = click.option("--json", "as_json", is_flag=True, help="For scripts.")


def rig_rate(paths: Paths) -> int:
    """The rate in Hz that songs are prepared for: the rig's."""
    return load_rig(paths.rig).rate_hz


@click.command("import")
@click.argument("sources", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--rate", "rate_hz", type=int, metavar="HZ", help="Prepare for this rate instead of the rig's.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many processes work at once; all cores if not given.")
@json_option
@click.pass_obj
def import_(paths: Paths, sources: tuple[Path, ...], rate_hz: int | None, jobs: int | None, as_json: bool) -> None:
    """Take songs into the library: folders of stems, single files, ZIP archives, whole sticks.

    What each file is (track, click, guide, time code) is found out from its name and sound, and kept with the reason in
    the song's song.toml, where you may correct it. Importing twice changes nothing. Ends with 1 when something of what
    was delivered could not be imported; the rest was.
    """
    library = Library(paths.library)
    rate_hz = rate_hz or rig_rate(paths)
    if as_json:
        report = import_songs(library, sources, rate_hz, jobs, Silent())
        click.echo(json.dumps(msgspec.to_builtins(report), indent=2, ensure_ascii=False))
    else:
        report = import_and_tell(library, sources, rate_hz, jobs)
    if report.failed:
        sys.exit(1)


def import_and_tell(library: Library, sources: Sequence[Path], rate_hz: int, jobs: int | None = None) -> Report:
    """Import with a progress display, and print what became of each song."""
    console = _console()
    with Bars(console) if console.is_terminal else Lines() as progress:
        report = import_songs(library, sources, rate_hz, jobs, progress)
    _print_report(console, report)
    return report


def _print_report(console: Console, report: Report) -> None:
    for finding in report.findings:
        _print_finding(console, finding, "")
    for song in report.songs:
        name = escape(song.title)
        place = f" [dim]\\[{song.slug}][/]" if song.slug else ""
        console.print(f"[bold]{name}[/]{place}: {OUTCOMES[song.outcome]}", soft_wrap=True)
        for finding in song.findings:
            _print_finding(console, finding, "  ")
    counts = [f"{sum(s.outcome is outcome for s in report.songs)} {text}" for outcome, text in OUTCOMES.items()]
    console.print(", ".join(counts) + ".", soft_wrap=True)


def _print_finding(console: Console, finding: Finding, indent: str) -> None:
    sentence = f"{escape(finding.subject)}: {escape(finding.sentence)}"
    console.print(f"{indent}{MARKS[finding.level]} {sentence}", soft_wrap=True)


@click.command()
@json_option
@click.pass_obj
def songs(paths: Paths, as_json: bool) -> None:
    """List the library, by the numbers that the songs were delivered with, then by title."""
    rate_hz = rig_rate(paths)
    found, problems = Library(paths.library).scan()
    if as_json:
        click.echo(json.dumps([_plain(each, rate_hz) for each in found], indent=2, ensure_ascii=False))
    elif found:
        table = Table("", "Song", "Length", "Stems", "Prepared", "Folder")
        for each in found:
            song = each.song
            header = _header(each, rate_hz)
            length = clock(header.duration_s) if header else "?"
            order = "" if song.order is None else str(song.order)
            table.add_row(order, escape(song.title), length, _stems_in_short(each), _state(each, rate_hz), each.slug)
        _console().print(table)
    else:
        click.echo("The library is empty. Fill it with: sidestage import PATH...")
    _end_with(problems)


@click.command()
@click.argument("song")
@json_option
@click.pass_obj
def show(paths: Paths, song: str, as_json: bool) -> None:
    """Show a song: its stems, what each is and why, its length and sections. SONG is a title or its beginning."""
    rate_hz = rig_rate(paths)
    found = Library(paths.library).find(song)
    if as_json:
        click.echo(json.dumps(_plain(found, rate_hz), indent=2, ensure_ascii=False))
        return
    header = _header(found, rate_hz)
    console = _console()
    length = f", {clock(header.duration_s)}" if header else ""
    artist = f" by {found.song.artist}" if found.song.artist else ""
    state = f"{_state(found, rate_hz)} for {rate_hz} Hz"
    console.print(f"[bold]{escape(found.song.title)}[/]{escape(artist)}{length}; {state}")
    console.print(f"Correct what is wrong in {escape(str(found.folder / 'song.toml'))}", soft_wrap=True)
    table = Table("Stem", "Role", "Part", "File", "Channels", "Gain dB", "Because")
    for stem in found.song.stems:
        channels = "+".join(map(str, stem.channels)) + (f" {stem.side}" if stem.side else "")
        cells = [stem.name, stem.role, stem.part or "", stem.file, channels, f"{stem.gain_db:+.1f}", stem.reason]
        table.add_row(*map(escape, cells))
    console.print(table)
    for section in found.song.sections:
        console.print(f"{clock(section.start_s):>6}  {escape(section.name)}")


@click.command()
@click.argument("names", nargs=-1, metavar="[SONG]...")
@json_option
@click.pass_obj
def verify(paths: Paths, names: tuple[str, ...], as_json: bool) -> None:
    """Check every byte of prepared songs against their checksums: all songs, or those named.

    Ends with 4 when a prepared song is damaged or missing.
    """
    library = Library(paths.library)
    found, problems = ([library.find(name) for name in names], []) if names else library.scan()
    results: list[dict[str, Any]] = []
    files = [(each, sorted(each.folder.glob("prepared-*.song"))) for each in found]
    total = sum(size_of(file) for _, prepared in files for file in prepared)
    console = _console()
    done = 0
    with CheckBar(console, total) if console.is_terminal and not as_json else CheckLines() as shown:
        for each, prepared in files:
            if not prepared:
                sentence = "It has not been prepared. Import it again."
                problems.append(PreparedSongError(sentence, str(each.folder)))
                results.append({"song": each.song.title, "file": None, "problem": sentence})
            for file in prepared:
                shown.begin(each.song.title, done)
                result = {"song": each.song.title, "file": str(file), "problem": None}
                try:
                    verify_prepared(file, shown.checked)
                except PreparedSongError as problem:
                    problems.append(problem)
                    result["problem"] = problem.sentence
                results.append(result)
                done += size_of(file)
                if not as_json and result["problem"] is None:
                    shown.tell(f"{each.song.title}: {file.name} is whole.")
    if as_json:
        click.echo(json.dumps(results, indent=2, ensure_ascii=False))
    _end_with(problems)


def _console() -> Console:
    """A terminal as wide as it is; a pipe or file as wide as the tables need."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def _end_with(problems: list[SidestageError]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        sys.exit(max(problem.exit_code for problem in problems))


def _header(each: LibrarySong, rate_hz: int) -> PreparedSong | None:
    try:
        return read_header(each.prepared(rate_hz))
    except PreparedSongError:
        return None


def _state(each: LibrarySong, rate_hz: int) -> str:
    if not each.prepared(rate_hz).exists():
        return "not prepared"
    try:
        return "prepared" if is_current(each.folder, rate_hz) else "changed since it was prepared"
    except SidestageError:
        return "unreadable"


def _stems_in_short(each: LibrarySong) -> str:
    """``4 track, 1 click``."""
    roles = [stem.role for stem in each.song.stems]
    return ", ".join(f"{roles.count(role)} {role}" for role in dict.fromkeys(sorted(roles, key=_by_audience)))


def _by_audience(role: str) -> bool:
    return role != "track"


def _plain(each: LibrarySong, rate_hz: int) -> dict[str, Any]:
    header = _header(each, rate_hz)
    return {
        "slug": each.slug,
        "folder": str(each.folder),
        "state": _state(each, rate_hz),
        "rate_hz": rate_hz,
        "frames": header.frames if header else None,
        "seconds": header.duration_s if header else None,
        **msgspec.to_builtins(each.song),
    }
