"""A song as one row of a table, and in a few words what is special about it."""

from collections.abc import Iterator
from typing import NamedTuple

from appliance.mastering.result import SongResult, Weight
from appliance.measurement import Measurement
from appliance.report.model import MasteredSet, before_lufs, house_work, of_weight, reached_lufs

MEASURED = (
    "integrated_lufs", "s95_lufs", "range_lu", "max_short_term_lufs", "max_momentary_lufs", "true_peak_dbtp", "plr_db",
    "psr_db", "noise_floor_dbfs", "correlation", "mono_loss_db",
)  # fmt: skip
"""What is told of the house before and after."""


class SongRow(NamedTuple):
    """None where there is no such number. Loudness is the number that is matched."""

    title: str
    duration_s: float
    before_lufs: float | None
    target_lufs: float | None
    after_lufs: float | None
    gain_db: float | None
    true_peak_dbtp: float | None
    """Of the sum of all house buses."""
    limiter_max_db: float | None
    limiter_mean_db: float | None
    plr_db: float | None
    remark: str


def song_row(set_: MasteredSet, result: SongResult) -> SongRow:
    house, work = result.after.house, house_work(result.after)
    return SongRow(
        title=result.title,
        duration_s=result.duration_s,
        before_lufs=before_lufs(result, set_.settings.match),
        target_lufs=result.target_lufs,
        after_lufs=reached_lufs(result),
        gain_db=None if result.target_lufs is None else result.gain_db,
        true_peak_dbtp=house.levels.true_peak_dbtp if house else None,
        limiter_max_db=work.max_db if work else None,
        limiter_mean_db=work.mean_db if work else None,
        plr_db=house.levels.plr_db if house else None,
        remark=", ".join(_remarks(set_, result)),
    )


def measured_values(house: Measurement | None) -> tuple[float | None, ...]:
    """In the order of MEASURED."""
    if house is None:
        return (None,) * len(MEASURED)
    loudness, levels, stereo = house.loudness, house.levels, house.stereo
    return (
        loudness.integrated_lufs, loudness.s95_lufs, loudness.range_lu, loudness.max_short_term_lufs,
        loudness.max_momentary_lufs, levels.true_peak_dbtp, levels.plr_db, levels.psr_db, levels.noise_floor_dbfs,
        stereo.correlation if stereo else None, stereo.mono_loss_db if stereo else None,
    )  # fmt: skip


def _remarks(set_: MasteredSet, result: SongResult) -> Iterator[str]:
    if reached_lufs(result) is None:
        yield "nothing for the audience"
    if result.shortfall_lu > 0:
        yield f"{result.shortfall_lu:.1f} LU below target"
    if result.sparse:
        yield f"sparse, {set_.settings.sparse_lu:g} LU lower"
    if result.offset_lu:
        yield f"{abs(result.offset_lu):g} LU {'louder' if result.offset_lu > 0 else 'quieter'} by wish"
    warnings = len(of_weight(result, Weight.WARNING))
    if warnings:
        yield "1 warning" if warnings == 1 else f"{warnings} warnings"
