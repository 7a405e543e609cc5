"""What happens to the music when the disk does not keep up. Each function runs in a process of its own; see disk.py."""

import sys
import time
from pathlib import Path

import numpy as np
from booth import BLOCK, LATENCY, Booth, coded, smooth, straight, wait_for, write_song
from disk import Disk

from appliance.kernel import SlotState, SongFault
from appliance.messages import Cut, Load, SetGains
from appliance.settings import Bus, BusKind, Rig
from appliance.songs.model import Role

CHANNELS = 8
CHUNK_FRAMES = (1 << 20) / (CHANNELS * 3)
FRAMES = 170_000
"""A little less than four chunks."""
ROLES = (*[Role.TRACK] * 5, Role.CLICK, Role.GUIDE, Role.TIMECODE)
HEADER_READS = 2
RAMP = 256


def booth_of_eight() -> Booth:
    """Eight outputs, each with a stem of its own."""
    buses = tuple(Bus(name=f"{n}", kind=BusKind.EARS, outputs=(n + 1,), sends={}) for n in range(CHANNELS))
    return Booth(Rig(outputs=CHANNELS, block_frames=BLOCK, buses=buses))


def begin_loading(booth: Booth, slot: int, path: Path) -> None:
    assert not booth.do(Load, slot=slot, path=str(path))
    wait_for(lambda: booth.engine.player.slot_status(slot).state in {SlotState.LOADING, SlotState.READY})
    assert not booth.do(SetGains, slot=slot, gains=straight(CHANNELS, CHANNELS))


def loaded(booth: Booth, slot: int) -> int:
    return booth.engine.player.slot_status(slot).loaded_bytes >> 20


def is_together(words: np.ndarray) -> None:
    """All stems, click and guide: the same frame everywhere, always."""
    assert (words == words[:, :1]).all(), "stems have parted"


def late_data_is_silence_and_the_place_moves_on(folder: Path) -> None:
    song = coded(FRAMES, channels=CHANNELS)
    path = write_song(folder / "a.song", song, ROLES).path
    disk, booth = Disk(), booth_of_eight()
    disk.let_pass(HEADER_READS + 1)
    begin_loading(booth, 0, path)
    wait_for(lambda: loaded(booth, 0) == 1)
    booth.schedule(1, 0)
    booth.steps(300)
    heard_of_first = int(CHUNK_FRAMES) // BLOCK * BLOCK
    assert booth.engine.status().faults.late_frames == 300 * BLOCK - heard_of_first
    assert booth.engine.status().song_frame == 300 * BLOCK
    disk.let_pass(-1)
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.READY)
    booth.steps(200)
    heard = booth.heard()
    is_together(heard)
    assert np.array_equal(heard[:heard_of_first], song[:heard_of_first])
    assert not heard[heard_of_first : 300 * BLOCK].any()
    back = 300 * BLOCK
    ramp = heard[back : back + RAMP, 0] / song[back : back + RAMP, 0]
    assert np.abs(ramp - smooth(np.arange(RAMP) / RAMP)).max() < 1e-4, "it comes back on a ramp"
    assert np.array_equal(heard[back + RAMP :], song[back + RAMP : len(heard)])
    assert booth.engine.status().faults.late_frames == 300 * BLOCK - heard_of_first
    booth.close()


def a_cued_song_touches_no_disk(folder: Path) -> None:
    song = coded(FRAMES, channels=CHANNELS)
    path = write_song(folder / "a.song", song, ROLES).path
    disk, booth = Disk(), booth_of_eight()
    begin_loading(booth, 0, path)
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.READY)
    before = disk.reads
    assert before == HEADER_READS + 4
    disk.let_pass(0)
    booth.schedule(1, 0, at=0, frames=10_000)
    booth.schedule(2, 0, at=10_000, song_frame=FRAMES - 20_000, frames=10_000)
    booth.schedule(3, 0, at=20_000, song_frame=0)
    booth.steps(400)
    booth.do(Cut, fade_frames=100)
    booth.schedule(4, 0, song_frame=123)
    booth.steps(300)
    assert disk.reads == before, "playing read from the disk"
    assert booth.engine.status().faults.late_frames == 0
    is_together(booth.heard())
    booth.close()


def a_disk_that_fails_costs_its_chunk_and_nothing_else(folder: Path) -> None:
    song = coded(FRAMES, channels=CHANNELS)
    path = write_song(folder / "a.song", song, ROLES).path
    disk, booth = Disk(), booth_of_eight()
    disk.let_pass(HEADER_READS + 1)
    begin_loading(booth, 0, path)
    wait_for(lambda: loaded(booth, 0) == 1)
    disk.fail(True)
    disk.let_pass(3)  # it is tried three times
    wait_for(lambda: booth.engine.player.slot_status(0).bad_chunks == 1)
    disk.fail(False)
    disk.let_pass(-1)
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.READY)
    assert booth.engine.player.slot_status(0).fault is SongFault.UNREADABLE
    _chunk_one_is_silent(booth, song)


def a_damaged_chunk_is_silent(folder: Path) -> None:
    song = coded(FRAMES, channels=CHANNELS)
    prepared = write_song(folder / "a.song", song, ROLES)
    data = bytearray(prepared.path.read_bytes())
    data[prepared.header_bytes + (1 << 20) + 5_000] ^= 0x40
    prepared.path.write_bytes(data)
    booth = booth_of_eight()
    begin_loading(booth, 0, prepared.path)
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.READY)
    status = booth.engine.player.slot_status(0)
    assert (status.fault, status.bad_chunks) == (SongFault.DAMAGED_AUDIO, 1)
    _chunk_one_is_silent(booth, song)


def _chunk_one_is_silent(booth: Booth, song: np.ndarray) -> None:
    booth.schedule(1, 0)
    booth.steps(FRAMES // BLOCK + 2)
    heard = booth.heard()
    is_together(heard)
    first, last = int(CHUNK_FRAMES) // BLOCK * BLOCK, -(-int(2 * CHUNK_FRAMES + 1) // BLOCK) * BLOCK
    assert np.array_equal(heard[:first], song[:first])
    assert not heard[first:last].any()
    assert np.array_equal(heard[last + RAMP : FRAMES], song[last + RAMP : len(heard)][: FRAMES - last - RAMP])
    assert booth.engine.status().faults.late_frames == last - first
    booth.close()


def the_song_that_plays_is_read_first(folder: Path) -> None:
    """Another song was asked for earlier; what sounds now goes before it, from the place where it sounds."""
    waiting = write_song(folder / "waiting.song", coded(FRAMES, channels=CHANNELS), ROLES).path
    playing = write_song(folder / "playing.song", coded(FRAMES, channels=CHANNELS), ROLES)
    disk, booth = Disk(), booth_of_eight()
    disk.let_pass(HEADER_READS)
    begin_loading(booth, 0, waiting)
    # The loader now waits in the first chunk of this one, so the other's header comes after it.
    assert not booth.do(Load, slot=1, path=str(playing.path))
    disk.let_pass(1 + HEADER_READS)
    wait_for(lambda: booth.engine.player.slot_status(1).state is SlotState.LOADING)
    assert not booth.do(SetGains, slot=1, gains=straight(CHANNELS, CHANNELS))
    booth.schedule(1, 1, song_frame=int(2.5 * CHUNK_FRAMES))
    booth.steps(1)
    begun = len(disk.log())
    disk.let_pass(-1)
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.READY)
    order = [(name, (at - playing.header_bytes) >> 20) for name, at in disk.log()[begun:]]
    if order[0][0] == "waiting.song":  # the read that was under way
        order = order[1:]
    assert order[:4] == [("playing.song", chunk) for chunk in (2, 3, 0, 1)], order
    assert all(name == "waiting.song" for name, _ in order[4:])
    booth.close()


def the_block_never_waits_for_the_disk(folder: Path) -> None:
    """With a read that never ends in the loader, blocks, status and refusals go on; only the end waits for it."""
    path = write_song(folder / "a.song", coded(FRAMES, channels=CHANNELS), ROLES).path
    disk, booth = Disk(), booth_of_eight()
    disk.let_pass(HEADER_READS)
    begin_loading(booth, 0, path)
    booth.schedule(1, 0)
    began = time.monotonic()
    booth.steps(500)
    assert booth.engine.status().clock == 500 * BLOCK
    assert time.monotonic() - began < 20, "a block waited"
    assert booth.engine.status().faults.late_frames == 500 * BLOCK
    assert not booth.card.words().any()
    assert booth.card.words().shape == (500 * BLOCK, CHANNELS)
    assert LATENCY < BLOCK
    disk.let_pass(-1)
    booth.close()


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]))
