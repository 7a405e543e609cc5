"""Loudness of ITU-R BS.1770-5 with the windows of EBU Tech 3341 and the range of EBU Tech 3342.

Every number comes from the K-weighted mean square of each 10 ms. Windows are whole and lie inside the signal: what is
shorter than one has no such loudness. All channels weigh 1, since stems and buses are mono or stereo; a mono signal is
one channel and therefore 3.01 LU quieter than the same on both sides of a stereo signal.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND

MOMENTARY_HOPS = 40
SHORT_TERM_HOPS = 300
STEP_HOPS = 10
"""100 ms from one window to the next where windows are counted: gating blocks overlap by three quarters (BS.1770-5),
and a loudness range is read ten times a second, as a meter shows short-term loudness (Tech 3341)."""

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
RANGE_EDGES = (0.10, 0.95)
"""Percentiles of Tech 3342."""

Series = NDArray[np.float64]


class Loudness(msgspec.Struct, frozen=True, kw_only=True):
    """None where there is none: silence, or a signal that is shorter than the window."""

    integrated_lufs: float | None
    s95_lufs: float | None
    """95th percentile of the gated short-term loudness: how loud the loud sections are."""
    range_lu: float | None
    max_short_term_lufs: float | None
    max_momentary_lufs: float | None


def measure_loudness(weighted: Series) -> Loudness:
    """From the mean squares behind the K weighting, of shape (channels, hops of 10 ms)."""
    lower, upper = range_edges_lufs(weighted)
    return Loudness(
        integrated_lufs=_told(integrated_lufs(weighted)),
        s95_lufs=_told(upper),
        range_lu=None if np.isneginf(upper) else upper - lower,
        max_short_term_lufs=_told(float(np.max(short_term_lufs(weighted), initial=-np.inf))),
        max_momentary_lufs=_told(float(np.max(momentary_lufs(weighted), initial=-np.inf))),
    )


def momentary_lufs(weighted: Series) -> Series:
    """Over 400 ms, every 10 ms; the first is of the first 40 hops. Minus infinity in silence."""
    return lufs(_windows(weighted, MOMENTARY_HOPS))


def short_term_lufs(weighted: Series) -> Series:
    """Over 3 s, every 10 ms; the first is of the first 300 hops."""
    return lufs(_windows(weighted, SHORT_TERM_HOPS))


def integrated_lufs(weighted: Series) -> float:
    """BS.1770-5: the mean of the blocks above -70 LUFS and above 10 LU below their mean; minus infinity for none."""
    blocks = _windows(weighted, MOMENTARY_HOPS)[::STEP_HOPS]
    loud = _gated(blocks, RELATIVE_GATE_LU)
    return _level(np.mean(loud)) if len(loud) else -np.inf


def range_edges_lufs(weighted: Series, step_hops: int = STEP_HOPS) -> tuple[float, float]:
    """The edges of the loudness range, 10th and 95th percentile of the gated short-term loudness (Tech 3342).

    Minus infinity twice for silence. ``step_hops`` is the time between windows; the standard allows up to 100.
    """
    loud = np.sort(_gated(_windows(weighted, SHORT_TERM_HOPS)[::step_hops], RANGE_GATE_LU))
    if not len(loud):
        return -np.inf, -np.inf
    lower, upper = (_level(loud[int((len(loud) - 1) * edge + 0.5)]) for edge in RANGE_EDGES)
    return lower, upper


def lufs(powers: Series) -> Series:
    """BS.1770-5 (2): K-weighted mean squares, summed over the channels, in LUFS."""
    with np.errstate(divide="ignore"):
        levels: Series = -0.691 + 10.0 * np.log10(powers)
    return levels


def power(level_lufs: float) -> float:
    """The inverse of ``lufs``."""
    return float(10.0 ** ((level_lufs + 0.691) / 10.0))


def _windows(weighted: Series, hops: int) -> Series:
    """The mean of each ``hops`` consecutive hops, of all channels together."""
    sums = np.concatenate([[0.0], np.cumsum(np.sum(weighted, axis=0))])
    # What rounding leaves of a silence after something loud is below 0 as often as above.
    means: Series = np.maximum(sums[hops:] - sums[:-hops], 0.0) / hops
    return means


def _gated(powers: Series, relative_lu: float) -> Series:
    above = powers[powers > power(ABSOLUTE_GATE_LUFS)]
    if not len(above):
        return above
    threshold = float(np.mean(above)) * 10.0 ** (relative_lu / 10.0)
    gated: Series = above[above > threshold]
    return gated


def _level(one: np.floating) -> float:
    return float(lufs(np.asarray(one)))


def _told(level: float) -> float | None:
    return None if np.isneginf(level) else float(level)


assert HOPS_PER_SECOND == 100  # noqa: S101 - the windows above are counted in them
