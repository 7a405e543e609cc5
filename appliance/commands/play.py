"""``sidestage play`` and ``render``: songs to the interface, or to a file."""

import contextlib
import json
import math
import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.progress import Progress

from appliance.commands.deck import Deck
from appliance.commands.engine_process import running_engine
from appliance.commands.keys import Key, pressed, raw_keys
from appliance.commands.screen import faults_line, play_screen
from appliance.engine.offline import render_song
from appliance.engine_client import EngineClient
from appliance.engine_client.cue import stop_all
from appliance.errors import EngineError, SidestageError
from appliance.messages import Status
from appliance.paths import Paths
from appliance.preparation.prepare import is_current, prepare_song
from appliance.settings import Rig, load_rig
from appliance.settings.interfaces import list_interfaces
from appliance.songs.library import Library, LibrarySong
from appliance.songs.mastered import read_mastering
from appliance.songs.prepared import PreparedSong, read_header
from appliance.units import clock

SEEK_S = 10.0
RESTART_S = 3.0
"""A step back goes to the song's start, and in its first seconds to the song before."""

card_option = click.option(
    "--card", metavar="CARD", help="auto, an interface's short name (see devices), file:PATH.wav, or null."
)


def interface_rig(paths: Paths) -> Rig:
    """The rig's settings, or without any the preset for the interface that is plugged in."""
    outputs = max((interface.outputs or 0 for interface in list_interfaces()), default=0)
    return load_rig(paths.rig, outputs or None)


def prepared_song(paths: Paths, name: str, rig: Rig) -> PreparedSong:
    """The song as the engine plays it; prepared first where song.toml was corrected or the rig has another rate.

    Where that cannot be done and an older one is there, that one is taken, with a word on standard error: the show goes
    before the correction. Raises LibraryError, SourceError, StorageError or PreparedSongError when there is nothing to
    play.
    """
    found = Library(paths.library).find(name)
    path = found.prepared(rig.rate_hz)
    try:
        if not is_current(found.folder, rig.rate_hz):
            _prepare(found, rig)
    except SidestageError as error:
        if not path.exists():
            raise
        click.echo(f"{error} It stays as it was prepared before.", err=True)
    return read_header(path)


def _prepare(song: LibrarySong, rig: Rig) -> None:
    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(f"Preparing {escape(song.song.title)}", total=1.0)
        prepare_song(song.folder, rig.rate_hz, lambda part: bars.update(task, completed=part))


@click.command()
@click.argument("songs", nargs=-1, required=True, metavar="SONG...")
@card_option
@click.option("--seconds", type=float, help="End after so long.")
@click.pass_obj
def play(paths: Paths, songs: tuple[str, ...], card: str | None, seconds: float | None) -> None:
    """Play songs one after the other, with position, section and meters.

    Space stops and goes on, left and right step through the songs, up and down through the song, q quits. Uses the
    engine that is running, or starts one of its own.
    """
    rig = interface_rig(paths)
    found = [prepared_song(paths, name, rig) for name in songs]
    with running_engine(paths, card) as client:
        plain = [song.metadata.title for song in found if read_mastering(song) is None]
        if plain:
            names = ", ".join(plain)
            click.echo(f"Not mastered, and played as delivered: {names}. Mastering: sidestage master", err=True)
        play_songs(client, rig, found, seconds)


def play_songs(client: EngineClient, rig: Rig, songs: list[PreparedSong], seconds: float | None = None) -> Status:
    """Until the last song is over, q, Ctrl-C, or ``seconds`` have passed. Returns the last status."""
    console = Console()
    deck = Deck(client, rig, list(songs))
    end = time.monotonic() + (math.inf if seconds is None else seconds)
    status = client.wait_for_status()
    named, told = -1, ""
    with raw_keys() as keys, Live(console=console, auto_refresh=False, transient=True) as live:
        try:
            while time.monotonic() < end:
                for key in pressed() if keys else []:
                    if key is Key.QUIT:
                        raise KeyboardInterrupt
                    _act(deck, key, status)
                deck.step(status)
                if deck.is_finished():
                    break
                if console.is_terminal:
                    place = f"{deck.place + 1} of {len(deck.songs)}"
                    live.update(play_screen(rig, deck.song, place, deck.playing, status), refresh=True)
                elif deck.place != named:
                    named = deck.place
                    click.echo(f"{deck.song.metadata.title} ({clock(deck.song.duration_s)})")
                if status.trouble != told and not console.is_terminal:
                    told = status.trouble
                    click.echo(told or f"Playing on {status.card}.", err=True)
                status = client.wait_for_status()
        except KeyboardInterrupt:
            pass
        finally:
            if deck.playing:  # the engine may be another's and go on, but not with this music
                with contextlib.suppress(EngineError):
                    stop_all(client, rig.rate_hz)
    for trouble in filter(None, (deck.trouble, faults_line(status))):
        click.echo(trouble, err=True)
    return status


def _act(deck: Deck, key: Key, status: Status) -> None:
    match key:
        case Key.PLAY:
            deck.toggle(status)
        case Key.NEXT if deck.place + 1 < len(deck.songs):
            deck.go_to(deck.place + 1)
        case Key.BACK:
            early = status.song_frame < RESTART_S * deck.song.rate_hz
            deck.go_to(deck.place - 1 if early else deck.place)
        case Key.REWIND:
            deck.seek(status, -SEEK_S)
        case Key.FORWARD:
            deck.seek(status, SEEK_S)


@click.command()
@click.argument("song")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--plain", is_flag=True, help="As delivered, without what mastering decided.")
@click.option("--json", "as_json", is_flag=True, help="The file, its length and what went wrong, for scripts.")
@click.pass_obj
def render(paths: Paths, song: str, out: Path, plain: bool, as_json: bool) -> None:
    """Write what the interface would get to a WAV file, one channel for each output, as fast as this machine can."""
    rig = interface_rig(paths)
    found = prepared_song(paths, song, rig)
    began = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(found.metadata.title, total=found.frames)
        mastering = None if plain else read_mastering(found)
        status = render_song(rig, found, out, lambda done, of: bars.update(task, completed=done, total=of), mastering)
    took = time.monotonic() - began
    seconds = (mastering.end_frame - mastering.start_frame) / found.rate_hz if mastering else found.duration_s
    if as_json:
        click.echo(json.dumps({"file": str(out), "seconds": seconds, "faults": msgspec.to_builtins(status.faults)}))
    else:
        click.echo(f"{out}: {clock(seconds)}, {rig.outputs} outputs, {seconds / took:.0f} x real time")
