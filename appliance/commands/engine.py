"""``sidestage engine`` and ``meter``: the process that owns the interface, and a look at its levels."""

import json
import math
import time

import click
from rich.console import Console
from rich.live import Live

from appliance.commands.play import card_option, interface_rig
from appliance.commands.screen import meters_table
from appliance.engine.process import run_engine
from appliance.engine_client import EngineClient
from appliance.messages import Status
from appliance.paths import Paths
from appliance.settings import Rig


@click.command()
@card_option
@click.pass_obj
def engine(paths: Paths, card: str | None) -> None:
    """The process that owns the interface. Commands reach it by its socket; an appliance starts it at boot."""
    run_engine(interface_rig(paths), card or "auto", paths.engine_socket)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each status.")
@click.option("--seconds", type=float, help="End after so long.")
@click.pass_obj
def meter(paths: Paths, as_json: bool, seconds: float | None) -> None:
    """The levels of all buses of the engine that is running: peak, true peak, loudness, limiter."""
    rig = interface_rig(paths)
    end = time.monotonic() + (math.inf if seconds is None else seconds)
    console = Console()
    with EngineClient(paths.engine_socket) as client, Live(console=console, auto_refresh=False) as live:
        try:
            while time.monotonic() < end:
                status = client.wait_for_status()
                if as_json:
                    click.echo(json.dumps(_levels(rig, status)))
                else:
                    live.update(meters_table(rig, status.buses), refresh=True)
        except KeyboardInterrupt:
            pass


def _levels(rig: Rig, status: Status) -> dict[str, object]:
    def plain(value: float) -> float | None:
        return value if math.isfinite(value) else None

    names = ("sample_peak_dbfs", "true_peak_dbtp", "rms_dbfs", "momentary_lufs", "short_term_lufs", "gain_reduction_db")
    return {
        "clock": status.clock,
        "buses": {
            settings.name: {name: plain(getattr(bus, name)) for name in names}
            for settings, bus in zip(rig.buses, status.buses, strict=False)
        },
    }
