"""Commands to the engine that are never waited for: whoever waits cannot hear the next press.

A few commands are on their way at a time, because the system queues only a few datagrams for a socket and the engine
drops an answer that finds no room. Urgent commands go before those that only prepare a song.
"""

import contextlib
import os
import socket
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from appliance.engine_client.client import EngineClient
from appliance.messages import MAX_MESSAGE, Answer, AnyCommand, AnyReport, Status, Subscribe

IN_FLIGHT = 4
IN_FLIGHT_URGENT = 8
"""Linux queues 10 datagrams for a socket unless it is told otherwise."""
SILENCE_S = 1.0
"""An engine speaks 20 times a second; it is silent for longer only while an interface that came back is opened."""

Done = Callable[[str], None]
"""Called with the sentence of a refusal, or nothing."""


class EnginePort:
    """One connection to one engine; ``lost`` says when it is over, and another port is needed."""

    def __init__(self, path: Path, now: float) -> None:
        """Raises OSError when no engine is there. ``now`` is a monotonic time in seconds, here and below."""
        self._path = str(path)
        self._folder = tempfile.TemporaryDirectory(prefix="sidestage-")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(AnyReport)
        self._urgent: deque[tuple[AnyCommand, Done | None]] = deque()
        self._waiting: deque[tuple[AnyCommand, Done | None]] = deque()
        self._answers: dict[int, Done | None] = {}
        self._heard = now
        self._gone = False
        try:
            self._socket.bind(os.path.join(self._folder.name, "client.sock"))
            subscribe = Subscribe(id=EngineClient.next_id())
            self._socket.sendto(self._encoder.encode(subscribe), self._path)
        except OSError:
            self.close()
            raise
        self._answers[subscribe.id] = self._subscribed

    def _subscribed(self, refusal: str) -> None:
        self._gone = self._gone or bool(refusal)

    def fileno(self) -> int:
        return self._socket.fileno()

    def lost(self, now: float) -> bool:
        return self._gone or now - self._heard > SILENCE_S

    @property
    def idle(self) -> bool:
        """Nothing is on its way or waits."""
        return not (self._answers or self._urgent or self._waiting)

    def post(self, command: AnyCommand, done: Done | None = None, urgent: bool = False) -> None:
        """Send it as soon as that is possible; ``done`` is called from ``receive``."""
        (self._urgent if urgent else self._waiting).append((command, done))
        self.pump()

    def pump(self) -> None:
        """Send what may be sent; for a system that was too busy to take it at once."""
        while not self._gone:
            if self._urgent and len(self._answers) < IN_FLIGHT_URGENT:
                queue = self._urgent
            elif self._waiting and not self._urgent and len(self._answers) < IN_FLIGHT:
                queue = self._waiting
            else:
                return
            command, done = queue[0]
            try:
                self._socket.sendto(self._encoder.encode(command), self._path)
            except BlockingIOError:
                return
            except OSError:
                self._gone = True
                return
            self._answers[command.id] = done
            queue.popleft()

    def receive(self, now: float) -> Status | None:
        """Take all that has arrived; returns the newest status among it."""
        newest = None
        while True:
            try:
                report: AnyReport = self._decoder.decode(self._socket.recv(MAX_MESSAGE))
            except BlockingIOError:
                break
            self._heard = now
            if isinstance(report, Answer):
                if done := self._answers.pop(report.id, None):
                    done(report.refusal)
            else:
                newest = report
        self.pump()
        return newest

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(OSError):
            self._folder.cleanup()
