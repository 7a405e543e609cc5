"""The audio of a prepared song, block by block, and whether it is what was written."""

import zlib
from collections.abc import Iterator

from appliance.errors import PreparedSongError
from appliance.songs.prepared import CHUNK_BYTES, PreparedSong
from appliance.units import BYTES_PER_SAMPLE

PADDING = bytes(8)
"""The kernel reads so far beyond the last sample."""


def stem_blocks(song: PreparedSong, block_frames: int, check: bool = False) -> Iterator[tuple[bytes, int]]:
    """Interleaved int24, followed by PADDING, and how many frames that is.

    Raises PreparedSongError where the file cannot be read, and where its checksums differ if they are to be checked.
    """
    checksums = _Checksums(song)
    try:
        with song.path.open("rb") as file:
            file.seek(song.header_bytes)
            for start in range(0, song.frames, block_frames):
                frames = min(block_frames, song.frames - start)
                data = file.read(frames * song.channels * BYTES_PER_SAMPLE)
                if len(data) < frames * song.channels * BYTES_PER_SAMPLE:
                    raise PreparedSongError("It is cut short. Prepare the song again.", str(song.path))
                if check:
                    checksums.update(data)
                yield data + PADDING, frames
    except OSError as error:
        raise PreparedSongError(f"It cannot be read: {error.strerror or error}.", str(song.path)) from error


class _Checksums:
    """CRC-32 of each chunk, of audio that arrives in pieces of any size."""

    def __init__(self, song: PreparedSong) -> None:
        self._song = song
        self._at = self._crc = 0

    def update(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            piece = view[: CHUNK_BYTES - self._at % CHUNK_BYTES]
            self._crc = zlib.crc32(piece, self._crc)
            self._at += len(piece)
            if self._at % CHUNK_BYTES == 0 or self._at == self._song.data_bytes:
                self._compare((self._at - 1) // CHUNK_BYTES)
            view = view[len(piece) :]

    def _compare(self, chunk: int) -> None:
        if self._crc != self._song.chunk_checksums[chunk]:
            sentence = f"The audio is damaged in chunk {chunk + 1}. Prepare the song again."
            raise PreparedSongError(sentence, str(self._song.path))
        self._crc = 0
