"""``sidestage audition``: what mastering does to a song, to be judged by ear."""

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from appliance.commands.play import interface_rig, prepared_song
from appliance.errors import LibraryError
from appliance.mastering.audition import audition as write_audition
from appliance.paths import Paths
from appliance.songs.library import slugify
from appliance.songs.mastered import read_mastering


@click.command()
@click.argument("song")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--switch", type=click.FloatRange(min=0.5), metavar="SECONDS", help="One file, with both in turns.")
@click.pass_obj
def audition(paths: Paths, song: str, folder: Path, switch: float | None) -> None:
    """Write a song before and after mastering to WAV files at equal loudness: louder would always sound better.

    It is what leaves the house outputs, all of them together. Without --switch there are two files, for a player that
    can change between them; with it one, in which before and after take turns, before first.
    """
    rig = interface_rig(paths)
    found = prepared_song(paths, song, rig)
    mastering = read_mastering(found)
    if mastering is None:
        raise LibraryError("It is not mastered yet. Do it with: sidestage master", found.metadata.title)
    name = slugify(found.metadata.title)
    two = (folder / f"{name}-before.wav", folder / f"{name}-after.wav")
    files = folder / f"{name}-in-turns.wav" if switch else two
    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(escape(found.metadata.title), total=1.0)
        lufs = write_audition(
            rig, found, mastering, files, switch or 0.0, lambda part: bars.update(task, completed=part)
        )
    for file in [files] if isinstance(files, Path) else files:
        click.echo(f"{file}: {lufs:.1f} LUFS")
