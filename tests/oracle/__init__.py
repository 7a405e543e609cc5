"""An independent model of the whole audio chain: double precision, NumPy and SciPy, one song at a time, offline.

It was written from the specification and not from the C code, so that a mistake in one of them shows as a difference.
"""

from .chain import BusSpec, chain_delay, model_chain
from .filters import EqBand, design, equalise
from .limiter import LimiterSpec, LimiterTrace, limit, trace_limiter
from .quantise import S16_DITHER_BOUND_LSB, from_int24, quantise

__all__ = [
    "S16_DITHER_BOUND_LSB",
    "BusSpec",
    "EqBand",
    "LimiterSpec",
    "LimiterTrace",
    "chain_delay",
    "design",
    "equalise",
    "from_int24",
    "limit",
    "model_chain",
    "quantise",
    "trace_limiter",
]
