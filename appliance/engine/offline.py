"""The same engine as fast as it can: a song to a file, sample for sample what the interface would get."""

import time
from collections.abc import Callable
from pathlib import Path

from appliance.engine.engine import Engine
from appliance.engine.file_card import FileCard
from appliance.errors import InterfaceError, PreparedSongError
from appliance.kernel import Segment, SlotState, band_sections
from appliance.kernel.player import FAULT_SENTENCES
from appliance.messages import Status
from appliance.settings import Rig
from appliance.songs.mastered import Mastering, guards, plain
from appliance.songs.prepared import PreparedSong
from appliance.songs.routing import gain_matrix

RenderProgress = Callable[[int, int], None]
"""Called with the frames rendered so far and the frames in all."""


def render_song(
    rig: Rig,
    song: PreparedSong,
    out: Path,
    progress: RenderProgress | None = None,
    mastering: Mastering | None = None,
) -> Status:
    """Every output of the rig, from the song's first frame until the limiters have let go of its last.

    As it is mastered, which may also say where it begins and ends, or plain.

    The file begins with the limiters' latency. Returns the engine's last status. Raises PreparedSongError for a song
    that cannot be loaded, InterfaceError where the file cannot be written.
    """
    engine = Engine(rig, lambda r: FileCard(out, r, paced=False))
    try:
        _refuse_trouble(engine)
        _load(engine, song)
        mastering = mastering or plain(song)
        _set(engine, rig, song, mastering)
        frames = mastering.end_frame - mastering.start_frame
        segment = Segment(
            id=1,
            slot=0,
            at=0,
            song_frame=mastering.start_frame,
            frames=frames,
            fade_in=mastering.fade_in_frames,
            fade_out=mastering.fade_out_frames,
        )
        engine.player.schedule(segment)
        total = frames + engine.kernel.latency_frames
        for done in range(0, total, rig.block_frames):
            engine.step()
            _refuse_trouble(engine)
            if progress:
                progress(min(total, done + rig.block_frames), total)
        return engine.status()
    finally:
        engine.close()


def _set(engine: Engine, rig: Rig, song: PreparedSong, mastering: Mastering) -> None:
    engine.player.set_gains(0, gain_matrix(rig, song.metadata.stems, song.channels, mastering.stems), 0)
    engine.player.set_ears_equalised(0, mastering.ears_equalised)
    for stem, mastered in zip(song.metadata.stems, mastering.stems, strict=True):
        for channel in stem.channels:
            engine.player.set_stem_eq(0, channel, band_sections(mastered.eq, song.rate_hz), 0)
    for bus, rms_dbfs in guards(rig, mastering):
        engine.kernel.set_guard_dbfs(bus, rms_dbfs)


def _refuse_trouble(engine: Engine) -> None:
    """On a stage the engine waits for its card; a file that cannot be written does not come back."""
    if engine.trouble:
        raise InterfaceError(engine.trouble)


def _load(engine: Engine, song: PreparedSong) -> None:
    engine.player.load(0, song.path)
    while True:
        status = engine.player.slot_status(0)
        if status.fault:
            raise PreparedSongError(FAULT_SENTENCES[status.fault], str(song.path))
        if status.state is SlotState.READY:
            return
        time.sleep(0.002)
