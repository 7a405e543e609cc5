"""The command ``sidestage``: the composition root of every process."""

import sys
from pathlib import Path

import click

from appliance.commands.audition import audition
from appliance.commands.conductor import conductor
from appliance.commands.ctl import ctl, schema_
from appliance.commands.demo import demo
from appliance.commands.engine import engine, meter
from appliance.commands.library import import_, show, songs, verify
from appliance.commands.master import master
from appliance.commands.measure import measure
from appliance.commands.play import play, render
from appliance.commands.rig import devices, rig
from appliance.commands.setlist import setlist
from appliance.errors import SidestageError
from appliance.paths import HOME_VARIABLE, find_paths


class OneSentence(click.Group):
    """Every error of the appliance's own ends the command with its sentence and its exit code."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except SidestageError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), envvar=HOME_VARIABLE, metavar="DIR",
    help=f"One folder for library, setlists and settings; also {HOME_VARIABLE}.",
)  # fmt: skip
@click.version_option(package_name="sidestage")
@click.pass_context
def main(context: click.Context, home: Path | None) -> None:
    """Playback for a band's backing tracks: songs in, mastered stems out of a multichannel interface."""
    context.obj = find_paths(home)


COMMANDS = (
    import_, songs, show, verify, setlist, master, audition, measure, devices, rig, play, render, meter, demo, engine,
    conductor, ctl, schema_,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
