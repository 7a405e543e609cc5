"""Bursts: how loud the loudest ordinary second of a signal is in any 50 ms of it, and what stands out above that.

A second is ordinary where it has company: in at least two other places of the song seconds come within 3 dB of it.
A burst has none, however loud; a click, a phrase of a guide and a chorus come again.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.kernel import HOPS_PER_SECOND

WINDOW_HOPS = 5
"""50 ms, the kernel's."""
RISE_DB = 6.0
"""More than so much above its loudest ordinary second, a signal has no reason to rise."""
COMPANY_DB = 3.0
COMPANY = 2
SILENT_DB = -70.0


class Spike(msgspec.Struct, frozen=True, kw_only=True):
    """A burst, by its loudest 50 ms."""

    at_s: float
    over_db: float
    """Above the loudest ordinary second."""


def windows_db(energy: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """RMS (square wave = 0 dBFS) of each 50 ms, every 10 ms, of the louder channel; ``energy`` is (channels, hops)."""
    loudest = np.concatenate([np.zeros((len(energy), 1)), np.cumsum(energy, axis=1)], axis=1)
    sums = np.maximum(loudest[:, WINDOW_HOPS:] - loudest[:, :-WINDOW_HOPS], 0.0).max(axis=0, initial=0.0)
    with np.errstate(divide="ignore"):
        levels: NDArray[np.float64] = 10.0 * np.log10(sums / (WINDOW_HOPS * rate_hz / HOPS_PER_SECOND))
    return levels


def ordinary_db(levels: NDArray[np.float64]) -> float | None:
    """The loudest 50 ms of the loudest ordinary second; None where nothing sounds.

    A signal of which nothing comes again (one single phrase) is ordinary as a whole.
    """
    seconds = -(-len(levels) // HOPS_PER_SECOND)
    padded = np.full(seconds * HOPS_PER_SECOND, -np.inf)
    padded[: len(levels)] = levels
    loudest = padded.reshape(seconds, HOPS_PER_SECOND).max(axis=1, initial=-np.inf)
    for second in np.argsort(-loudest, kind="stable"):
        level = float(loudest[second])
        if level < SILENT_DB:
            break
        company = np.flatnonzero(loudest >= level - COMPANY_DB)
        if _places(company[np.abs(company - second) > 1]) >= COMPANY:
            return level
    most = float(loudest.max(initial=-np.inf))
    return most if most > SILENT_DB else None


def _places(seconds: NDArray[np.intp]) -> int:
    """Neighbours are one place: a burst may lie across the border of two seconds."""
    return len(seconds) and 1 + int(np.sum(np.diff(seconds) > 1))


def find_spikes(levels: NDArray[np.float64]) -> tuple[Spike, ...]:
    """Every burst by more than RISE_DB; what lies within a second of a louder one belongs to it."""
    usual = ordinary_db(levels)
    if usual is None:
        return ()
    over = levels - usual
    found: list[Spike] = []
    while len(over) and over.max() > RISE_DB:
        at = int(over.argmax())
        found.append(Spike(at_s=at / HOPS_PER_SECOND, over_db=float(over[at])))
        over[max(0, at - HOPS_PER_SECOND) : at + HOPS_PER_SECOND] = -np.inf
    return tuple(sorted(found, key=lambda spike: spike.at_s))
