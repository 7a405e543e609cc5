"""What a song is: the content of ``song.toml``, and the vocabulary of roles and parts."""

import msgspec

from appliance.vocabulary import Part, Role, Side

__all__ = ["MAX_CHANNELS", "Part", "Role", "Section", "Side", "Song", "Stem"]

MAX_CHANNELS = 64
"""Stem channels that one prepared song may have."""


class Stem(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One or two channels of a delivered file, with a role."""

    name: str
    role: Role
    file: str
    """Where the original lies, relative to the song's ``originals`` folder."""
    channels: tuple[int, ...]
    """Channels of the file, counted from 1; one or two."""
    part: Part | None = None
    side: Side | None = None
    """Of a mono stem that is one half of a stereo sound delivered as two files."""
    gain_db: float = 0.0
    reason: str = ""
    """Why the importer gave this role, in words; a person who corrects the role may write another or none."""


class Section(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A named place of the song, from ``start_s`` seconds to the next section."""

    name: str
    start_s: float


class Song(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The whole of ``song.toml``."""

    title: str
    artist: str = ""
    order: int | None = None
    """The number in front of the delivered folder's or file's name."""
    offset_lu: float = 0.0
    """How much louder (or quieter, below 0) than the set's target the song is meant to be."""
    stems: list[Stem]
    sections: list[Section] = []
