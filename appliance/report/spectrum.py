"""The shape of a song's spectrum before and after, beside what its profile wants."""

import math
from collections.abc import Sequence

from appliance.measurement.spectrum import NOMINAL_HZ
from appliance.report import svg
from appliance.report.markup import Markup
from appliance.report.scales import Scales, Shapes
from appliance.report.words import amount

HEIGHT = 172.0
AXIS = 18.0
LABELS_HZ = {50: "50", 100: "100", 200: "200", 500: "500", 1000: "1k", 2000: "2k", 5000: "5k", 10000: "10k"}
LEVEL_STEP_DB = 12
FROM_HZ, TO_HZ = NOMINAL_HZ[0], NOMINAL_HZ[-1]


def spectrum(title: str, found: Shapes, scales: Scales) -> Markup:
    """In third octaves, at equal loudness; in dB below the loud sections."""
    return svg.chart(
        f"Spectrum of {title} before and after mastering, and its target",
        HEIGHT + AXIS,
        *_levels(scales),
        *_frequencies(),
        svg.stretched(
            0,
            HEIGHT,
            svg.curve(_points(found.target, scales), "target-line"),
            svg.curve(_points(found.before, scales), "before-line"),
            svg.curve(_points(found.after, scales), "after-line"),
        ),
        svg.line((0, HEIGHT), (1, HEIGHT), "axis"),
    )


def _points(levels: Sequence[float | None], scales: Scales) -> list[svg.Point | None]:
    return [
        None if level is None else (_across(hz), _down(level, scales))
        for hz, level in zip(NOMINAL_HZ, levels, strict=False)  # no spectrum has no levels
    ]


def _across(frequency_hz: float) -> float:
    return math.log(frequency_hz / FROM_HZ) / math.log(TO_HZ / FROM_HZ)


def _down(level_db: float, scales: Scales) -> float:
    low, high = scales.spectrum_db
    return HEIGHT * (high - level_db) / (high - low)


def _frequencies() -> list[Markup]:
    parts = []
    for hz, words in LABELS_HZ.items():
        parts.append(svg.line((_across(hz), 0), (_across(hz), HEIGHT), "grid"))
        parts.append(svg.label((_across(hz), HEIGHT + 14), words))
    return [*parts, svg.label((1, HEIGHT + 14), "20k")]


def _levels(scales: Scales) -> list[Markup]:
    low, high = scales.spectrum_db
    parts = []
    first = math.floor(high / LEVEL_STEP_DB) * LEVEL_STEP_DB
    for level in range(first, math.ceil(low) - 1, -LEVEL_STEP_DB):
        y = _down(level, scales)
        parts.append(svg.line((0, y), (1, y), "grid"))
        if 4 < y < HEIGHT - 4 or level in (low, high):
            parts.append(svg.label((0, y + 4), f"{amount(level)} dB" if level == first else amount(level), "end", -6))
    return parts
