"""ZIP archives: unpacked into a scratch folder after everything about them has been distrusted."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from appliance.errors import SourceError
from appliance.preparation.kinds import is_dropping
from appliance.storage import free_bytes, storage_errors

MAX_ENTRIES = 20_000
MAX_BYTES = 64 << 30
"""More than the largest delivery of stems imaginable: 64 mono stems of an hour at 96 kHz are 66 GB."""
BOMB_BYTES = 1 << 30
BOMB_RATIO = 100
"""Audio packs to a half; silence packs to a thousandth, but an archive of more than a GiB of it is no delivery."""
MARGIN_BYTES = 64 << 20
BLOCK_BYTES = 1 << 20
UTF8_FLAG = 0x800
ENCRYPTED_FLAG = 0x1


def unpack(archive: Path, target: Path, limit_bytes: int = MAX_BYTES) -> None:
    """Unpack what is neither hidden nor a dropping into ``target``, a new folder.

    Raises SourceError with a sentence when the archive is damaged, encrypted, or of a kind that attacks:
    names that lead outside, links, or far more content than its size explains. Raises StorageError when the disk
    is full.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            wanted = _check(opened, archive, limit_bytes)
            total = sum(entry.file_size for entry, _ in wanted)
            target.mkdir(parents=True)
            if total + MARGIN_BYTES > free_bytes(target):
                raise SourceError(f"There is no room to unpack its {total / 1e6:.0f} MB.", archive.name)
            for entry, place in wanted:
                _extract(opened, entry, target / place)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SourceError(
            f"The archive is damaged or of an unknown kind ({error}). Copy it again.", archive.name
        ) from error
    except OSError as error:
        raise SourceError(f"The archive cannot be read: {error.strerror or error}.", archive.name) from error


def _check(opened: zipfile.ZipFile, archive: Path, limit_bytes: int) -> list[tuple[zipfile.ZipInfo, Path]]:
    entries = opened.infolist()
    if len(entries) > MAX_ENTRIES:
        raise SourceError(f"The archive has {len(entries)} entries; more than {MAX_ENTRIES} are refused.", archive.name)
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > limit_bytes or (total > BOMB_BYTES and total > BOMB_RATIO * packed):
        sentence = f"The archive claims to hold {total / 1e9:.1f} GB; that is not plausible, so it is refused."
        raise SourceError(sentence, archive.name)
    wanted = []
    taken: set[str] = set()
    for entry in entries:
        place = safe_place(entry_name(entry))
        if place is None:
            raise SourceError(f'The archive is refused: the name "{entry_name(entry)}" leads outside.', archive.name)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise SourceError(f'The archive is refused: "{place}" is a link or device, not a file.', archive.name)
        if entry.flag_bits & ENCRYPTED_FLAG:
            raise SourceError("The archive has a password. Unpack it and import the folder.", archive.name)
        if entry.is_dir() or any(is_dropping(part) for part in place.parts):
            continue
        if str(place) in taken:
            raise SourceError(f'The archive is refused: it holds "{place}" twice.', archive.name)
        taken.add(str(place))
        wanted.append((entry, Path(place)))
    return wanted


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name as its maker meant it: many write UTF-8 without saying so, and Python then reads it as code page 437."""
    if entry.flag_bits & UTF8_FLAG:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return entry.filename


def safe_place(name: str) -> PurePosixPath | None:
    """The name as a path below the target, or None where it leads elsewhere."""
    name = name.replace("\\", "/")
    place = PurePosixPath(name)
    drive = len(name) > 1 and name[1] == ":"
    if place.is_absolute() or drive or ".." in place.parts or "\0" in name:
        return None
    return place


def _extract(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> None:
    with storage_errors(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        output = place.open("xb")
    with output, opened.open(entry) as packed:
        left = entry.file_size
        while block := packed.read(BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                raise zipfile.BadZipFile("an entry is longer than announced")
            with storage_errors(place):
                output.write(block)


def remove(folder: Path) -> None:
    """Remove what was unpacked."""
    shutil.rmtree(folder, ignore_errors=True)
