"""One band of a bus's equaliser, in the units of a mixing desk."""

from enum import StrEnum

import msgspec

MAX_SECTIONS = 8
"""Second-order sections that the kernel runs per bus channel."""

BUTTERWORTH_Q = 0.7071067811865476


class EqType(StrEnum):
    """The shapes of the RBJ cookbook."""

    HIGH_PASS = "high_pass"  # noqa: S105  # a filter, not a password
    LOW_PASS = "low_pass"  # noqa: S105  # a filter, not a password
    LOW_SHELF = "low_shelf"
    HIGH_SHELF = "high_shelf"
    PEAK = "peak"
    NOTCH = "notch"
    ALL_PASS = "all_pass"  # noqa: S105  # a filter, not a password


PASS_TYPES = frozenset({EqType.HIGH_PASS, EqType.LOW_PASS})
"""Only these have an order: 6 dB per octave for each."""

GAIN_TYPES = frozenset({EqType.LOW_SHELF, EqType.HIGH_SHELF, EqType.PEAK})
"""Only these lift or lower by a gain."""


class EqBand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One band. ``q`` shapes every type but the passes of another order than 2, which are Butterworth."""

    type: EqType
    frequency_hz: float
    gain_db: float = 0.0
    q: float = BUTTERWORTH_Q
    order: int = 2

    @property
    def sections(self) -> int:
        """Second-order sections that the band takes; orders 3 and 4 take two."""
        return (self.order + 1) // 2 if self.type in PASS_TYPES else 1
