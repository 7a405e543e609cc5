"""One clock for all controls: seconds of CLOCK_MONOTONIC, as ``time.monotonic`` tells them."""

import time

PLAUSIBLE_S = 5.0
"""No event waits longer in a driver; a stamp that is further off is of another clock."""


def on_monotonic(stamp_s: float, monotonic_s: float, realtime_s: float) -> float:
    """A driver's time stamp on the monotonic clock.

    Kernels before 5.7 and some libraries stamp GPIO edges on the wall clock, others on the monotonic one. Both clocks
    as they are now tell which it was; a stamp of neither, or of the future, counts as now.
    """
    for clock_s in (monotonic_s, realtime_s):
        age_s = clock_s - stamp_s
        if 0.0 <= age_s <= PLAUSIBLE_S:
            return monotonic_s - age_s
    return monotonic_s


def from_driver(stamp_s: float) -> float:
    """The same, with the clocks as they are."""
    return on_monotonic(stamp_s, time.monotonic(), time.time())
