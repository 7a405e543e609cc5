"""The words that songs and rig settings share: who hears a stem, and what plays in it."""

from enum import StrEnum


class Role(StrEnum):
    """Who hears a stem. Only ``track`` may reach the audience."""

    TRACK = "track"
    CLICK = "click"
    GUIDE = "guide"
    TIMECODE = "timecode"


class Side(StrEnum):
    """Where a mono stem is heard that is one half of a stereo sound."""

    LEFT = "left"
    RIGHT = "right"


class Part(StrEnum):
    """What plays in a ``track`` stem, as far as its name tells; a rig may send parts to outputs of their own."""

    DRUMS = "drums"
    PERCUSSION = "percussion"
    BASS = "bass"
    GUITAR = "guitar"
    KEYS = "keys"
    VOCALS = "vocals"
    STRINGS = "strings"
    HORNS = "horns"
    SYNTH = "synth"
    EFFECTS = "effects"
    MIX = "mix"
