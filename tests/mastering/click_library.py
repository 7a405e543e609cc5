"""Deliveries that are imported once for all workers."""

import fcntl
from pathlib import Path

from appliance.preparation.importer import import_songs
from appliance.songs.library import Library
from appliance.songs.prepared import PreparedSong, read_header

RATE_HZ = 48_000


def imported_once(common: Path, name: str, deliveries: list[Path]) -> Library:
    library, done = Library(common / f"click-{name}"), common / f"click-{name}.done"
    with (common / f"click-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            import_songs(library, deliveries, RATE_HZ, 2)
            done.touch()
    return library


def prepared_songs(library: Library) -> list[PreparedSong]:
    return [read_header(song.prepared(RATE_HZ)) for song in library.songs()]
