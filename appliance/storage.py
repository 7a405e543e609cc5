"""State that survives a pulled plug: write aside, flush, rename, flush the folder."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from appliance.errors import StorageError

PARTIAL_SUFFIX = ".partial"
"""What a file is called while it is written. A file of this name that nobody writes is rubbish from a power cut."""


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under ``path``, whole and on the disk, when the block ends without an error.

    On an error nothing is left and what was at ``path`` stays. Raises StorageError when the disk refuses.
    """
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    with storage_errors(path):
        try:
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the file's content in one step."""
    with atomic_write(path) as file:
        file.write(data)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below ``folder``, deepest first, so that one rename can publish it whole."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            descriptor = os.open(os.path.join(parent, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(parent))


def publish_folder(staged: Path, target: Path) -> None:
    """Move a finished folder to its final name, whole.

    Raises StorageError where ``target`` already has something in it.
    """
    with storage_errors(target):
        sync_tree(staged)
        os.rename(staged, target)
        sync_folder(target.parent)
        sync_folder(staged.parent)


def free_bytes(folder: Path) -> int:
    """Room that an ordinary user has left on the disk of ``folder``."""
    return shutil.disk_usage(folder).free


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says of a disk into a sentence."""
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: "The disk is full. Nothing was changed; make room and try again.",
            errno.EDQUOT: "The disk quota is used up. Nothing was changed; make room and try again.",
            errno.EROFS: "The disk is read-only. Nothing was changed.",
            errno.EACCES: "Permission denied. Nothing was changed.",
            errno.EIO: "The disk reports an error of its own and may be failing. Nothing was changed.",
        }
        sentence = reasons.get(error.errno or 0, f"{error.strerror or error}. Nothing was changed.")
        raise StorageError(sentence, str(path)) from error
