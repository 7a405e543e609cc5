"""The report for spreadsheets and scripts."""

import csv
import io
import math

import msgspec

from appliance.mastering.profiles import BANDS
from appliance.mastering.result import SongResult, Weight
from appliance.report.model import MasteredSet, of_weight
from appliance.report.rows import MEASURED, measured_values, song_row

FORMAT = 1
"""Of the JSON report; raised when a key changes its meaning."""

Cell = str | float | int | None


SONG = (
    "place", "title", "length_s", "matched_by", "before_lufs", "target_lufs", "after_lufs", "shortfall_lu", "gain_db",
    "offset_lu", "sparse", "limited", "filled_percent", "limiter_max_db", "limiter_mean_db",
)  # fmt: skip
DECIDED = ("high_pass_hz", *(f"{band.name}_db" for band in BANDS), "ears_tracks_db", "ears_click_db", "ears_guide_db")
HEADER = (
    *SONG,
    *(f"before_{name}" for name in MEASURED),
    *(f"after_{name}" for name in MEASURED),
    *DECIDED,
    "remark",
    "warnings",
)
"""Stable: columns are added at the end and never renamed."""


def csv_table(set_: MasteredSet) -> str:
    """One row for each song below a header; what does not exist is empty. Warnings are joined by `` | ``."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for place, result in enumerate(set_.results, start=1):
        writer.writerow([_cell(value) for value in _row(set_, place, result)])
    return file.getvalue()


def json_report(set_: MasteredSet) -> str:
    """Everything that is known of the set, numbers unrounded; what does not exist is null."""
    content = {
        "format": FORMAT,
        "name": set_.name,
        "date": set_.date,
        "spread_before_lu": set_.spread_before_lu,
        "spread_after_lu": set_.spread_after_lu,
        "common_target_lufs": set_.common_target_lufs,
        "failed": set_.failed,
        "warnings": [
            {"place": one.place, "title": one.title, "subject": one.finding.subject, "sentence": one.finding.sentence}
            for one in set_.warnings
        ],
        "settings": set_.settings,
        "rig": set_.rig,
        "songs": set_.results,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def _row(set_: MasteredSet, place: int, result: SongResult) -> tuple[Cell, ...]:
    row, ears = song_row(set_, result), result.ears
    moves = {move.band: move.gain_db for move in result.equaliser.moves}
    warnings = (f"{one.subject}: {one.sentence}" for one in of_weight(result, Weight.WARNING))
    return (
        place, row.title, row.duration_s, set_.settings.match.value, row.before_lufs, row.target_lufs, row.after_lufs,
        result.shortfall_lu, row.gain_db, result.offset_lu, result.sparse, result.limited, 100.0 * result.filled,
        row.limiter_max_db, row.limiter_mean_db,
        *measured_values(result.before.house),
        *measured_values(result.after.house),
        result.equaliser.high_pass_hz,
        *(moves.get(band.name, 0.0) for band in BANDS),
        ears.tracks_db, ears.click_db, ears.guide_db,
        row.remark,
        " | ".join(warnings),
    )  # fmt: skip


def _cell(value: Cell) -> str | int:
    """Numbers as scripts and spreadsheets read them: a point, three digits, yes or no."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else value
