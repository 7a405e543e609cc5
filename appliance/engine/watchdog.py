"""Telling systemd that the audio loop still turns.

A stalled interface clock blocks ``write`` for ever, and only another process can end that: so the ping comes from the
loop itself.
"""

import contextlib
import os
import socket
import time


class Watchdog:
    """Sends to ``NOTIFY_SOCKET``; does nothing where there is none."""

    INTERVAL_S = 0.5

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        self._socket: socket.socket | None = None
        self._next = 0.0
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
            with contextlib.suppress(OSError):  # as below: sending will fail, and the music goes on
                self._socket.connect("\0" + address[1:] if address.startswith("@") else address)

    def ready(self) -> None:
        self._send(b"READY=1")

    def alive(self) -> None:
        """Called every block; sends twice a second."""
        now = time.monotonic()
        if self._socket and now >= self._next:
            self._next = now + self.INTERVAL_S
            self._send(b"WATCHDOG=1")

    def _send(self, message: bytes) -> None:
        if self._socket:
            # A manager that does not listen must not stop the music.
            with contextlib.suppress(OSError):
                self._socket.send(message)
