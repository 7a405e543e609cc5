"""``sidestage master``: every song of a set equally loud, with room for the band, and a report that shows it."""

import contextlib
import sys
from pathlib import Path

import click
from rich.console import Console

from appliance.commands.master_table import set_table
from appliance.commands.mastering_run import master_listed
from appliance.commands.play import interface_rig, prepared_song
from appliance.errors import LibraryError, SidestageError
from appliance.mastering.jobs import Listed
from appliance.paths import Paths
from appliance.report import csv_table, foh_sheet, json_report, report_page
from appliance.settings import LevelMatch, LivePart, MasteringSettings, Rig, override_mastering
from appliance.songs.library import Library, LibrarySong
from appliance.songs.setlist import entry_title
from appliance.songs.setlist_songs import resolve
from appliance.songs.setlists import Setlists
from appliance.storage import write_bytes

WIDE = 160
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("names", nargs=-1, metavar="[SETLIST | SONG...]")
@click.option("--target", type=float, metavar="LUFS", help="Another target for this run.")
@click.option("--match", type=click.Choice([match.value for match in LevelMatch]), help="What is made equal.")
@click.option(
    "--live", multiple=True, type=click.Choice([part.value for part in LivePart]),
    help="What the band plays itself; may be given several times.",
)  # fmt: skip
@click.option("--report", type=FILE, metavar="FILE.html", help="The report: one page that needs nothing else.")
@click.option("--foh", type=FILE, metavar="FILE.html", help="One sheet for the front-of-house engineer.")
@click.option("--csv", "csv_file", type=FILE, metavar="FILE.csv", help="A row for each song.")
@click.option("--json", "as_json", is_flag=True, help="Everything, for scripts.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many songs at a time; one for each core if not given.")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Let the machines of a Dask cluster do the work.")
@click.pass_obj
def master(
    paths: Paths,
    names: tuple[str, ...],
    target: float | None,
    match: str | None,
    live: tuple[str, ...],
    report: Path | None,
    foh: Path | None,
    csv_file: Path | None,
    as_json: bool,
    jobs: int | None,
    scheduler: str | None,
) -> None:
    """Master a setlist, some songs, or the whole library for the stage.

    Every song's loud sections come to one loudness at the house outputs, click, guide and tracks to set levels in the
    ears, the tracks leave room for what the band plays itself, and whatever is wrong with a file is named. Nothing of
    the songs is changed: the decisions lie beside them, and are made anew when a song or a setting changes.

    What rig.toml says under [mastering] counts, then the setlist's own [mastering], then the options here. Ends with
    the code of the first song that cannot be mastered; the others are.
    """
    rig = interface_rig(paths)
    said = {
        **({} if target is None else {"target_lufs": target}),
        **({} if match is None else {"match": match}),
        **({"live": list(live)} if live else {}),
    }
    name, settings, songs, problems = _chosen(paths, rig, names)
    settings = override_mastering(settings, said, "options")
    listed, more = _listed(paths, rig, songs)
    problems += more
    whole, problems = master_listed(name, rig, settings, listed, problems, jobs, scheduler)
    for path, text in ((report, report_page), (foh, foh_sheet), (csv_file, csv_table)):
        if path is not None:
            write_bytes(path, text(whole).encode())
    if as_json:
        click.echo(json_report(whole))
    elif whole.results:
        Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(set_table(whole))
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)
    if problems:
        sys.exit(problems[0].exit_code)


def _chosen(
    paths: Paths, rig: Rig, names: tuple[str, ...]
) -> tuple[str, MasteringSettings, list[LibrarySong], list[SidestageError]]:
    """The set's name, its settings, its songs each once, and what is missing."""
    library = Library(paths.library)
    if not names:
        songs, problems = library.scan()
        if not songs and not problems:
            problems.append(LibraryError("The library is empty. Fill it with: sidestage import PATH..."))
        return "All songs", rig.mastering, songs, problems
    if len(names) == 1:
        with contextlib.suppress(LibraryError):
            stored = Setlists(paths.setlists).find(names[0])
            settings = override_mastering(rig.mastering, stored.setlist.mastering, stored.path.name)
            resolved = resolve(stored.setlist, library)
            missing = [each for each in resolved if each.missing]
            there = {each.song.slug: each.song for each in resolved if each.song}
            problems = [LibraryError(" ".join(each.warnings), entry_title(each.entry)) for each in missing]
            return stored.setlist.name, settings, list(there.values()), problems
    found: dict[str, LibrarySong] = {}
    problems = []
    for name in names:
        try:
            song = library.find(name)
            found[song.slug] = song
        except SidestageError as problem:
            problems.append(problem)
    return ", ".join(song.song.title for song in found.values()), rig.mastering, list(found.values()), problems


def _listed(paths: Paths, rig: Rig, songs: list[LibrarySong]) -> tuple[list[Listed], list[SidestageError]]:
    listed, problems = [], []
    for each in songs:
        try:
            song = prepared_song(paths, each.slug, rig)
            listed.append(Listed(title=each.song.title, offset_lu=each.song.offset_lu, song=song))
        except SidestageError as problem:
            problems.append(problem)
    return listed, problems
