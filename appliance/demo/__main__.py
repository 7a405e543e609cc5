"""``python -m appliance.demo OUT``: a band's delivery to try everything with."""

import sys
from pathlib import Path
from typing import cast

import click

from appliance.demo.band import Tools, render_band
from appliance.errors import SidestageError


@click.command(help="Write a demo band's delivery, five songs as messy as real ones, into the folder OUT.")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seconds", type=click.FloatRange(10, 600), default=60.0, show_default=True, help="Length of a song.")
@click.option(
    "--tools",
    type=click.Choice(["auto", "debian", "builtin"]),
    default="auto",
    show_default=True,
    help="Who plays: Debian's MMA and FluidSynth, this package alone, or what is there.",
)
@click.option("--workers", type=click.IntRange(1), help="Songs at a time; one per core if not given.")
def main(out: Path, seconds: float, tools: str, workers: int | None) -> None:
    def report(title: str, done: int, of: int) -> None:
        click.echo(f"{done} of {of}  {title}")

    try:
        render_band(out, seconds, report, cast(Tools, tools), workers)
    except SidestageError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
