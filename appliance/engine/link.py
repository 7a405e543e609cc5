"""The engine's end of its local channel: datagrams, never waited for."""

import contextlib
import socket
from pathlib import Path

import msgspec

from appliance.errors import EngineError
from appliance.messages import MAX_MESSAGE, PROTOCOL, Answer, AnyCommand, Status, Subscribe

MAX_SUBSCRIBERS = 8
MAX_PER_BLOCK = 64
"""Messages taken in one block: a flood may cost a bounded part of it and no more."""


class Link:
    """Receives commands and sends answers and statuses. Another engine on the same socket is refused."""

    def __init__(self, path: Path) -> None:
        """Raises EngineError when another engine answers there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.malformed = 0
        if _somebody_listens(path):
            raise EngineError("Another engine is running already. Use it, or end it first.", str(path))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        path.unlink(missing_ok=True)
        self._socket.bind(str(path))
        path.chmod(0o660)  # those of the appliance's group may command
        # A socket for each: what waits unread at one of them fills that socket's buffer, and nobody else's.
        self._subscribers: dict[bytes | str, socket.socket] = {}
        self._buffer = bytearray(MAX_MESSAGE)
        self._view = memoryview(self._buffer)
        self._decoder = msgspec.msgpack.Decoder(AnyCommand)
        self._encoder = msgspec.msgpack.Encoder()

    def receive(self) -> list[tuple[AnyCommand, bytes | str]]:
        """What has arrived, with its senders. What is no command is counted and dropped."""
        arrived: list[tuple[AnyCommand, bytes | str]] = []
        for _ in range(MAX_PER_BLOCK):
            try:
                size, sender = self._socket.recvfrom_into(self._buffer)
            except BlockingIOError:
                break
            try:
                arrived.append((self._decoder.decode(self._view[:size]), sender or b""))
            # Text that is not UTF-8 raises an error of its own kind; neither may end the music.
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.malformed += 1
        return arrived

    def answer(self, to: bytes | str, answer: Answer) -> None:
        message = self._encoder.encode(answer)
        if to in self._subscribers:
            _send(self._subscribers[to], message)  # the same way as statuses, so that none overtakes the other
        elif to:
            with contextlib.suppress(OSError):
                self._socket.sendto(message, to)

    def subscribe(self, who: bytes | str, command: Subscribe) -> str:
        """Returns the sentence of a refusal, or nothing."""
        if command.protocol != PROTOCOL:
            return f"The engine speaks version {PROTOCOL} of its protocol, not {command.protocol}. Restart both."
        if not who or (len(self._subscribers) >= MAX_SUBSCRIBERS and who not in self._subscribers):
            return f"The engine already reports to {MAX_SUBSCRIBERS} others."
        own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            own.connect(who)
        except OSError as error:  # a socket that is connected itself hears from nobody else
            own.close()
            return f"The engine cannot report to this socket: {error.strerror}."
        self._forget(who)
        self._subscribers[who] = own
        return ""

    def publish(self, status: Status) -> None:
        """To all subscribers; one that does not read misses it, one that is gone is forgotten."""
        message = self._encoder.encode(status)
        for who, own in list(self._subscribers.items()):
            if not _send(own, message):
                self._forget(who)

    def _forget(self, who: bytes | str) -> None:
        if who in self._subscribers:
            self._subscribers.pop(who).close()

    def close(self) -> None:
        for who in list(self._subscribers):
            self._forget(who)
        self._socket.close()
        self.path.unlink(missing_ok=True)


def _send(to: socket.socket, message: bytes) -> bool:
    try:
        to.send(message)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
