"""``sidestage demo``: the whole way from a band's files to the outputs, on this computer."""

from pathlib import Path

import click
import numpy as np
import soundfile
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

from appliance.commands.engine_process import running_engine
from appliance.commands.library import import_and_tell
from appliance.commands.master_table import set_table
from appliance.commands.mastering_run import master_listed
from appliance.commands.play import interface_rig, play_songs
from appliance.demo import render_band
from appliance.mastering.jobs import Listed
from appliance.paths import Paths
from appliance.report import report_page
from appliance.settings import Rig, preset, save_rig
from appliance.settings.interfaces import list_interfaces
from appliance.songs.library import Library, LibrarySong
from appliance.songs.prepared import read_header
from appliance.storage import write_bytes
from appliance.units import db_from_gain

VIRTUAL_OUTPUTS = 8


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--seconds", default=30.0, show_default=True, help="Length of each of the demo band's songs.")
@click.option("--listen", type=float, metavar="SECONDS", help="End after so long.")
@click.option("--card", metavar="CARD", help="As for play; an interface if there is one, else a file.")
@click.pass_obj
def demo(paths: Paths, folder: Path | None, seconds: float, listen: float | None, card: str | None) -> None:
    """Render a demo band (or take FOLDER), import it, master it, and play it.

    Without an interface, a virtual one with eight outputs plays in real time and writes what it heard to heard.wav.
    """
    console = Console()
    if folder is None:
        folder = paths.state / "band"
        if not folder.exists():
            _render(console, folder, seconds)
    virtual = card is None and not list_interfaces()
    if virtual and not paths.rig.exists():
        save_rig(preset(VIRTUAL_OUTPUTS), paths.rig)
    heard = paths.state / "heard.wav"
    rig = interface_rig(paths)
    library = Library(paths.library)
    report = import_and_tell(library, [folder], rig.rate_hz)
    slugs = [song.slug for song in report.songs if song.slug]
    songs = [read_header(library.find(slug).prepared(rig.rate_hz)) for slug in slugs]
    _master(console, paths, rig, [library.find(slug) for slug in slugs])
    with running_engine(paths, f"file:{heard}" if virtual else card) as client:
        play_songs(client, rig, songs, listen)
    if virtual:
        console.print(_heard_table(rig, heard))
        click.echo(f"There is no interface here; what its {rig.outputs} outputs would have got is in {heard}")


def _master(console: Console, paths: Paths, rig: Rig, songs: list[LibrarySong]) -> None:
    listed = [
        Listed(title=each.song.title, offset_lu=each.song.offset_lu, song=read_header(each.prepared(rig.rate_hz)))
        for each in songs
    ]
    mastered, _ = master_listed("Demo", rig, rig.mastering, listed)
    console.print(set_table(mastered))
    report = paths.state / "report.html"
    write_bytes(report, report_page(mastered).encode())
    click.echo(f"What mastering did and why is in {report}")


def _heard_table(rig: Rig, heard: Path) -> Table:
    """What each output of the virtual interface got, as measured in the file."""
    peaks = np.zeros(rig.outputs)
    for block in soundfile.blocks(heard, blocksize=1 << 16, always_2d=True):
        peaks = np.maximum(peaks, np.abs(block).max(axis=0))
    table = Table("Output", "Bus", "For", Column("Peak dBFS", justify="right"), Column("Ceiling", justify="right"))
    feeds = {
        output: (bus, "LR"[side] if bus.width > 1 else "")
        for bus in rig.buses
        for side, group in enumerate(bus.patch)
        for output in group
    }
    for output, (bus, side) in sorted(feeds.items()):
        peak_db = db_from_gain(float(peaks[output - 1]))
        name = f"{bus.name} {side}".rstrip()
        table.add_row(str(output), name, bus.kind.value, f"{peak_db:.1f}", f"{bus.ceiling_dbtp:.1f}")
    return table


def _render(console: Console, folder: Path, seconds: float) -> None:
    with Progress(console=console, transient=True) as bars:
        task = bars.add_task("Rendering a demo band", total=None)

        def show(title: str, done: int, of: int) -> None:
            bars.update(task, description=f"Rendering a demo band: {title}", completed=done, total=of)

        render_band(folder, seconds, show)
