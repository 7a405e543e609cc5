"""``sidestage setlist import`` and ``export``: setlists from and for other people."""

import json
import sys
from pathlib import Path

import click
import msgspec

from appliance.commands.library import rig_rate
from appliance.commands.setlist_shared import chosen
from appliance.errors import LibraryError
from appliance.paths import Paths
from appliance.songs.library import Library, fold
from appliance.songs.setlist import Setlist, entry_title
from appliance.songs.setlist_export import as_csv, as_text, summary
from appliance.songs.setlist_page import as_page
from appliance.songs.setlist_songs import resolve
from appliance.songs.setlist_text import How, Line, decode_text, import_text
from appliance.songs.setlists import Setlists
from appliance.storage import write_bytes


@click.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE.txt")
@click.option("--append", is_flag=True, help="Add to a setlist that exists already.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def import_(paths: Paths, name: str, file: Path, append: bool, as_json: bool) -> None:
    """Make a setlist from plain text with a title on each line; FILE may be - for what comes by a pipe.

    Case, accents, numbers in front, durations and keys behind, and slips of the finger do not matter. What the library
    does not have stays in the setlist as a missing song, is listed, and is found once it is imported.
    """
    lines = import_text(decode_text(_read(file), str(file)), Library(paths.library).songs(), str(file))
    entries = tuple(line.entry for line in lines if line.entry is not None)
    setlists = Setlists(paths.setlists)
    if append:
        stored = setlists.find(name)
        joined = msgspec.structs.replace(stored.setlist, entries=(*stored.setlist.entries, *entries))
        saved = setlists.save(stored.slug, joined, stored.token)
    else:
        if any(fold(each.setlist.name) == fold(name) for each in setlists.scan()[0]):
            raise LibraryError(
                "There is a setlist of this name already; with --append the lines are added to it.", name
            )
        saved = setlists.create(Setlist(name=name, entries=entries))
        if setlists.active() is None:
            setlists.use(saved.slug)
    if as_json:
        told = [{**msgspec.to_builtins(line), "entry": line.entry and entry_title(line.entry)} for line in lines]
        click.echo(json.dumps({"slug": saved.slug, "lines": told}, indent=2, ensure_ascii=False))
        return
    for line in lines:
        if (sentence := _sentence(line)) is not None:
            click.echo(f"line {line.number}: {line.text}: {sentence}")
    found = sum(line.how in {How.EXACT, How.SIMILAR} for line in lines)
    missing = sum(line.how is How.MISSING for line in lines)
    click.echo(f"{saved.setlist.name}: {found} songs found, {missing} missing, {len(entries)} entries.")


@click.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["text", "csv", "html"]), default="text", help="Text if not given.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Instead of the terminal.")
@click.pass_obj
def export(paths: Paths, name: str, form: str, out: Path | None) -> None:
    """Write a setlist for others: text, a CSV table, or a page (html) to print on A4 and put on the floor."""
    stored = chosen(Setlists(paths.setlists), name)
    resolved = resolve(stored.setlist, Library(paths.library), rig_rate(paths))
    if form == "csv":
        # Without the mark in front spreadsheets on Windows take UTF-8 for their own old alphabet.
        data = as_csv(resolved).encode("utf-8-sig" if out else "utf-8")
    elif form == "html":
        data = as_page(stored.setlist, resolved).encode()
    else:
        data = as_text(stored.setlist, resolved).encode()
    if out is None:
        click.echo(data, nl=False)
        return
    write_bytes(out, data)
    click.echo(f"Wrote {out}: {summary(stored.setlist, resolved)}.")


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise LibraryError("There is no such file.", str(file)) from error
    except OSError as error:
        raise LibraryError(f"It cannot be read: {error.strerror}.", str(file)) from error


def _sentence(line: Line) -> str | None:
    """What a person should look at; nothing for a title that is written as in the library."""
    match line.how:
        case How.SIMILAR if line.entry:
            return f"taken for {entry_title(line.entry)}."
        case How.MISSING:
            alike = f"; it might be {' or '.join(line.candidates)}" if line.candidates else ""
            return f"not in the library, kept as missing{alike}."
        case How.TEXT:
            return "kept as a text."
        case How.LEFT_OUT:
            return "left out."
        case _:
            return None
