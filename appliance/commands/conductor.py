"""``sidestage conductor``: the process that holds the show."""

import click

from appliance.commands.play import interface_rig
from appliance.conductor.process import run_conductor
from appliance.paths import Paths


@click.command()
@click.pass_obj
def conductor(paths: Paths) -> None:
    """The process that holds tonight's show: the active setlist, what plays, what is next.

    It commands the engine that is running, and waits for one where there is none. sidestage ctl operates it; an
    appliance starts both at boot. When it ends, the music plays on.
    """
    run_conductor(paths, interface_rig(paths))
