"""From the stems of a song to the interface's outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .filters import EqBand, equalise
from .limiter import LimiterSpec, limit
from .quantise import from_int24

Signal = NDArray[np.float64]


@dataclass(frozen=True)
class BusSpec:
    """One bus. ``lookahead_ms`` and the like, where None, are the chain's. ``plain``: it hears no stem's equaliser."""

    width: int
    trim_db: float = 0.0
    eq: Sequence[EqBand] = ()
    ceiling_db: float = -1.0
    lookahead_ms: float | None = None
    release_ms: float | None = None
    hold_ms: float | None = None
    plain: bool = False
    guard_dbfs: float | None = None
    """10 lg of the mean square that the guard allows."""


def _limiter(bus: BusSpec, rate_hz: float, lookahead_ms: float, release_ms: float, hold_ms: float) -> LimiterSpec:
    return LimiterSpec(
        10.0 ** (bus.ceiling_db / 20.0),
        rate_hz,
        lookahead_ms if bus.lookahead_ms is None else bus.lookahead_ms,
        release_ms if bus.release_ms is None else bus.release_ms,
        hold_ms if bus.hold_ms is None else bus.hold_ms,
        guard_mean_square=None if bus.guard_dbfs is None else 10.0 ** (bus.guard_dbfs / 10.0),
    )


def chain_delay(rate_hz: float, lookahead_ms: float = 2.6) -> int:
    """Frames by which every output comes late."""
    return LimiterSpec(1.0, rate_hz, lookahead_ms).delay_frames


def model_chain(
    stems: NDArray[np.integer] | Signal,
    gains: ArrayLike,
    buses: Sequence[BusSpec],
    rate_hz: float,
    patch: Sequence[int | None],
    *,
    lookahead_ms: float = 2.6,
    release_ms: float = 80.0,
    hold_ms: float = 10.0,
    fade: ArrayLike | None = None,
    stem_eq: Mapping[int, Sequence[EqBand]] | None = None,
) -> Signal:
    """What the interface's outputs must carry: (frames + delay, outputs) in float64, not yet quantised.

    stems   integers are 24-bit words, (frames, channels); floats are taken as they are
    gains   (channels, bus channels): linear factor from each stem channel to each bus channel
    patch   for each output the bus channel that it carries (counted over all buses), or None for silence
    fade    gain of each frame, (frames,) or (frames, channels): fades of start, stop, seams; None for 1
    stem_eq bands of a stem channel, by its number: before the fade, and not for plain buses

    All buses come late by the same number of frames, that of the longest look-ahead in use.
    """
    signal = from_int24(stems) if np.issubdtype(stems.dtype, np.integer) else np.asarray(stems, dtype=np.float64)
    equalised = signal.copy()
    for channel, bands in (stem_eq or {}).items():
        equalised[:, channel] = equalise(signal[:, [channel]], bands, rate_hz)[:, 0]
    if fade is not None:
        ramp = np.asarray(fade, dtype=np.float64)
        ramp = ramp[:, np.newaxis] if ramp.ndim == 1 else ramp
        signal, equalised = signal * ramp, equalised * ramp
    matrix = np.asarray(gains, dtype=np.float64)
    widths = sum(bus.width for bus in buses)
    if matrix.shape != (signal.shape[1], widths):
        raise ValueError(f"gains are {matrix.shape}, not {(signal.shape[1], widths)}")
    limiters = [_limiter(bus, rate_hz, lookahead_ms, release_ms, hold_ms) for bus in buses]
    delay = max(limiter.delay_frames for limiter in limiters)
    rest = np.zeros((delay, signal.shape[1]))
    plain, mixed = (np.vstack([stems, rest]) @ matrix for stems in (signal, equalised))

    channels: list[Signal] = []
    for bus, limiter in zip(buses, limiters, strict=True):
        first = len(channels)
        heard = (plain if bus.plain else mixed)[:, first : first + bus.width]
        shaped = equalise(heard * 10.0 ** (bus.trim_db / 20.0), bus.eq, rate_hz)
        # Look-aheads differ by whole ticks, so it is the same whether a bus waits before its limiter or after it.
        wait = delay - limiter.delay_frames
        waited = np.vstack([np.zeros((wait, bus.width)), shaped[: len(shaped) - wait]])
        channels.extend(limit(waited, limiter).T)
    silence = np.zeros(len(mixed))
    return np.stack([silence if source is None else channels[source] for source in patch], axis=1)
