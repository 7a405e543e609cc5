"""Compiles the card once per version of its source, whoever asks first."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
HEADER = Path("/usr/include/alsa/pcm_external.h")
FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-DPIC")


class CannotBuildError(Exception):
    """Says what is missing on this machine."""


def build_card(extra_flags: Sequence[str] = ()) -> Path:
    """The card's shared library, from a folder of this user's in the system's temporary folder.

    Parallel test workers may build at once: each writes a file of its own and renames it into place.
    """
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise CannotBuildError("the test sound card needs a C compiler (Debian: gcc)")
    if not HEADER.exists():
        raise CannotBuildError(f"the test sound card needs {HEADER} (Debian: libasound2-dev)")
    flags = [*FLAGS, *extra_flags]
    digest = hashlib.sha256(" ".join([compiler, *flags]).encode())
    for source in sorted([*HERE.glob("*.c"), *HERE.glob("*.h")]):
        digest.update(source.read_bytes())
    folder = Path(tempfile.gettempdir()) / f"sidestage-card-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise CannotBuildError(f"{folder} belongs to somebody else")
    library = folder / f"{digest.hexdigest()[:24]}.so"
    if not library.exists():
        fresh = library.with_suffix(f".{os.getpid()}")
        sources = [str(source) for source in sorted(HERE.glob("*.c"))]
        run = subprocess.run(
            [compiler, *flags, "-o", str(fresh), *sources, "-lasound"], capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise RuntimeError(f"the test sound card does not compile:\n{run.stderr}")
        fresh.replace(library)
    return library
