"""How the show is operated: the table ``[transport]`` of rig.toml."""

from collections.abc import Iterator

import msgspec


class TransportSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the switches may do, how fast music falls silent, and how much of it is held ready."""

    allow_skip_while_playing: bool = False
    """Whether next, previous and goto work while a song plays; feet slip."""
    stop_fade_ms: float = 50.0
    """What a musician hears as "it stopped", and no loudspeaker as a click."""
    panic_fade_ms: float = 20.0
    memory_percent: float = 60.0
    """Of the machine's memory, for songs; the current and the next are loaded whatever it says."""


RANGES: dict[str, tuple[float, float]] = {
    "stop_fade_ms": (5.0, 5_000.0),
    "panic_fade_ms": (5.0, 100.0),
    "memory_percent": (5.0, 90.0),
}
"""Least and most. A shorter fade is a click; the system itself needs a tenth of the memory."""


def transport_complaints(settings: TransportSettings) -> Iterator[tuple[str, str]]:
    """Path of the key within the table, and the sentence."""
    for key, (least, most) in RANGES.items():
        value = getattr(settings, key)
        if not least <= value <= most:
            yield key, f"Must be from {least:g} to {most:g}, not {value:g}."
