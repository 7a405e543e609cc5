"""Digests of delivered files, and copying them without believing the stick twice."""

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from appliance.errors import SourceError
from appliance.storage import storage_errors

BLOCK_BYTES = 1 << 20

Counted = Callable[[int], None]
"""Hears of each block's bytes."""


def digest_of(path: Path, counted: Counted = lambda _: None) -> str:
    """SHA-256 in hexadecimal. Raises SourceError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
                counted(len(block))
    except OSError as error:
        raise SourceError(f"The file cannot be read: {error.strerror or error}.", path.name) from error
    return digest.hexdigest()


def copy_checked(source: Path, target: Path, expected: str, counted: Counted = lambda _: None) -> None:
    """Copy byte for byte and see that it is still what was hashed.

    Raises SourceError when the source cannot be read or changed meanwhile, StorageError when the disk refuses.
    """
    digest = hashlib.sha256()
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            reading = stack.enter_context(source.open("rb"))
        except OSError as error:
            raise SourceError(f"The file cannot be read: {error.strerror or error}.", source.name) from error
        with storage_errors(target):
            writing = stack.enter_context(target.open("xb"))
        while True:
            try:
                block = reading.read(BLOCK_BYTES)
            except OSError as error:
                raise SourceError(f"The file cannot be read: {error.strerror or error}.", source.name) from error
            if not block:
                break
            digest.update(block)
            with storage_errors(target):
                writing.write(block)
            counted(len(block))
        with storage_errors(target):
            writing.flush()
    if digest.hexdigest() != expected:
        raise SourceError(
            "The file changed while it was read, or its stick gives different data each time.", source.name
        )


def move_or_copy(source: Path, target: Path, expected: str, counted: Counted = lambda _: None) -> None:
    """For files of ours, unpacked beside the target: a second name instead of a copy, where the disk can do that."""
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP):
            with storage_errors(target):
                raise
        copy_checked(source, target, expected, counted)
    else:
        counted(target.stat().st_size)
