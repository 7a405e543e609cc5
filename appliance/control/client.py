"""A client of the control interface, for commands and pages; it waits."""

import itertools
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from appliance.control.commands import Command
from appliance.control.schema import PROTOCOL, Answer, AnyReport, Hello
from appliance.errors import EngineError

ANSWER_TIMEOUT_S = 3.0
NOT_RUNNING = "The conductor is not running. Start it with sidestage conductor."


class ControlClient:
    """One connection. Raises EngineError where the conductor is not there or goes away."""

    def __init__(self, path: Path) -> None:
        self._ids = itertools.count(1)
        self._decoder = msgspec.json.Decoder(AnyReport)
        self._buffer = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self.close()
            raise EngineError(NOT_RUNNING, str(path)) from error
        hello = self.receive(ANSWER_TIMEOUT_S)
        if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
            self.close()
            raise EngineError("The conductor is of another version. Restart it.", str(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, command: Command) -> tuple[Answer, list[AnyReport]]:
        """The answer, and what came before it."""
        number = next(self._ids)
        try:
            self._socket.settimeout(ANSWER_TIMEOUT_S)
            self._socket.sendall(msgspec.json.encode(msgspec.structs.replace(command, id=number)) + b"\n")
        except OSError as error:
            raise EngineError(NOT_RUNNING) from error
        before: list[AnyReport] = []
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while (left := deadline - time.monotonic()) > 0:
            report = self.receive(left)
            if isinstance(report, Answer) and report.id == number:
                return report, before
            if report is not None:
                before.append(report)
        raise EngineError("The conductor does not answer.")

    def receive(self, timeout_s: float) -> AnyReport | None:
        """The next report, or None when none came in time. Raises EngineError when the conductor has gone."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                more = self._socket.recv(65_536)
            except TimeoutError:
                return None
            except OSError as error:
                raise EngineError(NOT_RUNNING) from error
            if not more:
                raise EngineError("The conductor has ended or has closed the connection.")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        report: AnyReport = self._decoder.decode(line)
        return report

    def close(self) -> None:
        self._socket.close()
