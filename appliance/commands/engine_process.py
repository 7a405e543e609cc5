"""An engine for a command: the one that runs already, or one of its own that ends with it."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

from appliance.engine_client import EngineClient
from appliance.errors import EngineError
from appliance.messages import Quit
from appliance.paths import Paths

START_TIMEOUT_S = 20.0
"""Python and NumPy from a cold card."""


@contextlib.contextmanager
def running_engine(paths: Paths, card: str | None) -> Iterator[EngineClient]:
    """A client of the engine at ``paths``. With ``card`` it must be a new one. Raises EngineError when none starts."""
    try:
        client = EngineClient(paths.engine_socket)
    except EngineError:
        with _own_engine(paths, card or "auto") as client:
            yield client
        return
    with client:
        if card is not None:
            raise EngineError("An engine is running already. Leave --card out to use it, or end it first.")
        yield client


@contextlib.contextmanager
def _own_engine(paths: Paths, card: str) -> Iterator[EngineClient]:
    command = [sys.executable, "-m", "appliance.cli", "--home", str(paths.state), "engine", "--card", card]
    # Its own group: a Ctrl-C in the terminal is the player's to turn into an orderly end.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0)
    try:
        with _first_client(process, paths) as client:
            yield client
            client.send(Quit(id=client.next_id()))
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        if process.poll() is None:
            process.kill()
            process.wait()


def _first_client(process: "subprocess.Popen[bytes]", paths: Paths) -> EngineClient:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(EngineError):
            return EngineClient(paths.engine_socket)
        time.sleep(0.05)
    process.terminate()
    raise EngineError("The engine did not start. Its own words are above.")
