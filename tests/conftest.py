"""What tests of several parts share: a band's real stick, rendered once for all workers."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

STICK_SCRIPT = Path(__file__).parents[2] / "shared" / "stick" / "make_stick.py"
STICK_PROGRAMS = ("mma", "fluidsynth", "espeak-ng")


@dataclass(frozen=True)
class Stick:
    """A delivered stick, and what its maker knows about it, which lies elsewhere."""

    root: Path
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Stick:
    """The stick of eight songs with a broken folder of each kind, 20 seconds a song. Not to be written to."""
    missing = [program for program in STICK_PROGRAMS if shutil.which(program) is None]
    if not STICK_SCRIPT.exists():
        pytest.skip(f"the stick's maker is not beside the repository: {STICK_SCRIPT}")
    if missing:
        pytest.skip(f"the stick needs {', '.join(missing)}")
    base = tmp_path_factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root, truth = common / "stick", common / "stick-truth.json"
    with (common / "stick.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not truth.exists():
            shutil.rmtree(root, ignore_errors=True)
            command = [sys.executable, str(STICK_SCRIPT), str(root), "--seconds", "20", "--broken"]
            subprocess.run(command, check=True, capture_output=True)
            (root / "truth.json").rename(truth)
    return Stick(root, json.loads(truth.read_text(encoding="utf-8")))


MAY_BE_MISSING = ("Skipped: this processor has no ", "Skipped: this system grants no real-time scheduling")
"""What no set-up can give a machine. In CI every other skip is a failure: what it names was to be installed."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI"):
        return
    skipped = [report for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    refused = [report for report in skipped if not report.longrepr[2].startswith(MAY_BE_MISSING)]
    for report in refused:
        reporter.write_line(f"CI lets no such skip through: {report.nodeid}: {report.longrepr[2]}", red=True)
    if refused:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
