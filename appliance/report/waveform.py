"""A song over time: before and after, and what the limiters take, hanging from the top."""

from collections.abc import Sequence

from appliance.mastering.picture import Picture
from appliance.mastering.result import SongResult
from appliance.report import svg
from appliance.report.markup import Markup
from appliance.report.scales import Scales
from appliance.report.words import amount
from appliance.units import clock

TAKEN = 30.0
"""Height of the limiters' part."""
GAP = 17.0
WAVE = 104.0
AXIS = 18.0
MARKS_DBFS = (0, -6)


def waveform(result: SongResult, scales: Scales, budget_db: float) -> Markup:
    """Peaks of the house's sum. ``budget_db`` is the most that the limiters may take."""
    top, bottom = TAKEN + GAP, TAKEN + GAP + WAVE
    return svg.chart(
        f"Waveform of {result.title} before and after mastering, and what the limiters take",
        bottom + AXIS,
        *_times(result.duration_s, bottom),
        *_taken_axis(scales, budget_db),
        *_level_axis(scales, top),
        svg.stretched(0, TAKEN, _taken(result.picture_after, scales, result.duration_s)),
        svg.stretched(top, WAVE, *_waves(result, scales)),
        svg.line((0, top + WAVE / 2), (1, top + WAVE / 2), "axis"),
    )


def _waves(result: SongResult, scales: Scales) -> list[Markup]:
    """The louder one behind, so that both are seen wherever they differ."""
    before, after = result.picture_before, result.picture_after
    lighter = [
        peak if peak < other else 0.0 for peak, other in zip(before.peaks, after.peaks, strict=False)
    ]  # both are of the same song; a picture of nothing has no points
    return [
        _mirrored(before.peaks, before.step_s, result.duration_s, scales, "before-area"),
        _mirrored(after.peaks, after.step_s, result.duration_s, scales, "after-area"),
        _mirrored(lighter, before.step_s, result.duration_s, scales, "before-area"),
    ]


def _mirrored(peaks: Sequence[float], step_s: float, duration_s: float, scales: Scales, class_: str) -> Markup:
    middle, half = WAVE / 2, WAVE / 2 / scales.amplitude
    points = _outline(peaks, step_s, duration_s)
    upper, lower = ([(x, middle + side * half * peak) for x, peak in points] for side in (-1, 1))
    return svg.area(upper, lower, class_)


def _taken(picture: Picture, scales: Scales, duration_s: float) -> Markup:
    points = _outline(picture.reduction_db, picture.step_s, duration_s)
    edge = [(x, TAKEN * taken / scales.reduction_db) for x, taken in points]
    return svg.area([(x, 0.0) for x, _ in (edge[:1] + edge[-1:])], edge, "taken-area")


def _outline(values: Sequence[float], step_s: float, duration_s: float) -> list[svg.Point]:
    """Each value in the middle of its step; of several alike the first and the last, which makes a page far smaller."""
    last = len(values) - 1
    return [
        (min(1.0, (n + 0.5) * step_s / duration_s), value)
        for n, value in enumerate(values)
        if n in (0, last) or not values[n - 1] == value == values[n + 1]
    ]


def _times(duration_s: float, bottom: float) -> list[Markup]:
    parts = []
    for at_s in svg.times_s(duration_s):
        across = at_s / duration_s if duration_s else 0.0
        parts.append(svg.line((across, 0), (across, bottom), "grid"))
        parts.append(svg.label((across, bottom + 14), clock(at_s)))
    return parts


def _taken_axis(scales: Scales, budget_db: float) -> list[Markup]:
    allowed = TAKEN * budget_db / scales.reduction_db
    return [
        svg.line((0, 0), (1, 0), "axis"),
        svg.label((0, 4), "0", "end", -6, "tick taken"),
        svg.line((0, allowed), (1, allowed), "budget"),
        svg.label((0, max(allowed + 4, 15)), f"{amount(-budget_db)} dB", "end", -6, "tick taken"),
    ]


def _level_axis(scales: Scales, top: float) -> list[Markup]:
    parts, middle = [], top + WAVE / 2
    for level_dbfs in MARKS_DBFS:
        height = WAVE / 2 * 10 ** (level_dbfs / 20) / scales.amplitude
        for y in (middle - height, middle + height):
            parts.append(svg.line((0, y), (1, y), "grid"))
        words = "0 dBFS" if level_dbfs == 0 else amount(level_dbfs)
        parts.append(svg.label((0, middle - height + 4), words, "end", -6))
    return parts
