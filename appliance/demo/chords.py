"""Chord names as notes."""

import re

_ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES = {"": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10)}
_CHORD = re.compile(r"([A-G])([#b]?)(.*)")


def pitches(chord: str) -> tuple[int, ...]:
    """Pitch classes (0 is C) from the root up. Raises ValueError for a chord that no chart here has."""
    match = _CHORD.fullmatch(chord)
    if match is None or match[3] not in _QUALITIES:
        raise ValueError(f"unknown chord {chord!r}")
    root = _ROOTS[match[1]] + {"": 0, "#": 1, "b": -1}[match[2]]
    return tuple((root + step) % 12 for step in _QUALITIES[match[3]])


def near(pitch_class: int, centre: int) -> int:
    """The MIDI note of that pitch class closest to ``centre``."""
    return centre + (pitch_class - centre + 6) % 12 - 6


def frequency_hz(note: float) -> float:
    """Of a MIDI note; 69 is A at 440 Hz."""
    return float(440.0 * 2.0 ** ((note - 69.0) / 12.0))
