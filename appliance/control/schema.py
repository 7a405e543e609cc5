"""The control interface: what goes over ``run/control.sock``, one JSON object a line. docs/control.md explains it.

Requests name their ``command``, reports their ``type``. Unknown fields and commands are refused.
"""

from typing import Any

import msgspec

from appliance.control.commands import Command, Transport

PROTOCOL = 1
"""Raised with every change that an older peer would misread."""
MAX_LINE = 4_096
"""Bytes of a request with its line feed."""
MAX_CLIENTS = 32
REQUESTS_PER_SECOND = 50
"""Of one client, on average; so many may also come at once. More are refused."""


class GetStatus(Command, frozen=True, tag="status"):
    """The state, once."""


class Subscribe(Command, frozen=True, tag="subscribe"):
    """From now on the state whenever it changes, and events; with ``meters`` the levels 20 times a second."""

    meters: bool = False


Request = Transport | GetStatus | Subscribe


class Report(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What the conductor sends."""


class Hello(Report, frozen=True, tag="hello"):
    """The first line of every connection."""

    protocol: int = PROTOCOL


class Answer(Report, frozen=True, tag="answer"):
    """To a request. ``done`` is false where it was refused; the sentence says what came of it, or why."""

    id: int
    done: bool
    sentence: str


class Song(msgspec.Struct, frozen=True, kw_only=True):
    """A song of the setlist. Times in seconds of what is heard of it."""

    number: int
    title: str
    length_s: float
    end: str
    loaded: bool
    problem: str = ""
    sections: tuple[tuple[str, float], ...] = ()


class State(Report, frozen=True, tag="state"):
    """The show as it is."""

    state: str
    sentence: str
    trouble: str
    """A sentence while the interface or the setlist is in trouble, else empty."""
    setlist: str
    place: int
    """Counted from 0; behind the last song the setlist is over."""
    songs: tuple[Song, ...]
    waiting: bool
    """A press waits for the song to be loaded."""
    click_only: bool
    position_s: float
    """Now, of the song at ``place``; below 0 in a gap before it; where it will begin, while it does not play."""
    warnings: tuple[str, ...] = ()
    faults: dict[str, int] = {}
    """The engine's counters that are not 0."""


class Bus(msgspec.Struct, frozen=True, kw_only=True):
    """Levels of a bus in dB; None is silence."""

    name: str
    sample_peak_dbfs: float | None
    true_peak_dbtp: float | None
    rms_dbfs: float | None
    momentary_lufs: float | None
    gain_reduction_db: float


class Meters(Report, frozen=True, tag="meters"):
    """20 times a second; one that could not be sent in time is replaced by the next."""

    position_s: float
    buses: tuple[Bus, ...]


class Event(Report, frozen=True, tag="event"):
    """Something that happened by itself and is worth a line."""

    sentence: str


AnyReport = Hello | Answer | State | Meters | Event


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of both directions, as OpenAPI and others read it."""
    (requests, reports), components = msgspec.json.schema_components(
        [Request, AnyReport], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Sidestage control interface, version {PROTOCOL}",
        "$defs": {**components, "Request": requests, "AnyReport": reports},
        "anyOf": [{"$ref": "#/$defs/Request"}, {"$ref": "#/$defs/AnyReport"}],
    }
