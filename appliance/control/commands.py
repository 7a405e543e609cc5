"""What a show may be told to do, by a switch, a phone or a script; and the limits of its numbers."""

from typing import Annotated

import msgspec

MAX_NUMBER = 500
"""A setlist has no more entries."""
MAX_NAME = 200
FADE_RANGE_S = (0.05, 60.0)
MAX_ID = 2**53 - 1
"""What every JSON reader can hold exactly."""

Id = Annotated[int, msgspec.Meta(ge=0, le=MAX_ID, description="comes back in the answer")]


class Command(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="command", omit_defaults=True
):
    """Each has an answer with its ``id``."""

    id: Id = 0


class Play(Command, frozen=True, tag="play"):
    """Start the song that is cued, or go on from the pause."""


class Go(Command, frozen=True, tag="go"):
    """For one switch: play, and while a song plays the same as next."""


class Stop(Command, frozen=True, tag="stop"):
    """Fade out quickly; the song is cued from its start again."""


class FadeOut(Command, frozen=True, tag="fade_out"):
    """Stop, but slowly."""

    seconds: Annotated[float, msgspec.Meta(ge=FADE_RANGE_S[0], le=FADE_RANGE_S[1])] = 5.0


class Pause(Command, frozen=True, tag="pause"):
    """Stop, and go on from the same place with play."""


class Next(Command, frozen=True, tag="next"):
    """Cue the song that follows."""


class Previous(Command, frozen=True, tag="prev"):
    """Cue the song before."""


class Goto(Command, frozen=True, tag="goto"):
    """Cue a song by its number on the setlist's page: songs are counted, breaks and texts are not."""

    number: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


class Restart(Command, frozen=True, tag="restart"):
    """Back to the start of the song; behind the last song, to the start of the setlist."""


class GotoSection(Command, frozen=True, tag="section"):
    """Jump to a section of the song, or cue it there."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]


class Panic(Command, frozen=True, tag="panic"):
    """Silence at once."""


class ClickOnly(Command, frozen=True, tag="click_only"):
    """The tracks are silenced everywhere; click and guide run on."""


class Rejoin(Command, frozen=True, tag="rejoin"):
    """After click_only: the tracks come back where the next section begins."""


class Clear(Command, frozen=True, tag="clear"):
    """Try again to load a song that could not be loaded."""


Transport = (
    Play
    | Go
    | Stop
    | FadeOut
    | Pause
    | Next
    | Previous
    | Goto
    | Restart
    | GotoSection
    | Panic
    | ClickOnly
    | Rejoin
    | Clear
)
"""All that the transport obeys."""
