"""Numbers and lists as they are printed."""

import math
from collections.abc import Sequence

from appliance.settings import LevelMatch
from appliance.units import clock

NOTHING = "\u2013"
MINUS = "\u2212"

MATCHED = {
    LevelMatch.S95: "S95",
    LevelMatch.INTEGRATED: "integrated loudness",
    LevelMatch.MAX_SHORT_TERM: "maximum short-term loudness",
    LevelMatch.REFERENCE: "S95",
    LevelMatch.ALBUM: "S95",
}
"""What is made equal, by name."""


def number(value: float | None, digits: int = 1, sign: bool = False) -> str:
    """A dash where there is none, a true minus, and never a minus before zero."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if not text.strip("+-0."):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def amount(value: float) -> str:
    """As short as it was typed: ``3``, ``0.5``."""
    return f"{value:g}".replace("-", MINUS)


def short(title: str, most: int) -> str:
    """For a place that is no wider than that."""
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}\u2026"


def music(duration_s: float) -> str:
    """``7:19``, or ``1 h 52 min``."""
    minutes = round(duration_s / 60)
    return clock(duration_s) if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def some(words: Sequence[str], most: int = 5) -> str:
    """The first of them, and how many more there are."""
    if len(words) <= most:
        return listed(words)
    return f"{', '.join(words[: most - 1])} and {len(words) - most + 1} more"


def counted(count: int, one: str) -> str:
    return f"1 {one}" if count == 1 else f"{count} {one}s"
