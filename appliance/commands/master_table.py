"""A mastered set in a terminal: a row for each song, then the set as a whole, then what needs attention."""

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from appliance.report import MasteredSet, SongRow, song_row
from appliance.settings import LevelMatch

COLUMNS = ("before", "target", "after", "gain", "peak", "limiter")
"""Few and short: beside a title they fit into the 80 columns of the smallest terminal."""
NOTHING = "-"


def set_table(set_: MasteredSet) -> RenderableType:
    """Loudness in LUFS, in the number that is matched; true peak in dBTP; what the limiters take, most and mean, in dB.

    What failed is not in it: that is an error and told as one.
    """
    table = Table("Song", box=SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    table.add_column("remark")
    for result in set_.results:
        table.add_row(*_cells(song_row(set_, result)))
    return Group(table, *_whole(set_), *_warnings(set_))


def _cells(row: SongRow) -> Iterator[str]:
    yield escape(row.title)
    for level in (row.before_lufs, row.target_lufs, row.after_lufs):
        yield _number(level)
    yield NOTHING if row.gain_db is None else f"{row.gain_db:+.1f}"
    yield _number(row.true_peak_dbtp)
    yield f"{_number(row.limiter_max_db)} / {_number(row.limiter_mean_db, 2)}"
    yield escape(row.remark)


def _whole(set_: MasteredSet) -> Iterator[str]:
    before, after, common = set_.spread_before_lu, set_.spread_after_lu, set_.common_target_lufs
    if before is not None and after is not None:
        yield f"{len(set_.alike)} songs that are to be alike lay {before:.1f} LU apart; now {after:.2f} LU."
    if common is not None:
        match = ' match = "s95" and' if set_.settings.match is LevelMatch.REFERENCE else ""
        yield f"All songs reach {common:.1f} LUFS: set{match} target_lufs = {common:.1f}."


def _warnings(set_: MasteredSet) -> Iterator[str]:
    for one in set_.warnings:
        title, subject = escape(one.title), escape(one.finding.subject)
        yield f"[yellow]{title}[/], {subject}: {escape(one.finding.sentence)}"


def _number(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"
