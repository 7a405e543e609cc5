"""The whole appliance as a user has it: commands in processes of their own, a home folder, an engine on a test card."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from appliance.engine_client import EngineClient
from appliance.errors import EngineError
from appliance.paths import find_paths

COMMAND = [sys.executable, "-m", "appliance.cli"]


def sidestage(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``sidestage --home HOME ...`` without a terminal, until it ends."""
    return subprocess.run(
        [*COMMAND, "--home", str(home), *arguments],
        env={**os.environ, "COLUMNS": "200", **environment},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def wait_for(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Generous: the machine may be busy, and only a failure takes so long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def _bounded() -> None:
    """An engine on a card that is not paced writes hundreds of megabytes a second: it ends with the test that started
    it, however that ends, and no file grows beyond four gigabytes."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 30, 4 << 30))


class EngineProcess:
    """``sidestage engine``; to be used with ``with``."""

    def __init__(self, home: Path, card: str, **environment: str) -> None:
        self.socket = find_paths(home).engine_socket
        self.popen = subprocess.Popen(
            [*COMMAND, "--home", str(home), "engine", "--card", card],
            env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=_bounded,  # noqa: PLW1509 - tests start no threads
        )  # fmt: skip
        wait_for(self._answers)

    def _answers(self) -> bool:
        assert self.popen.poll() is None, self.popen.communicate()
        try:
            self.client().close()
        except EngineError:
            return False
        return True

    def client(self) -> EngineClient:
        return EngineClient(self.socket)

    def end(self) -> tuple[int, str]:
        """SIGTERM; the exit code and what it said."""
        self.popen.terminate()
        _, said = self.popen.communicate(timeout=30)
        return self.popen.returncode, said

    def __enter__(self) -> "EngineProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.popen.kill()
        self.popen.communicate()
