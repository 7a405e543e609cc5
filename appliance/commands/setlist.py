"""``sidestage setlist``: which setlists there are, and what is in them."""

import json
import sys

import click
from rich.markup import escape
from rich.table import Column, Table

from appliance.commands.library import rig_rate
from appliance.commands.setlist_edit import add, move, remove
from appliance.commands.setlist_files import export, import_
from appliance.commands.setlist_shared import chosen, new_entry, none_yet, warn
from appliance.commands.setlist_table import console, head, plain_setlist, row, sums
from appliance.paths import Paths
from appliance.songs.library import Library
from appliance.songs.setlist import Setlist
from appliance.songs.setlist_export import summary
from appliance.songs.setlist_songs import resolve
from appliance.songs.setlists import Setlists


@click.group()
def setlist() -> None:
    """Put songs in order for a show. NAME is a setlist's name or its beginning; case and accents do not matter."""


for command in (add, remove, move, import_, export):
    setlist.add_command(command)


@setlist.command("list")
@click.option("--archived", is_flag=True, help="Those that were put away instead.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def list_(paths: Paths, archived: bool, as_json: bool) -> None:
    """List the setlists; the active one has a star."""
    setlists = Setlists(paths.setlists)
    found, problems = setlists.scan(archived)
    active = None if archived else setlists.active()
    library = Library(paths.library)
    rate_hz = rig_rate(paths)
    rows = [(each, resolve(each.setlist, library, rate_hz)) for each in found]
    if as_json:
        plain_rows = [
            {**head(each), "active": each.slug == active, **sums(each.setlist, resolved)} for each, resolved in rows
        ]
        click.echo(json.dumps(plain_rows, indent=2, ensure_ascii=False))
    elif rows:
        table = Table("", "Setlist", "What is in it", "File")
        for each, resolved in rows:
            star = "*" if each.slug == active else ""
            table.add_row(star, escape(each.setlist.name), summary(each.setlist, resolved), escape(each.path.name))
        console().print(table)
    else:
        click.echo("The archive is empty." if archived else none_yet())
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        sys.exit(max(problem.exit_code for problem in problems))


@setlist.command()
@click.argument("name")
@click.argument("songs", nargs=-1, metavar="[SONG]...")
@click.option("--missing", is_flag=True, help="Take songs too that are not in the library yet.")
@click.pass_obj
def new(paths: Paths, name: str, songs: tuple[str, ...], missing: bool) -> None:
    """Make a setlist of these songs, in this order. The first setlist becomes the active one."""
    found = Library(paths.library).songs()
    entries = tuple(new_entry(song, found, missing) for song in songs)
    setlists = Setlists(paths.setlists)
    made = setlists.create(Setlist(name=name, entries=entries))
    if setlists.active() is None:
        setlists.use(made.slug)
    click.echo(f"{made.setlist.name}: made, with {len(entries)} song{'' if len(entries) == 1 else 's'}.")


@setlist.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def show(paths: Paths, name: str | None, as_json: bool) -> None:
    """Show a setlist, the active one if not named: songs, lengths, what happens at each end, and what is missing."""
    stored = chosen(Setlists(paths.setlists), name)
    resolved = resolve(stored.setlist, Library(paths.library), rig_rate(paths))
    if as_json:
        click.echo(json.dumps(plain_setlist(stored, resolved), indent=2, ensure_ascii=False, default=str))
        return
    screen = console()
    screen.print(f"[bold]{escape(stored.setlist.name)}[/]: {summary(stored.setlist, resolved)}", soft_wrap=True)
    if stored.setlist.note:
        screen.print(escape(stored.setlist.note), soft_wrap=True)
    table = Table(Column("", justify="right"), "", Column("Length", justify="right"), "At its end", "Tonight", "Note")
    for each in resolved:
        table.add_row(*row(each))
    if resolved:
        screen.print(table)
    screen.print(f"Correct what is wrong in {escape(str(stored.path))}", soft_wrap=True)
    warn(resolved)


@setlist.command()
@click.argument("name")
@click.pass_obj
def use(paths: Paths, name: str) -> None:
    """Make a setlist the active one: the one that is played and shown unless another is named."""
    setlists = Setlists(paths.setlists)
    stored = setlists.find(name)
    setlists.use(stored.slug)
    click.echo(f"{stored.setlist.name}: active.")


@setlist.command()
@click.argument("name")
@click.argument("new_name", metavar="NEW_NAME")
@click.pass_obj
def rename(paths: Paths, name: str, new_name: str) -> None:
    """Call a setlist something else. Its file keeps its name."""
    setlists = Setlists(paths.setlists)
    stored = setlists.find(name)
    renamed = setlists.rename(stored.slug, new_name, stored.token)
    click.echo(f"{renamed.setlist.name}: that was {stored.setlist.name}.")


@setlist.command()
@click.argument("name")
@click.argument("new_name", metavar="NEW_NAME")
@click.pass_obj
def duplicate(paths: Paths, name: str, new_name: str) -> None:
    """Copy a setlist under another name, to change it for another show."""
    setlists = Setlists(paths.setlists)
    stored = setlists.find(name)
    copied = setlists.duplicate(stored.slug, new_name)
    click.echo(f"{copied.setlist.name}: made, as {stored.setlist.name} is.")


@setlist.command()
@click.argument("name")
@click.pass_obj
def archive(paths: Paths, name: str) -> None:
    """Put a setlist away. Nothing is deleted: `sidestage setlist restore` brings it back."""
    setlists = Setlists(paths.setlists)
    stored = setlists.find(name)
    setlists.archive(stored.slug)
    click.echo(f'{stored.setlist.name}: in the archive. Bring it back with: sidestage setlist restore "{name}"')


@setlist.command()
@click.argument("name")
@click.pass_obj
def restore(paths: Paths, name: str) -> None:
    """Bring a setlist back from the archive."""
    setlists = Setlists(paths.setlists)
    stored = setlists.restore(setlists.find(name, archived=True).slug)
    click.echo(f"{stored.setlist.name}: back from the archive.")
