"""Where things are. One home folder, or an appliance's /var/lib and /etc."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "SIDESTAGE_HOME"
SYSTEM_STATE = Path("/var/lib/sidestage")
SYSTEM_SETTINGS = Path("/etc/sidestage")
SYSTEM_RUNTIME = Path("/run/sidestage")
LONGEST_RUNTIME = 80
"""Bytes. Linux gives the path of a socket 107."""


@dataclass(frozen=True)
class Paths:
    """Every folder and file that the appliance keeps."""

    state: Path
    settings: Path
    runtime: Path

    @property
    def library(self) -> Path:
        return self.state / "library"

    @property
    def setlists(self) -> Path:
        return self.state / "setlists"

    @property
    def rig(self) -> Path:
        return self.settings / "rig.toml"

    @property
    def engine_socket(self) -> Path:
        return self.runtime / "engine.sock"

    @property
    def control_socket(self) -> Path:
        return self.runtime / "control.sock"


def find_paths(home: Path | None = None) -> Paths:
    """``home`` (or ``SIDESTAGE_HOME``) holds everything; an installed appliance uses the system's folders.

    Without either, and where the system's folders do not exist, it is ``~/.local/share/sidestage``.
    """
    named = os.environ.get(HOME_VARIABLE)
    chosen = home or (Path(named) if named else None)
    if chosen is None and SYSTEM_STATE.is_dir():
        return Paths(SYSTEM_STATE, SYSTEM_SETTINGS, SYSTEM_RUNTIME)
    chosen = (chosen or Path.home() / ".local" / "share" / "sidestage").absolute()
    return Paths(chosen, chosen, _runtime(chosen))


def _runtime(home: Path) -> Path:
    """A folder for sockets: in ``home``, or where that is too long for a socket's name, one of its own elsewhere."""
    folder = home / "run"
    if len(os.fsencode(folder)) <= LONGEST_RUNTIME:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"sidestage-{os.getuid()}-{digest}"
