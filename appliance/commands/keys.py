"""Single keys from a terminal, without waiting for Enter."""

import contextlib
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from enum import Enum

ESCAPES = {b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right", b"\x1b[D": "left"}


class Key(Enum):
    """The keys that mean something."""

    PLAY = " "
    NEXT = "right"
    BACK = "left"
    FORWARD = "up"
    REWIND = "down"
    QUIT = "q"


@contextlib.contextmanager
def raw_keys() -> Iterator[bool]:
    """Keys come one by one while this lasts; yields False where standard input is no terminal."""
    if not sys.stdin.isatty():
        yield False
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield True
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def pressed() -> list[Key]:
    """What was pressed since the last time; unknown keys are nothing."""
    found: list[Key] = []
    descriptor = sys.stdin.fileno()
    while select.select([descriptor], [], [], 0)[0]:
        data = os.read(descriptor, 64)
        if not data:
            break
        while data:
            name, data = _first(data)
            found += [key for key in Key if key.value == name]
    return found


def _first(data: bytes) -> tuple[str, bytes]:
    for sequence, name in ESCAPES.items():
        if data.startswith(sequence):
            return name, data[len(sequence) :]
    return data[:1].decode("latin-1").lower(), data[1:]
