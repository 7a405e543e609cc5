"""Measurements as tables: a song's buses, and its stems."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from appliance.measurement import BusMeasurement, Measurement, SongMeasurement, StemMeasurement
from appliance.units import clock

BUS_COLUMNS = ("I", "S95", "LRA", "max S", "max M", "true peak", "PLR", "limiter max", "mean")
STEM_COLUMNS = ("I", "S95", "LRA", "max S", "true peak", "PLR", "DC", "floor", "clipped", "correlation", "mono loss")
NOTHING = "-"


def song_tables(song: SongMeasurement) -> RenderableType:
    """The title, a row for each bus and for the sum of several house buses; below it the stems, if measured."""
    parts: list[RenderableType] = [f"[bold]{escape(song.title)}[/] {clock(song.duration_s)}, {song.rate_hz} Hz"]
    rows = [*_house_row(song), *(_bus_row(bus) for bus in song.buses)]
    parts.append(_table("Bus", BUS_COLUMNS, rows))
    if song.stems:
        parts.append(_table("Stem", STEM_COLUMNS, map(_stem_row, song.stems)))
    return Group(*parts)


def _table(first: str, columns: Iterable[str], rows: Iterable[list[str]]) -> Table:
    table = Table(first)
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _house_row(song: SongMeasurement) -> Iterator[list[str]]:
    if song.house and sum(bus.kind == "house" for bus in song.buses) > 1:
        yield ["[bold]All of the house[/]", *_loudness(song.house)]


def _bus_row(bus: BusMeasurement) -> list[str]:
    work = bus.limiter
    limiter = (_number(work.max_reduction_db), _number(work.mean_reduction_db, 2))
    return [f"{escape(bus.name)} [dim]{bus.kind.value}[/]", *_loudness(bus.measured), *limiter]


def _loudness(measured: Measurement) -> list[str]:
    loudness, levels = measured.loudness, measured.levels
    values = (
        loudness.integrated_lufs, loudness.s95_lufs, loudness.range_lu, loudness.max_short_term_lufs,
        loudness.max_momentary_lufs, levels.true_peak_dbtp, levels.plr_db,
    )  # fmt: skip
    return [_number(value) for value in values]


def _stem_row(stem: StemMeasurement) -> list[str]:
    loudness, levels, stereo = stem.measured.loudness, stem.measured.levels, stem.measured.stereo
    values = (
        loudness.integrated_lufs, loudness.s95_lufs, loudness.range_lu, loudness.max_short_term_lufs,
        levels.true_peak_dbtp, levels.plr_db, levels.dc_dbfs, levels.noise_floor_dbfs,
    )  # fmt: skip
    return [
        f"{escape(stem.name)} [dim]{stem.part or stem.role}[/]",
        *map(_number, values),
        str(levels.clipped_runs or NOTHING),
        _number(stereo.correlation if stereo else None, 2),
        _number(stereo.mono_loss_db if stereo else None),
    ]


def _number(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"
