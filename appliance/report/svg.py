"""Charts that are as wide as their place and whose text never scales.

A chart has its height in pixels and its width in parts of the whole, so that one drawing is read on a phone, a screen
and paper alike. Curves lie in a box of their own that is stretched; lines and text lie beside it.
"""

import math
from collections.abc import Iterator, Sequence

from appliance.report.markup import Markup, tag

Point = tuple[float, float]
"""Across from 0 to 1, and down in pixels."""

WIDTH = 1000
"""Units of the stretched box."""
TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
MOST_TIMES = 6
"""Labels of a time axis that find room on a phone."""


def chart(label: str, height: float, *parts: str) -> Markup:
    """The place for axis labels is around it and belongs to the style sheet. ``label`` is what is read aloud."""
    svg = tag("svg", *parts, class_="chart", width="100%", height=height, role="img", aria_label=label)
    return tag("div", svg, class_="plot")


def stretched(top: float, height: float, *shapes: str) -> Markup:
    """Shapes in units of WIDTH across and pixels down, from ``top``; what leaves the box is cut off."""
    box = f"0 0 {WIDTH} {height:g}"
    return tag("svg", *shapes, y=top, width="100%", height=height, viewBox=box, preserveAspectRatio="none")


def line(from_: Point, to: Point, class_: str) -> Markup:
    return tag("line", x1=percent(from_[0]), y1=from_[1], x2=percent(to[0]), y2=to[1], class_=class_)


def label(at: Point, words: str, anchor: str = "middle", dx: float = 0.0, class_: str = "tick") -> Markup:
    return tag("text", words, x=percent(at[0]), y=at[1], dx=dx, text_anchor=anchor, class_=class_)


def rectangle(left: float, top: float, width: float, height: float, class_: str) -> Markup:
    return tag("rect", x=percent(left), y=top, width=percent(width), height=height, class_=class_)


def dot(at: Point, radius: float, class_: str) -> Markup:
    return tag("circle", cx=percent(at[0]), cy=at[1], r=radius, class_=class_)


def curve(points: Sequence[Point | None], class_: str) -> Markup:
    """Broken where there is none. For the stretched box."""
    steps, pen_down = [], False
    for point in points:
        if point is not None:
            steps.append(f"{'L' if pen_down else 'M'}{_across(point[0])} {_short(point[1])}")
        pen_down = point is not None
    return tag("path", d=" ".join(steps), class_=class_)


def area(upper: Sequence[Point], lower: Sequence[Point], class_: str) -> Markup:
    """Between two edges. For the stretched box."""
    points = " ".join(f"{_across(x)},{_short(y)}" for x, y in (*upper, *reversed(lower)))
    return tag("polygon", points=points, class_=class_)


def percent(part: float) -> str:
    return f"{100.0 * part:.2f}%"


def times_s(duration_s: float) -> Iterator[int]:
    """Where a time axis is labelled, from 0."""
    step = next((step for step in TIME_STEPS_S if duration_s / step <= MOST_TIMES), TIME_STEPS_S[-1])
    yield from range(0, math.floor(duration_s) + 1, step)


def _across(part: float) -> str:
    return _short(WIDTH * part)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
