"""What each style plays in a bar: one character per sixteenth."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """Drums: ``x`` hit, ``g`` ghost note. Bass: ``r`` root, ``5`` fifth, ``8`` octave. Others: ``x`` strike."""

    kick: str
    snare: str
    hat: str
    bass: str
    keys: str
    guitar: str
    keys_hold: int
    """Sixteenths that a struck chord is held."""


STYLES = {
    "drive": Style(
        kick="x.....x.x.......",
        snare="....x.......x..g",
        hat="x.x.x.x.x.x.x.x.",
        bass="r.r.r.r.r.r.8.5.",
        keys="x.....x.....x...",
        guitar="x.x.x.x.x.x.x.x.",
        keys_hold=5,
    ),
    "waltz": Style(
        kick="x...........",
        snare="....x...x...",
        hat="x...x.x.x...",
        bass="r.......5...",
        keys="....x...x...",
        guitar="x.x.x.x.x.x.",
        keys_hold=3,
    ),
    "ballad": Style(
        kick="x.......x.x.....",
        snare="....x.......x...",
        hat="x.x.x.x.x.x.x.x.",
        bass="r.....5.8.......",
        keys="x.......x.......",
        guitar="..x.x.x...x.x.x.",
        keys_hold=8,
    ),
    "roll": Style(
        kick="x...x...x...x...",
        snare="....x.......x...",
        hat="x..xx..xx..xx..x",
        bass="r..r5..58..85..5",
        keys="x..xx..xx..xx..x",
        guitar="....x.......x...",
        keys_hold=2,
    ),
    "offbeat": Style(
        kick="x...x...x...x...",
        snare="....x.......x...",
        hat="..x...x...x...x.",
        bass="r...5...8...5...",
        keys="..x...x...x...x.",
        guitar="..x...x...x...x.",
        keys_hold=1,
    ),
}

FILL = "s.s.t.t.u.u.s.s."
"""The last bar before a new section; in 3/4 its last three beats."""
