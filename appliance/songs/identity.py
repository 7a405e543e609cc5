"""What a song was delivered as: the digests of its originals, in the form that ``sha256sum -c`` reads."""

import hashlib
from pathlib import Path

from appliance.errors import LibraryError
from appliance.songs.prepared import Source

ORIGINALS = "originals"
DIGESTS_FILE = "originals.sha256"


def identity(sources: list[Source]) -> str:
    """One digest for a set of originals. Names do not count: the same audio under other names is the same delivery."""
    return hashlib.sha256("\n".join(sorted(source.sha256 for source in sources)).encode()).hexdigest()


def format_digests(sources: list[Source]) -> bytes:
    """The content of DIGESTS_FILE. Names with a line break or backslash are escaped as sha256sum does it."""
    lines = []
    for source in sorted(sources, key=lambda each: each.file):
        name = source.file.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        mark = "\\" if name != source.file else ""
        lines.append(f"{mark}{source.sha256}  {ORIGINALS}/{name}\n")
    return "".join(lines).encode()


def read_digests(folder: Path) -> list[Source]:
    """The originals of the song in ``folder``. Raises LibraryError."""
    path = folder / DIGESTS_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError("The list of originals cannot be read; import the song again.", str(path)) from error
    sources = []
    for line in lines:
        digest, separator, name = line.removeprefix("\\").partition(f"  {ORIGINALS}/")
        if not separator or len(digest) != 64:  # a SHA-256 in hexadecimal
            raise LibraryError("The list of originals is damaged; import the song again.", str(path))
        if line.startswith("\\"):
            name = _unescape(name)
        sources.append(Source(file=name, sha256=digest))
    return sources


def _unescape(name: str) -> str:
    return name.replace("\\\\", "\0").replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\")
