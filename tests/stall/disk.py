"""The test's hand on the preloaded disk of stall.c, and the child that lives on it."""

import mmap
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ENGINE_TESTS = HERE.parent / "engine"


class CannotBuildError(Exception):
    """Says what is missing on this machine."""


def build(folder: Path) -> Path:
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise CannotBuildError("the stalling disk needs a C compiler (Debian: gcc)")
    library = folder / "stall.so"
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    subprocess.run([compiler, *flags, "-o", str(library), str(HERE / "stall.c"), "-ldl"], check=True)
    return library


def run_scenario(name: str, library: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A function of scenarios.py in a process whose disk is the test's."""
    control, log = folder / "control", folder / "log"
    control.write_bytes(struct.pack("<3q", -1, 0, 0))
    log.touch()
    environment = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "STALL_CONTROL": str(control),
        "STALL_LOG": str(log),
        "PYTHONPATH": f"{HERE}:{ENGINE_TESTS}",
    }
    command = [sys.executable, str(HERE / "scenarios.py"), name, str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


class Disk:
    """Within the child."""

    def __init__(self) -> None:
        with Path(os.environ["STALL_CONTROL"]).open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 24)
        self._words = memoryview(self._map).cast("q")
        self._log = Path(os.environ["STALL_LOG"])

    def let_pass(self, reads: int) -> None:
        """So many reads and no more; negative: all."""
        self._words[0] = reads

    def fail(self, failing: bool) -> None:
        self._words[1] = failing

    @property
    def reads(self) -> int:
        return self._words[2]

    def log(self) -> list[tuple[str, int]]:
        """(file name, offset) of each read."""
        return [(name, int(at)) for name, at in map(str.split, self._log.read_text().splitlines())]
