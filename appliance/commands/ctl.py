"""``sidestage ctl``: the show from a terminal or a script; and ``schema``, what programs of one's own need."""

import json
import math
import time
from collections.abc import Callable

import click
import msgspec

from appliance.control import commands, schema
from appliance.control.client import ControlClient
from appliance.paths import Paths
from appliance.units import clock

REFUSED_EXIT = 9
"""A script can tell a refusal from a conductor that is not there."""


@click.group()
def ctl() -> None:
    """Operate the show that the conductor holds.

    Each command prints the sentence that came of it. A refusal ends with code 9.
    """


def _ask(paths: Paths, command: commands.Command) -> None:
    with ControlClient(paths.control_socket) as client:
        answer, _ = client.ask(command)
    click.echo(answer.sentence, err=not answer.done)
    if not answer.done:
        raise SystemExit(REFUSED_EXIT)


def _plain(name: str, kind: Callable[[], commands.Command], words: str) -> None:
    @ctl.command(name, help=words, short_help=words)
    @click.pass_obj
    def plain(paths: Paths) -> None:
        _ask(paths, kind())


for _name, _kind, _words in (
    ("play", commands.Play, "Start the song that is cued, or go on from the pause."),
    ("go", commands.Go, "For one switch: play, and while a song plays the same as next."),
    ("stop", commands.Stop, "Fade out quickly; the song is cued from its start again."),
    ("pause", commands.Pause, "Stop; play goes on from the same place."),
    ("next", commands.Next, "Cue the song that follows."),
    ("prev", commands.Previous, "Cue the song before."),
    ("restart", commands.Restart, "Back to the start of the song, or of a setlist that is over."),
    ("panic", commands.Panic, "Silence everything at once."),
    ("click-only", commands.ClickOnly, "Silence the tracks at once; click and guide run on."),
    ("rejoin", commands.Rejoin, "After click-only: the tracks come back with the next section."),
    ("clear", commands.Clear, "Try again to load a song that could not be loaded."),
):
    _plain(_name, _kind, _words)


@ctl.command()
@click.argument("number", type=click.IntRange(1, commands.MAX_NUMBER))
@click.pass_obj
def goto(paths: Paths, number: int) -> None:
    """Cue a song by its number on the setlist's page."""
    _ask(paths, commands.Goto(number=number))


@ctl.command()
@click.argument("name")
@click.pass_obj
def section(paths: Paths, name: str) -> None:
    """Jump to a section of the song by its name or the beginning of it, or cue the song there."""
    _ask(paths, commands.GotoSection(name=name[: commands.MAX_NAME]))


@ctl.command("fade-out")
@click.option(
    "--seconds",
    type=click.FloatRange(*commands.FADE_RANGE_S),
    default=5.0,
    show_default=True,
    help="How long it takes.",
)
@click.pass_obj
def fade_out(paths: Paths, seconds: float) -> None:
    """Stop, but slowly."""
    _ask(paths, commands.FadeOut(seconds=seconds))


@ctl.command()
@click.option("--json", "as_json", is_flag=True, help="The whole state, for scripts.")
@click.pass_obj
def status(paths: Paths, as_json: bool) -> None:
    """What the show is doing, and the setlist with its place."""
    with ControlClient(paths.control_socket) as client:
        _, before = client.ask(schema.GetStatus())
        state = next((each for each in before if isinstance(each, schema.State)), None) or client.receive(3.0)
    if not isinstance(state, schema.State):
        return
    if as_json:
        click.echo(msgspec.json.encode(state))
        return
    for line in (state.sentence, state.trouble, *state.warnings):
        if line:
            click.echo(line)
    for place, song in enumerate(state.songs):
        mark = ">" if place == state.place else " "
        note = song.problem or ("loaded" if song.loaded else "")
        click.echo(f"{mark} {song.number:3}  {song.title}  {clock(song.length_s)}  {song.end}  {note}".rstrip())


@ctl.command()
@click.option("--json", "as_json", is_flag=True, help="Every report as a line of JSON.")
@click.option("--meters", is_flag=True, help="Levels too, 20 times a second; only with --json.")
@click.option("--seconds", type=float, help="End after so long.")
@click.pass_obj
def watch(paths: Paths, as_json: bool, meters: bool, seconds: float | None) -> None:
    """What happens, as it happens, until Ctrl-C."""
    end = time.monotonic() + (math.inf if seconds is None else seconds)
    said = ""
    with ControlClient(paths.control_socket) as client:
        try:
            _, before = client.ask(schema.Subscribe(meters=meters and as_json))
            while time.monotonic() < end:
                report = before.pop(0) if before else client.receive(min(1.0, max(0.0, end - time.monotonic())))
                if as_json and report is not None:
                    click.echo(msgspec.json.encode(report))
                elif isinstance(report, schema.State | schema.Event) and report.sentence != said:
                    said = report.sentence
                    click.echo(said)
        except KeyboardInterrupt:
            pass


@click.command("schema")
def schema_() -> None:
    """Print the JSON Schema of the control interface; docs/control.md explains it."""
    click.echo(json.dumps(schema.json_schema(), indent=2))
