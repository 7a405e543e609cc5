"""The player: songs in locked memory and a schedule of segments. See native/include/player.h for what C promises."""

import os
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import filters
from appliance.kernel._native import ffi, lib
from appliance.kernel.chain import Kernel, aligned

SLOTS: int = lib.PLAYER_SLOTS
SEGMENTS: int = lib.PLAYER_SEGMENTS


class SlotState(IntEnum):
    """How far a slot's song is."""

    EMPTY = 0
    OPENING = 1
    LOADING = 2
    READY = 3
    FAILED = 4


class SongFault(IntEnum):
    """What is wrong with a song that was to be loaded."""

    SOUND = 0
    CANNOT_OPEN = 1
    NOT_PREPARED = 2
    OTHER_VERSION = 3
    DAMAGED_HEADER = 4
    WRONG_LENGTH = 5
    OTHER_RATE = 6
    NO_MEMORY = 7
    UNREADABLE = 8
    DAMAGED_AUDIO = 9


FAULT_SENTENCES = {
    SongFault.CANNOT_OPEN: "The prepared song cannot be opened. Import the song again.",
    SongFault.NOT_PREPARED: "This is not a prepared song. Import it first.",
    SongFault.OTHER_VERSION: "The song was prepared by another version of Sidestage. Import it again.",
    SongFault.DAMAGED_HEADER: "The prepared song is damaged. Import it again.",
    SongFault.WRONG_LENGTH: "The prepared song is cut short or too long. Import it again.",
    SongFault.OTHER_RATE: "The song was prepared for another sample rate. Import it again.",
    SongFault.NO_MEMORY: "There is not enough memory for this song.",
    SongFault.UNREADABLE: "The disk cannot read this song.",
    SongFault.DAMAGED_AUDIO: "A part of the prepared song is damaged and stays silent. Import it again.",
}


class Refusal(IntEnum):
    """What the player answers to a command."""

    OK = 0
    BAD_ARGUMENT = 1
    SLOT_BUSY = 2
    NOT_LOADED = 3
    SCHEDULE_FULL = 4
    UNSTABLE_FILTER = 5


class FadeCurve(IntEnum):
    """SMOOTH, without corners, for starts and stops; EQUAL_POWER where one piece of music replaces another."""

    SMOOTH = 0
    EQUAL_POWER = 1


@dataclass(frozen=True)
class Segment:
    """Frames of a song on the sample clock. ``at`` in the past means the next block."""

    id: int
    slot: int
    at: int
    song_frame: int
    frames: int
    fade_in: int = 0
    fade_out: int = 0
    curve: FadeCurve = FadeCurve.SMOOTH


@dataclass(frozen=True)
class SlotStatus:
    """A slot's song; ``fault`` may also stand beside READY, where a chunk is damaged and stays silent."""

    state: SlotState
    fault: SongFault
    channels: int
    bad_chunks: int
    frames: int
    loaded_bytes: int
    data_bytes: int
    unlocked: bool


@dataclass(frozen=True)
class PlayerStatus:
    """``song_frame`` is the next frame of the song in ``slot`` that segment ``id`` plays."""

    clock: int
    late_frames: int
    segments: int
    playing: bool
    id: int
    slot: int
    song_frame: int


@dataclass(frozen=True)
class Scheduled:
    """A segment that waits or sounds; ``frames`` until its end, or until the end of its cut."""

    id: int
    slot: int
    at: int
    song_frame: int
    frames: int
    cut: bool


class Player:
    """Plays through a kernel. One thread uses it; a C thread of its own reads the files until ``close``."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._memory, self._pointer = aligned(lib.player_bytes(), "player *")
        lib.player_init(self._pointer, kernel.pointer, kernel.rate_hz)
        if lib.player_start_loader(self._pointer) != lib.PLAYER_OK:
            raise OSError("the system refuses a thread for loading songs")
        self._status = ffi.new("player_status *")
        self._slot = ffi.new("slot_status *")
        self._schedule = ffi.new("scheduled[]", SEGMENTS)

    def close(self) -> None:
        lib.player_stop_loader(self._pointer)

    def load(self, slot: int, path: Path) -> Refusal:
        """Ask for a prepared song; ``slot_status`` tells how it goes."""
        return Refusal(lib.player_load(self._pointer, slot, os.fsencode(path)))

    def unload(self, slot: int) -> Refusal:
        return Refusal(lib.player_unload(self._pointer, slot))

    def slot_status(self, slot: int) -> SlotStatus:
        raw = self._slot
        lib.player_slot_status(self._pointer, slot, raw)
        return SlotStatus(
            SlotState(raw.state), SongFault(raw.fault), raw.channels, raw.bad_chunks, raw.frames, raw.loaded_bytes,
            raw.data_bytes, bool(raw.unlocked),
        )  # fmt: skip

    def set_gains(self, slot: int, gains: NDArray[np.float32], ramp_frames: int) -> Refusal:
        """Linear gains of shape (stem channels of the slot's song, bus channels)."""
        rows = np.ascontiguousarray(gains, dtype=np.float32)
        if rows.shape != (self.slot_status(slot).channels, self.kernel.bus_channels):
            return Refusal.BAD_ARGUMENT
        return Refusal(lib.player_set_gains(self._pointer, slot, ffi.from_buffer("float[]", rows), ramp_frames))

    def set_stem_eq(self, slot: int, channel: int, sections: filters.Sections, glide_frames: int) -> Refusal:
        """Sections of one stem channel of the slot's song, as house buses hear it."""
        rows = filters.rows(sections)
        pointer = ffi.from_buffer("double[]", rows)
        return Refusal(lib.player_set_stem_eq(self._pointer, slot, channel, pointer, len(rows), glide_frames))

    def set_ears_equalised(self, slot: int, on: bool) -> Refusal:
        return Refusal(lib.player_set_ears_equalised(self._pointer, slot, on))

    def schedule(self, s: Segment) -> Refusal:
        raw = ffi.new("segment *", (s.id, s.slot, s.at, s.song_frame, s.frames, s.fade_in, s.fade_out, int(s.curve)))
        return Refusal(lib.player_schedule(self._pointer, raw))

    def cut(self, at: int, fade_frames: int) -> Refusal:
        """Fade out what sounds at ``at`` (in the past: now) and forget what would begin later."""
        return Refusal(lib.player_cut(self._pointer, at, fade_frames))

    def cancel(self, segment: int) -> None:
        """Take a segment that has not begun off the schedule."""
        lib.player_cancel(self._pointer, segment)

    def skip(self, frames: int) -> None:
        """So many frames were lost at the interface; songs go on where they would be by now."""
        lib.player_skip(self._pointer, frames)

    def render_into(self, pointer: Any, frames: int) -> None:
        """The next block into memory of ``frames * kernel.frame_bytes`` bytes. Releases the GIL."""
        lib.player_render(self._pointer, pointer, frames)

    def scheduled(self) -> list[Scheduled]:
        """What waits or sounds, the earliest first."""
        count = lib.player_get_schedule(self._pointer, self._schedule)
        found = [Scheduled(s.id, s.slot, s.at, s.song_frame, s.frames, bool(s.cut)) for s in self._schedule[0:count]]
        return sorted(found, key=lambda each: each.at)

    def status(self) -> PlayerStatus:
        raw = self._status
        lib.player_get_status(self._pointer, raw)
        return PlayerStatus(
            raw.clock, raw.late_frames, raw.segments, bool(raw.playing), raw.id, raw.slot, raw.song_frame
        )


def block_buffer(size: int) -> tuple[Any, memoryview]:
    """Memory for one block: the pointer for ``render_into`` and the same memory as a view for the card."""
    memory = ffi.new("uint8_t[]", size)
    return memory, memoryview(ffi.buffer(memory))
