"""The other end of the engine's channel: for whoever commands it."""

import itertools
import os
import socket
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from appliance.errors import EngineError
from appliance.messages import MAX_MESSAGE, Answer, AnyCommand, AnyReport, Status, Subscribe

ANSWER_TIMEOUT_S = 2.0
"""An engine answers within a block; it is silent for longer only while an interface that came back is being opened."""

_NUMBERS = itertools.count(1)


class EngineClient:
    """Sends commands, one at a time, and keeps the newest status."""

    def __init__(self, path: Path) -> None:
        """Raises EngineError when no engine answers at ``path``."""
        self._folder = tempfile.TemporaryDirectory(prefix="sidestage-")
        # Never connected: it would hear only from the engine's public socket, and reports come from one of their own.
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(AnyReport)
        self.status: Status | None = None
        try:
            # An engine answers to a name, so the client needs one of its own.
            self._socket.bind(os.path.join(self._folder.name, "client.sock"))
            subscribe = Subscribe(id=self.next_id())
            self._transmit(subscribe)
            self._wait_for_answer(subscribe)
        except OSError as error:
            self.close()
            raise EngineError("The engine does not answer.", str(path)) from error
        except EngineError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def next_id() -> int:
        return next(_NUMBERS)

    def send(self, command: AnyCommand) -> None:
        """Send and wait for the answer. Raises EngineError with the engine's sentence when it refuses."""
        # A status that waits unread takes the place of the answer where the system queues only a few.
        while self._receive(0.0):
            pass
        try:
            self._transmit(command)
        except OSError as error:
            raise EngineError("The engine has ended.") from error
        self._wait_for_answer(command)

    def _transmit(self, command: AnyCommand) -> None:
        self._socket.settimeout(ANSWER_TIMEOUT_S)
        self._socket.sendto(self._encoder.encode(command), self._path)

    def _wait_for_answer(self, command: AnyCommand) -> None:
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while (left := deadline - time.monotonic()) > 0:
            report = self._receive(left)
            if isinstance(report, Answer) and report.id == command.id:
                if report.refusal:
                    raise EngineError(report.refusal)
                return
        raise EngineError("The engine does not answer.")

    def wait_for_status(self, timeout_s: float = ANSWER_TIMEOUT_S) -> Status:
        """The next status. Raises EngineError when none comes."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            report = self._receive(left)
            if isinstance(report, Status):
                return report
        raise EngineError("The engine does not answer.")

    def _receive(self, timeout_s: float) -> AnyReport | None:
        self._socket.settimeout(timeout_s)
        try:
            message = self._socket.recv(MAX_MESSAGE)
        except (TimeoutError, BlockingIOError):
            return None
        report: AnyReport = self._decoder.decode(message)
        if isinstance(report, Status):
            self.status = report
        return report

    def close(self) -> None:
        self._socket.close()
        self._folder.cleanup()
