"""The control socket's end of the conductor: lines of JSON, never waited for.

What a client sends is bounded in size and rate; what it does not read is replaced by what is newer, and a client that
reads nothing for seconds is let go. Nothing that comes in can end the process.
"""

import contextlib
import selectors
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from appliance.control.schema import (
    MAX_CLIENTS,
    MAX_LINE,
    REQUESTS_PER_SECOND,
    Answer,
    AnyReport,
    GetStatus,
    Hello,
    Meters,
    Report,
    Request,
    State,
    Subscribe,
)
from appliance.errors import EngineError

STALLED_S = 3.0
"""A client that takes nothing for so long is gone, or as good as gone."""
MAX_QUEUED = 64
"""Answers and events that wait for a client; one that asks and does not read is let go."""
READ_BYTES = 16_384
MAX_STRIKES = 20
"""Lines that make no sense, or come too fast, before the connection is closed."""

Obey = Callable[[Request], Answer]


class Client:
    """A connection: what it has sent of a line, and what waits for it."""

    def __init__(self, connection: socket.socket, now: float) -> None:
        self.socket = connection
        self.incoming = b""
        self.outgoing = b""
        self.queue: deque[bytes] = deque()
        self.newest: dict[type[Report], bytes] = {}
        """State and meters: only the newest is worth sending."""
        self.subscribed = self.meters = False
        self.stuck_since: float | None = None
        self.strikes = 0
        self._credit, self._credited = float(REQUESTS_PER_SECOND), now

    def may_ask(self, now: float) -> bool:
        """Takes one request from its credit."""
        earned = (now - self._credited) * REQUESTS_PER_SECOND
        self._credit, self._credited = min(REQUESTS_PER_SECOND, self._credit + earned), now
        if self._credit < 1:
            return False
        self._credit -= 1
        return True

    def send(self, now: float) -> bool:
        """What the system takes; False when the client is to be let go."""
        while self.outgoing or self.queue or self.newest:
            if not self.outgoing:
                self.outgoing = self.queue.popleft() if self.queue else self.newest.pop(next(iter(self.newest)))
            try:
                sent = self.socket.send(self.outgoing)
            except BlockingIOError:
                self.stuck_since = now if self.stuck_since is None else self.stuck_since
                return now - self.stuck_since < STALLED_S and len(self.queue) <= MAX_QUEUED
            except OSError:
                return False
            self.outgoing, self.stuck_since = self.outgoing[sent:], None
        return True


class ControlServer:
    """Accepts, reads, answers, publishes. ``refused`` counts what made no sense or came too fast."""

    def __init__(
        self,
        path: Path,
        selector: selectors.BaseSelector,
        obey: Obey,
        state: Callable[[], State],
        clock: Callable[[], float],
    ) -> None:
        """Raises EngineError when another conductor listens there."""
        self.path, self._selector, self._obey, self._state, self._clock = path, selector, obey, state, clock
        self.refused = 0
        self.clients: list[Client] = []
        self._decoder = msgspec.json.Decoder(Request)
        self._encoder = msgspec.json.Encoder()
        path.parent.mkdir(parents=True, exist_ok=True)
        if _somebody_listens(path):
            raise EngineError("Another conductor is running already. Use it, or end it first.", str(path))
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))
        path.chmod(0o660)  # those of the appliance's group may command
        self._socket.listen(MAX_CLIENTS)
        selector.register(self._socket, selectors.EVENT_READ, self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:  # it went away again, or no descriptor is left
            return
        if len(self.clients) >= MAX_CLIENTS:
            self.refused += 1
            connection.close()
            return
        connection.setblocking(False)
        client = Client(connection, self._clock())
        self.clients.append(client)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._read(client))
        self._queue(client, Hello())
        self._flush(client)

    def _read(self, client: Client) -> None:
        try:
            data = client.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        *lines, client.incoming = (client.incoming + data).split(b"\n")
        for line in lines:
            if client not in self.clients:
                return
            self._request(client, line)
        if len(client.incoming) >= MAX_LINE:
            self.refused += 1
            self._drop(client)
        elif client in self.clients:
            self._flush(client)

    def _request(self, client: Client, line: bytes) -> None:
        if not line.strip():
            return
        sentence, number = "", 0
        if len(line) >= MAX_LINE:
            sentence = f"A line has at most {MAX_LINE} bytes."
        elif not client.may_ask(self._clock()):
            sentence = f"Too many requests; {REQUESTS_PER_SECOND} a second are possible."
        else:
            try:
                request = self._decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                sentence, number = f"This is no request: {error}.", _id_of(line)
        if sentence:
            self.refused += 1
            client.strikes += 1
            self._queue(client, Answer(id=number, done=False, sentence=sentence))
            if client.strikes >= MAX_STRIKES:
                self._drop(client)
            return
        self._queue(client, self._obey(request))
        if isinstance(request, Subscribe):
            client.subscribed, client.meters = True, request.meters
        if isinstance(request, Subscribe | GetStatus):
            self._queue(client, self._state())

    def tell(self, report: AnyReport) -> None:
        """To all who subscribed."""
        message = None
        for client in list(self.clients):
            if client.subscribed and (client.meters or not isinstance(report, Meters)):
                message = message or self._encoder.encode(report) + b"\n"
                self._put(client, report, message)
                self._flush(client)

    def _queue(self, client: Client, report: AnyReport) -> None:
        self._put(client, report, self._encoder.encode(report) + b"\n")

    @staticmethod
    def _put(client: Client, report: AnyReport, message: bytes) -> None:
        if isinstance(report, State | Meters):
            client.newest[type(report)] = message
        else:
            client.queue.append(message)

    def _flush(self, client: Client) -> None:
        if not client.send(self._clock()):
            self._drop(client)
            return
        waits = bool(client.outgoing or client.queue or client.newest)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waits else 0)
        self._selector.modify(client.socket, events, lambda: self._ready(client))

    def _ready(self, client: Client) -> None:
        if client.outgoing or client.queue or client.newest:
            self._flush(client)
        if client in self.clients:
            self._read(client)

    def drop_stuck(self) -> None:
        """Let those go who have taken nothing for too long."""
        for client in list(self.clients):
            if client.stuck_since is not None:
                self._flush(client)

    def _drop(self, client: Client) -> None:
        if client in self.clients:
            self.clients.remove(client)
            self._selector.unregister(client.socket)
            client.socket.close()

    def close(self) -> None:
        for client in list(self.clients):
            self._drop(client)
        self._selector.unregister(self._socket)
        self._socket.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class _OnlyId(msgspec.Struct):
    id: int = 0


def _id_of(line: bytes) -> int:
    """The id of a request that makes no sense otherwise, so that its sender knows which one it was."""
    try:
        return msgspec.json.decode(line, type=_OnlyId).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
