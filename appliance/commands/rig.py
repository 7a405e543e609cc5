"""``sidestage rig`` and ``sidestage devices``: what the machine is made of."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from appliance import storage
from appliance.errors import SettingsError
from appliance.paths import Paths
from appliance.settings import Bus, Rig, load_rig, preset, preset_size, rig_text, save_rig
from appliance.settings.checks import MAX_OUTPUTS
from appliance.settings.interfaces import PROC, Interface, list_interfaces

VIRTUAL_CARDS = {
    "file:PATH": "writes what would be heard to a WAV file",
    "null": "plays in real time to nowhere",
}

outputs_option = click.option(
    "--outputs", type=click.IntRange(1, MAX_OUTPUTS), help="Outputs of the interface, while there is no rig.toml."
)


@click.group(invoke_without_command=True)
@click.pass_context
def rig(context: click.Context) -> None:
    """Show, choose and check the settings of this rig."""
    if context.invoked_subcommand is None:
        context.invoke(show)


@rig.command()
@outputs_option
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def show(paths: Paths, outputs: int | None, as_json: bool) -> None:
    """The buses: who hears them, from which outputs, how loud at the most."""
    loaded = load_rig(paths.rig, outputs)
    if as_json:
        click.echo(json.dumps({"file": _file(paths.rig), **_plain(loaded)}, indent=2, ensure_ascii=False))
        return
    where = str(paths.rig) if paths.rig.exists() else f"preset for {preset_size(loaded.outputs)}; no {paths.rig} yet"
    click.echo(f"Interface {loaded.interface}, {loaded.outputs} outputs, {loaded.rate_hz} Hz ({where})")
    click.echo(
        f"{loaded.blocks} blocks of {loaded.block_frames} frames; limiters look {loaded.lookahead_ms:g} ms ahead"
    )
    table = Table(Column("Bus", no_wrap=True), "Kind", "Outputs", "Hears", "Gain dB", "Ceiling dBTP", "EQ")
    for bus in loaded.buses:
        table.add_row(
            escape(bus.name),
            bus.kind.value,
            _outputs(bus),
            _sends(bus),
            f"{bus.gain_db:+.1f}",
            f"{bus.ceiling_dbtp:.1f}",
            str(len(bus.eq)) if bus.eq else "-",
        )
    Console().print(table)


@rig.command("preset")
@click.argument("outputs", type=click.IntRange(1, MAX_OUTPUTS), metavar="N")
@click.option("--write", is_flag=True, help="Make it this rig's settings; the old ones stay as rig.toml.old.")
@click.pass_obj
def choose_preset(paths: Paths, outputs: int, write: bool) -> None:
    """Print the ready-made settings for an interface with N outputs."""
    chosen = preset(outputs)
    if not write:
        click.echo(rig_text(chosen), nl=False)
        return
    if paths.rig.exists():
        with storage.storage_errors(paths.rig):
            old = paths.rig.read_bytes()
        storage.write_bytes(paths.rig.with_name(f"{paths.rig.name}.old"), old)
    save_rig(chosen, paths.rig)
    click.echo(f"Wrote {paths.rig}: the preset for {preset_size(outputs)} outputs.")


@rig.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def check(paths: Paths, file: Path | None) -> None:
    """Say whether a rig.toml is good, and if not, which key is wrong."""
    chosen = file or paths.rig
    if not chosen.exists():
        if file is None:
            click.echo(f"There is no {chosen}, so the preset for the interface is used. That is fine.")
            return
        raise SettingsError("There is no such file.", str(chosen))
    loaded = load_rig(chosen)
    used = sum(len(group) for bus in loaded.buses for group in bus.patch)
    click.echo(f"{chosen} is good: {len(loaded.buses)} buses on {used} of {loaded.outputs} outputs.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--proc", hidden=True, default=PROC, type=click.Path(path_type=Path), help="For tests.")
def devices(as_json: bool, proc: Path) -> None:
    """List the audio interfaces, by the names that rig.toml may use."""
    interfaces = list_interfaces(proc)
    if as_json:
        cards = [msgspec.to_builtins(interface) for interface in interfaces]
        click.echo(json.dumps({"interfaces": cards, "virtual": VIRTUAL_CARDS}, indent=2, ensure_ascii=False))
        return
    if interfaces:
        Console().print(_devices_table(interfaces))
    else:
        click.echo("There is no audio interface. Plug one in, or play to a virtual card:")
    for name, meaning in VIRTUAL_CARDS.items():
        click.echo(f"  --card {name:10} {meaning}")


def _devices_table(interfaces: list[Interface]) -> Table:
    table = Table("Short name", "Interface", "Outputs", "Rates Hz", "Formats")
    for interface in interfaces:
        rates = ", ".join(map(str, interface.rates_hz))
        outputs = "?" if interface.outputs is None else str(interface.outputs)
        table.add_row(
            escape(interface.card_id),
            escape(interface.name),
            outputs,
            rates or "?",
            ", ".join(interface.formats) or "?",
        )
    return table


def _file(path: Path) -> str | None:
    return str(path) if path.exists() else None


def _plain(loaded: Rig) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(loaded)
    return plain


def _outputs(bus: Bus) -> str:
    """``1 / 2`` is left and right, ``1+2`` is the same on both."""
    return " / ".join("+".join(map(str, group)) for group in bus.patch)


def _sends(bus: Bus) -> str:
    heard = [f"{key} {level:+.1f}" if level else key for key, level in bus.sends.items() if level != "off"]
    absent = [key for key, level in bus.sends.items() if level == "off"]
    return ", ".join(heard) + (f"; not {', '.join(absent)}" if absent else "")
