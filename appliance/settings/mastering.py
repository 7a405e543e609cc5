"""How songs are mastered: the table ``[mastering]`` of rig.toml, parts of which a setlist may say otherwise."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec


class LevelMatch(StrEnum):
    """What is made equal from song to song."""

    S95 = "s95"
    """The loud sections: for them an engineer sets the fader."""
    INTEGRATED = "integrated"
    """The whole song: a ballad's chorus comes out louder than a rock song's."""
    MAX_SHORT_TERM = "max_short_term"
    """The loudest 3 s: one single hit decides over a song."""
    REFERENCE = "reference"
    """The loud sections, at the level at which one song of the set was delivered."""
    ALBUM = "album"
    """Songs keep their relations; the loudest one's loud sections come to the target."""


class LivePart(StrEnum):
    """What the band plays itself, so that the tracks leave room for it."""

    BASS = "bass"
    DRUMS = "drums"
    GUITARS = "guitars"
    KEYS = "keys"
    VOCALS = "vocals"


class MasteringSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Loudness in LUFS and LU (ITU-R BS.1770-5), peaks in dBFS."""

    target_lufs: float = -18.0
    """Of the sum of all house buses."""
    match: LevelMatch = LevelMatch.S95
    reference: str = ""
    """Title of the song whose level counts with ``match = "reference"``."""
    sparse_lu: float = 3.0
    """A song of a few quiet sounds may lie so much lower than the others."""
    limiter_max_db: float = 3.0
    limiter_mean_db: float = 0.5
    """What the house limiters may take at a moment, and on average; louder a song is not made."""
    live: tuple[LivePart, ...] = ()
    eq_amount: float = 1.0
    """0: no equaliser but the high-pass at 30 Hz; 1: the profiles as documented; at most 1.5."""
    eq_ears: bool = False
    click_dbfs: float = -12.0
    """Peak of the click on ears buses at 0 dB of send and gain."""
    tracks_lufs: float = -23.0
    """Loud sections of all tracks on ears buses at 0 dB of send and gain."""
    guide_lu: float = 3.0
    """How much louder than the tracks the guide is while it speaks."""
    lead_in_s: float = 0.25
    """Silence that is left before a song's first sound."""
    tail_s: float = 0.5
    """Silence that is left after its last."""


RANGES: dict[str, tuple[float, float]] = {
    "target_lufs": (-40.0, -9.0),
    "sparse_lu": (0.0, 12.0),
    "limiter_max_db": (0.0, 12.0),
    "limiter_mean_db": (0.0, 6.0),
    "eq_amount": (0.0, 1.5),
    "click_dbfs": (-40.0, -6.0),
    "tracks_lufs": (-45.0, -14.0),
    "guide_lu": (-12.0, 12.0),
    "lead_in_s": (0.0, 10.0),
    "tail_s": (0.0, 30.0),
}
"""Least and most. Beyond them is a slip of the finger, or what no ear should meet."""


def mastering_complaints(settings: MasteringSettings) -> Iterator[tuple[str, str]]:
    """Path of the key within the table, and the sentence."""
    for key, (least, most) in RANGES.items():
        value = getattr(settings, key)
        if not least <= value <= most:
            yield key, f"Must be from {least:g} to {most:g}, not {value:g}."
    if settings.match is LevelMatch.REFERENCE and not settings.reference.strip():
        yield "reference", 'With match = "reference" the title of a song is needed here.'
    if len(set(settings.live)) != len(settings.live):
        yield "live", "Names each part once."
