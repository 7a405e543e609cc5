"""The set at a glance: loudness before and after, song by song, the spread, and the table."""

import math
from collections.abc import Iterator

from appliance.mastering.findings import PROMISED_LU
from appliance.report import svg
from appliance.report.markup import Markup, join, tag
from appliance.report.model import MasteredSet
from appliance.report.rows import SongRow, song_row
from appliance.report.scales import Scales
from appliance.report.words import MATCHED, amount, counted, number, short, some
from appliance.settings import LevelMatch
from appliance.units import clock

ROW = 20.0
AXIS = 26.0
LABELS = 6
COLUMNS = (
    "", "Song", "Length", "Before LUFS", "Target LUFS", "After LUFS", "Gain dB", "True peak dBTP",
    "Limiter max / mean dB", "PLR dB", "Remark",
)  # fmt: skip
CLASSES = {"Song": "words name", "Remark": "words"}


def glance(set_: MasteredSet, scales: Scales) -> Markup:
    """Sentences, chart and table."""
    rows = [song_row(set_, result) for result in set_.results]
    sentences = [tag("p", sentence) for sentence in set_sentences(set_)]
    if not rows:
        return join(*sentences)
    return join(*sentences, _dumbbells(set_, rows, scales), _table(rows))


def set_sentences(set_: MasteredSet) -> Iterator[str]:
    """What was made equal and how well, and which target all songs would reach."""
    matched = MATCHED[set_.settings.match]
    alike, left_out = set_.alike, [short(result.title, 36) for result in set_.results if result not in set_.alike]
    before, after = set_.spread_before_lu, set_.spread_after_lu
    if before is not None and after is not None:
        kept = ", as the set's own relations are kept" if set_.settings.match is LevelMatch.ALBUM else ""
        yield (
            f"The {matched} of {counted(len(alike), 'song')} lay {number(before)} LU apart; now it lies "
            f"{number(after, 2)} LU apart{kept}."
        )
    if left_out and alike:
        yield f"Not counted, for an offset, few sounds, the limiters or silence: {some(left_out)}."
    if left_out:
        yield from _of_all(set_, matched)
    common = set_.common_target_lufs
    if common is not None:
        match = ' match = "s95" and' if set_.settings.match is LevelMatch.REFERENCE else ""
        yield f"All songs reach {number(common)} LUFS: set{match} target_lufs = {common:.1f}."


def _of_all(set_: MasteredSet, matched: str) -> Iterator[str]:
    rows = [song_row(set_, result) for result in set_.results]
    pairs = ((row.before_lufs, row.after_lufs) for row in rows)
    heard = [(before, after) for before, after in pairs if before is not None and after is not None]
    if len(heard) > 1:
        before, after = (max(levels) - min(levels) for levels in zip(*heard, strict=True))
        yield f"The {matched} of all songs lay {number(before)} LU apart; now it lies {number(after)} LU apart."


def _dumbbells(set_: MasteredSet, rows: list[SongRow], scales: Scales) -> Markup:
    base = set_.base_lufs if set_.settings.match is not LevelMatch.ALBUM else None
    lines = [_dumbbell(place, row, base, scales) for place, row in enumerate(rows, start=1)]
    key = tag(
        "p",
        _swatch("dot-before", "before"), _swatch("dot-after", "after"),
        _swatch("mark-target", f"target, \u00b1{amount(PROMISED_LU)} LU"),
        class_="key",
    )  # fmt: skip
    head = tag("h3", f"{_capital(MATCHED[set_.settings.match])} before and after, LUFS")
    return tag("div", head, key, *lines, _axis(scales), class_="dumbbells")


def _dumbbell(place: int, row: SongRow, base: float | None, scales: Scales) -> Markup:
    title = tag("a", f"{place} {row.title}", href=f"#song-{place}", class_="title")
    numbers = f"{number(row.before_lufs)} \u2192 {number(row.after_lufs)}"
    grid = [svg.line((scales.loudness(level), 0), (scales.loudness(level), ROW), "grid") for level in _marks(scales)]
    drawing = tag(
        "svg", *grid, *_target(row.target_lufs, base, scales), *_levels(row, scales),
        class_="chart", width="100%", height=ROW, role="img", aria_label=f"{row.title}: {numbers} LUFS",
    )  # fmt: skip
    return tag("div", title, tag("div", drawing), tag("span", numbers, class_="figure"), class_="dumbbell")


def _target(target: float | None, base: float | None, scales: Scales) -> Iterator[Markup]:
    """The line of all songs, and a song's own where that is another."""
    own = target is not None and (base is None or abs(target - base) > PROMISED_LU / 10)
    if base is not None:
        yield svg.line((scales.loudness(base), 0), (scales.loudness(base), ROW), "target faint" if own else "target")
    wanted = target if own else base
    if wanted is not None:
        low, high = (scales.loudness(wanted + side * PROMISED_LU) for side in (-1, 1))
        yield svg.rectangle(low, 0, high - low, ROW, "promise")
    if own and target is not None:
        yield svg.line((scales.loudness(target), 2), (scales.loudness(target), ROW - 2), "target")


def _levels(row: SongRow, scales: Scales) -> Iterator[Markup]:
    middle = ROW / 2
    if row.before_lufs is not None and row.after_lufs is not None:
        yield svg.line((scales.loudness(row.before_lufs), middle), (scales.loudness(row.after_lufs), middle), "moved")
    if row.before_lufs is not None:
        yield svg.dot((scales.loudness(row.before_lufs), middle), 4, "before-dot")
    if row.after_lufs is not None:
        yield svg.dot((scales.loudness(row.after_lufs), middle), 4.5, "after-dot")


def _marks(scales: Scales) -> list[int]:
    low, high = scales.lufs
    step = next(step for step in (1, 2, 5, 10, 20) if (high - low) / step <= LABELS)
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))


def _axis(scales: Scales) -> Markup:
    labels = [svg.label((scales.loudness(level), 14), amount(level)) for level in _marks(scales)]
    drawing = tag("svg", *labels, class_="chart", width="100%", height=AXIS, role="img", aria_label="Scale in LUFS")
    return tag("div", tag("span", class_="title"), tag("div", drawing), tag("span", class_="figure"), class_="dumbbell")


def _table(rows: list[SongRow]) -> Markup:
    head = tag("tr", *(tag("th", name, scope="col", class_=CLASSES.get(name)) for name in COLUMNS))
    body = [_table_row(place, row) for place, row in enumerate(rows, start=1)]
    table = tag("table", tag("thead", head), tag("tbody", *body), class_="set")
    return tag("div", table, class_="wide")


def _table_row(place: int, row: SongRow) -> Markup:
    limiter = f"{number(row.limiter_max_db)} / {number(row.limiter_mean_db, 2)}"
    cells = (
        clock(row.duration_s), number(row.before_lufs), number(row.target_lufs), number(row.after_lufs),
        number(row.gain_db, sign=True), number(row.true_peak_dbtp), limiter, number(row.plr_db),
    )  # fmt: skip
    title = tag("a", short(row.title, 60), href=f"#song-{place}")
    return tag(
        "tr",
        tag("td", str(place)),
        tag("th", title, scope="row", class_="words name"),
        *(tag("td", cell) for cell in cells),
        tag("td", row.remark, class_="words"),
    )


def _swatch(class_: str, words: str) -> Markup:
    return tag("span", tag("i", class_=class_), words)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
