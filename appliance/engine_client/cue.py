"""Getting a song ready in the engine: loaded, routed, and started."""

import time

from appliance.engine_client.client import EngineClient
from appliance.errors import EngineError
from appliance.kernel import SlotState, SongFault, band_sections
from appliance.kernel.player import FAULT_SENTENCES
from appliance.messages import Cut, Load, Schedule, SetEarsEqualised, SetGains, SetGuard, SetStemEq, Status, Unload
from appliance.settings import Rig
from appliance.songs.mastered import Mastering, guards
from appliance.songs.prepared import PreparedSong
from appliance.songs.routing import gain_matrix

STOP_FADE_S = 0.05
"""What a musician hears as "it stopped", and no loudspeaker as a click."""
ENTRY_FADE_S = 0.005
"""For a start in the middle of a song."""
HEAD_START_S = 5.0
"""Of a song in memory before it may start; the disk is many times faster than the music."""
OPENING_TIMEOUT_S = 5.0


def cue_song(client: EngineClient, slot: int, song: PreparedSong, mastering: Mastering, rig: Rig) -> None:
    """Ask for a song and route it as it is mastered. Returns when its header is read; loading goes on.

    Raises EngineError.
    """
    client.send(Load(id=client.next_id(), slot=slot, path=str(song.path.absolute())))
    deadline = time.monotonic() + OPENING_TIMEOUT_S
    while time.monotonic() < deadline:
        state = client.wait_for_status().slots[slot]
        if state.state == SlotState.FAILED:
            raise EngineError(FAULT_SENTENCES[SongFault(state.fault)], str(song.path))
        if state.state in {SlotState.LOADING, SlotState.READY}:
            break
    gains = gain_matrix(rig, song.metadata.stems, song.channels, mastering.stems)
    client.send(SetGains(id=client.next_id(), slot=slot, gains=gains.astype("<f4").tobytes()))
    client.send(SetEarsEqualised(id=client.next_id(), slot=slot, on=mastering.ears_equalised))
    for stem, mastered in zip(song.metadata.stems, mastering.stems, strict=True):
        sections = band_sections(mastered.eq, song.rate_hz).astype("<f8").tobytes()
        for channel in stem.channels if sections else ():
            client.send(SetStemEq(id=client.next_id(), slot=slot, channel=channel, sections=sections))


def is_startable(status: Status, slot: int, song: PreparedSong) -> bool:
    """Whether enough of the song is in memory."""
    state = status.slots[slot]
    head = min(state.data_bytes, int(HEAD_START_S * song.rate_hz) * song.channels * 3)
    return state.state == SlotState.READY or (state.state == SlotState.LOADING and state.loaded_bytes >= head)


def start_song(
    client: EngineClient,
    slot: int,
    segment: int,
    song: PreparedSong,
    mastering: Mastering,
    rig: Rig,
    song_frame: int = 0,
) -> None:
    """With the next block, from a frame of the song or from where mastering lets it begin. Raises EngineError."""
    first = max(song_frame, mastering.start_frame)
    command = Schedule(
        id=client.next_id(),
        segment=segment,
        slot=slot,
        song_frame=first,
        frames=max(1, mastering.end_frame - first),
        fade_in=round(ENTRY_FADE_S * song.rate_hz) if first > mastering.start_frame else mastering.fade_in_frames,
        fade_out=mastering.fade_out_frames,
    )
    for bus, rms_dbfs in guards(rig, mastering):
        client.send(SetGuard(id=client.next_id(), bus=bus, rms_dbfs=rms_dbfs))
    client.send(command)


def stop_all(client: EngineClient, rate_hz: int) -> None:
    """Fade out what sounds, forget what would follow."""
    client.send(Cut(id=client.next_id(), fade_frames=round(STOP_FADE_S * rate_hz)))


def drop_song(client: EngineClient, slot: int) -> None:
    """Give the slot's memory back. Raises EngineError while the song sounds."""
    client.send(Unload(id=client.next_id(), slot=slot))
