"""The kernel: stems in, an interface's samples out. See native/include/kernel.h for what C promises."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import filters
from appliance.kernel._native import ffi, lib
from appliance.settings import BusKind, EqBand, Rig
from appliance.songs.prepared import ROLE_CODES
from appliance.units import gain_from_db
from appliance.vocabulary import Role

HOLD_MS = 10.0
"""Keeps the limiter from following a bass wave down to 40 Hz: half its period is hold plus look-ahead."""

GLIDE_S = 0.02
"""In which a gain, trim or equaliser arrives: short enough for a hand on a knob, long enough to be silent."""


class SampleFormat(IntEnum):
    """What an interface takes; the number is the kernel's."""

    S32_LE = 0
    S24_LE = 1
    S24_3LE = 2
    S16_LE = 3

    @property
    def bytes_per_sample(self) -> int:
        return (4, 4, 3, 2)[self]


class Isa(IntEnum):
    """Which of the machine's instruction sets; BEST is what an appliance uses, the others are for comparing them."""

    BEST = 0
    BASELINE = 1
    AVX2 = 2
    AVX512 = 3


@dataclass(frozen=True)
class Voice:
    """Frames of a song that sound in a block: int24 bytes, the slot whose gains they take, and where they begin.

    ``memory`` is the number (below 64) under which its equalisers remember it from block to block, ``fresh`` makes them
    forget; of another song they never remember anything."""

    frames: bytes
    slot: int
    offset: int
    count: int
    envelope: NDArray[np.float32] | None = None
    memory: int = 0
    fresh: bool = False


@dataclass(frozen=True)
class BusMeter:
    """Linear peaks of the last 100 ms; powers over 400 ms and 3 s; the limiter's smallest factor of the last 100 ms."""

    sample_peak: float
    true_peak: float
    mean_square: float
    momentary: float
    short_term: float
    gain: float

    @property
    def momentary_lufs(self) -> float:
        return loudness_lufs(self.momentary)

    @property
    def short_term_lufs(self) -> float:
        return loudness_lufs(self.short_term)


@dataclass(frozen=True)
class Meters:
    """What the kernel published last; ``frame`` is how many frames it had rendered then."""

    frame: int
    not_finite: int
    fused: int
    buses: tuple[BusMeter, ...]


def loudness_lufs(weighted_mean_square: float) -> float:
    """BS.1770: the K-weighted power in LUFS; silence is minus infinity."""
    return -0.691 + 10 * math.log10(weighted_mean_square) if weighted_mean_square > 0 else -math.inf


class Kernel:
    """One kernel with memory of its own. One thread uses it; ``meters`` any thread may call."""

    def __init__(
        self,
        rate_hz: int,
        buses: Sequence[tuple[int, BusKind]],
        outputs: int,
        sample_format: SampleFormat = SampleFormat.S32_LE,
        short_lookahead: bool = False,
        hold_ms: float = HOLD_MS,
        metered: bool = True,
        isa: Isa = Isa.BEST,
    ) -> None:
        """``buses`` are (width, kind). Not ``metered``, only the limiter's gain is told.

        Raises ValueError where such a kernel cannot be."""
        config = ffi.new("kernel_config *")
        config.rate_hz, config.outputs, config.format = rate_hz, outputs, int(sample_format)
        config.short_lookahead, config.hold_ms, config.isa = short_lookahead, hold_ms, int(isa)
        config.unmetered = not metered
        config.buses = len(buses)
        if len(buses) > lib.KERNEL_MAX_BUS_CHANNELS:
            raise ValueError(f"{len(buses)} buses are too many")
        for i, (width, kind) in enumerate(buses):
            config.bus_width[i] = width
            config.bus_kind[i] = lib.KERNEL_HOUSE if kind is BusKind.HOUSE else lib.KERNEL_EARS
        self._memory, self.pointer = aligned(lib.kernel_bytes(), "kernel *")
        if not lib.kernel_init(self.pointer, config):
            raise ValueError("no such kernel: rate, buses, outputs, format or instruction set are out of range")
        self.rate_hz, self.bus_count = rate_hz, len(buses)
        self.set_interface(outputs, sample_format)
        self.bus_channels: int = lib.kernel_bus_channels(self.pointer)
        self.latency_frames: int = lib.kernel_latency_frames(self.pointer)
        self.isa_name: str = ffi.string(lib.kernel_isa_name(self.pointer)).decode()

    def set_interface(self, outputs: int, sample_format: SampleFormat) -> None:
        """Render for another interface from the next block on; what the outputs play stays."""
        _check(lib.kernel_set_interface(self.pointer, outputs, int(sample_format)))
        self.outputs, self.sample_format = outputs, sample_format
        self.frame_bytes: int = lib.kernel_frame_bytes(self.pointer)

    def set_song(self, slot: int, roles: Sequence[Role]) -> None:
        """Give a slot to a song whose stem channels have these roles; it is silent until it gets gains."""
        codes = bytes(ROLE_CODES[role] for role in roles)
        _check(lib.kernel_set_song(self.pointer, slot, len(codes), codes))

    def set_gains(self, slot: int, gains: NDArray[np.float32], ramp_frames: int) -> None:
        """Linear gains of shape (stem channels, bus channels)."""
        rows = np.ascontiguousarray(gains, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.bus_channels:
            raise ValueError(f"gains are for {self.bus_channels} bus channels, not {rows.shape}")
        _check(lib.kernel_set_gains(self.pointer, slot, ffi.from_buffer("float[]", rows), ramp_frames))

    def set_stem_eq(self, slot: int, channel: int, bands: Sequence[EqBand], glide_frames: int) -> None:
        self.set_stem_sections(slot, channel, filters.band_sections(bands, self.rate_hz), glide_frames)

    def set_stem_sections(self, slot: int, channel: int, sections: filters.Sections, glide_frames: int) -> None:
        """Of one stem channel, as house buses hear it. Raises ValueError as ``set_sections`` does."""
        rows = filters.rows(sections)
        pointer = ffi.from_buffer("double[]", rows)
        _check(lib.kernel_set_stem_eq(self.pointer, slot, channel, pointer, len(rows), glide_frames))

    def set_ears_equalised(self, slot: int, on: bool) -> None:
        """Whether ears hear the slot's stems equalised too; at once, so to be chosen before the song sounds."""
        _check(lib.kernel_set_ears_equalised(self.pointer, slot, on))

    def set_trim_db(self, bus: int, trim_db: float, ramp_frames: int) -> None:
        _check(lib.kernel_set_trim(self.pointer, bus, gain_from_db(trim_db), ramp_frames))

    def set_eq(self, bus: int, bands: Sequence[EqBand], glide_frames: int) -> None:
        self.set_sections(bus, filters.band_sections(bands, self.rate_hz), glide_frames)

    def set_sections(self, bus: int, sections: filters.Sections, glide_frames: int) -> None:
        """Raises ValueError for more than 8 sections or an unstable one; what was there before stays."""
        rows = filters.rows(sections)
        _check(lib.kernel_set_eq(self.pointer, bus, ffi.from_buffer("double[]", rows), len(rows), glide_frames))

    def set_limiter(self, bus: int, ceiling_dbtp: float, release_ms: float) -> None:
        _check(lib.kernel_set_limiter(self.pointer, bus, gain_from_db(ceiling_dbtp), release_ms))

    def set_guard_dbfs(self, bus: int, rms_dbfs: float | None) -> None:
        """Hold what is louder than this over 50 ms, a full-scale square wave being 0 dB; None lets all pass.

        Raises ValueError below -80 dB."""
        mean_square = math.inf if rms_dbfs is None else gain_from_db(rms_dbfs) ** 2
        _check(lib.kernel_set_guard(self.pointer, bus, mean_square))

    def set_patch(self, output: int, bus_channel: int | None) -> None:
        """What a physical output, counted from 0, plays."""
        _check(lib.kernel_set_patch(self.pointer, output, -1 if bus_channel is None else bus_channel))

    def render(self, voices: Sequence[Voice], frames: int) -> bytes:
        """The next frames of every output, interleaved, in the interface's format."""
        out = ffi.new("uint8_t[]", frames * self.frame_bytes)
        kept: list[Any] = []
        array = ffi.new("kernel_voice[]", max(1, len(voices)))
        for i, voice in enumerate(voices):
            padded = ffi.from_buffer("uint8_t[]", voice.frames + bytes(8))
            envelope = ffi.NULL if voice.envelope is None else ffi.from_buffer("float[]", voice.envelope)
            kept += [padded, envelope]
            array[i] = (padded, envelope, voice.slot, voice.offset, voice.count, voice.memory, voice.fresh)
        lib.kernel_render(self.pointer, array, len(voices), out, frames)
        return bytes(ffi.buffer(out))

    def render_buses(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Samples of shape (frames, bus channels) through trims, equalisers and limiters."""
        samples = np.ascontiguousarray(samples, dtype=np.float32)
        if samples.ndim != 2 or samples.shape[1] != self.bus_channels:
            raise ValueError(f"samples are for {self.bus_channels} bus channels, not {samples.shape}")
        out = np.empty_like(samples)
        lib.kernel_render_buses(
            self.pointer, ffi.from_buffer("float[]", samples), ffi.from_buffer("float[]", out), len(samples)
        )
        return out

    def meters(self) -> Meters:
        raw = ffi.new("kernel_meters *")
        lib.kernel_read_meters(self.pointer, raw)
        fields = ("sample_peak", "true_peak", "mean_square", "momentary", "short_term", "gain")
        buses = tuple(BusMeter(*(getattr(raw.bus[b], name) for name in fields)) for b in range(self.bus_count))
        return Meters(raw.frame, raw.not_finite, raw.fused, buses)


def kernel_for_rig(
    rig: Rig, sample_format: SampleFormat, outputs: int, isa: Isa = Isa.BEST, metered: bool = True
) -> Kernel:
    """A kernel with the rig's buses, trims, equalisers, limiters and patch, all in place before the first frame."""
    buses = [(bus.width, bus.kind) for bus in rig.buses]
    kernel = Kernel(rig.rate_hz, buses, outputs, sample_format, rig.lookahead_ms < 2, metered=metered, isa=isa)
    for number, bus in enumerate(rig.buses):
        kernel.set_trim_db(number, bus.gain_db, 0)
        kernel.set_eq(number, bus.eq, 0)
        kernel.set_limiter(number, bus.ceiling_dbtp, bus.release_ms)
    groups = [group for bus in rig.buses for group in bus.patch]
    for channel, group in enumerate(groups):
        for output in group:
            kernel.set_patch(output - 1, channel)
    return kernel


def aligned(size: int, kind: str) -> tuple[Any, Any]:
    """Zeroed memory that begins on a cache line: (what keeps it alive, the pointer)."""
    line = 64
    memory = ffi.new("uint8_t[]", size + line)
    address = int(ffi.cast("uintptr_t", memory))
    return memory, ffi.cast(kind, memory + (-address % line))


def _check(result: int) -> None:
    if result == lib.KERNEL_UNSTABLE_FILTER:
        raise ValueError("the filter is not stable")
    if result != lib.KERNEL_OK:
        raise ValueError("the kernel refused: a number is out of range")
