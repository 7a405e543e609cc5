"""Loudness and peaks of signals in memory, in hops of 10 ms. See native/include/loudness.h for what C promises."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from appliance.kernel._native import ffi, lib
from appliance.kernel.chain import Isa, aligned

HOPS_PER_SECOND: int = lib.LOUDNESS_HOPS_PER_SECOND

Planar = NDArray[np.float32]
"""Samples of shape (channels, frames), full scale at 1."""

_LEVEL = np.dtype([("energy", "f8"), ("sum", "f8"), ("sample_peak", "f4"), ("true_peak", "f4")])


@dataclass(frozen=True)
class Hops:
    """What was measured, each of shape (channels, hops).

    ``weighted`` is of whole hops only: BS.1770 drops what is left at the end. The others go on into the silence after
    the signal, for a hop or two, so that the peak between its last samples is not missed.
    """

    rate_hz: int
    frames: int
    weighted: NDArray[np.float64]
    """Mean square behind the K weighting."""
    energy: NDArray[np.float64]
    """Sum of the squares."""
    total: NDArray[np.float64]
    """Sum of the samples: what is left of it is DC."""
    sample_peak: NDArray[np.float32]
    true_peak: NDArray[np.float32]

    def part(self, channels: Sequence[int], gain: float = 1.0) -> Self:
        """Some of the channels, as if they had been so much louder."""
        rows = list(channels)
        power = gain * gain
        return replace(
            self,
            weighted=self.weighted[rows] * power,
            energy=self.energy[rows] * power,
            total=self.total[rows] * gain,
            sample_peak=self.sample_peak[rows] * np.float32(gain),
            true_peak=self.true_peak[rows] * np.float32(gain),
        )


class LoudnessMeter:
    """Measures a signal that comes in blocks of whole seconds; only the last may have another length.

    However it is cut, the result is the same bit for bit. What is in memory is one block.
    """

    def __init__(self, rate_hz: int, channels: int, isa: Isa = Isa.BEST) -> None:
        """Raises ValueError for a rate that is not 44100 to 192000 Hz, or an instruction set that is not there."""
        self._memory, self._pointer = aligned(lib.loudness_bytes(), "loudness *")
        if not lib.loudness_init(self._pointer, rate_hz, int(isa)):
            raise ValueError("no such meter: the rate or the instruction set is out of range")
        self.rate_hz, self.channels = rate_hz, channels
        self.isa_name: str = ffi.string(lib.loudness_isa_name(self._pointer)).decode()
        self.hop_frames: int = lib.loudness_hop_frames(self._pointer)
        self._history: int = self.hop_frames * lib.LOUDNESS_HISTORY_HOPS
        self._frames = self._block = 0
        self._weighted: list[NDArray[np.float64]] = [np.zeros((channels, 0))]
        self._levels: list[NDArray[Any]] = [np.zeros((channels, 0), _LEVEL)]
        self._allocate(rate_hz)

    def take(self, samples: NDArray[np.floating]) -> Planar:
        """The next block, of shape (frames, channels) and finite. Returns it planar, valid until the next call."""
        if samples.ndim != 2 or samples.shape[1] != self.channels:
            raise ValueError(f"a block has {self.channels} columns, not the shape {samples.shape}")
        block = self._room(len(samples))
        source = ffi.from_buffer("float[]", np.ascontiguousarray(samples, dtype=np.float32))
        lib.loudness_from_float(source, self.channels, len(samples), self._at(0, 0), self._buffer.shape[1])
        return self._measured(block)

    def take_int24(self, words: bytes | bytearray | memoryview, frames: int) -> Planar:
        """The same from interleaved little-endian int24; ``words`` has at least one byte more than the frames."""
        if len(words) <= 3 * self.channels * frames:
            raise ValueError(f"{len(words)} bytes are too few for {frames} frames and a byte more")
        block = self._room(frames)
        source = ffi.from_buffer("uint8_t[]", words)
        lib.loudness_from_int24(source, self.channels, frames, self._at(0, 0), self._buffer.shape[1])
        return self._measured(block)

    def take_int32(self, words: NDArray[np.int32]) -> Planar:
        """The same from words of shape (frames, channels)."""
        block = self._room(len(words))
        source = ffi.from_buffer("int32_t[]", np.ascontiguousarray(words, dtype=np.int32))
        lib.loudness_from_int32(source, self.channels, len(words), self._at(0, 0), self._buffer.shape[1])
        return self._measured(block)

    def finish(self) -> Hops:
        """All that was measured, with silence after it. Call once, at the end."""
        whole, rest = divmod(self._block, self.hop_frames)
        self._buffer[:, self._history + self._block :] = 0.0
        self._levels.append(self._level(whole, -(-(rest + lib.LOUDNESS_PEAK_LAG) // self.hop_frames)))
        weighted, levels = np.concatenate(self._weighted, axis=1), np.concatenate(self._levels, axis=1)
        parts = (levels[name] for name in ("energy", "sum", "sample_peak", "true_peak"))
        return Hops(self.rate_hz, self._frames, weighted, *parts)

    def _allocate(self, frames: int) -> None:
        """Room for a block, the history in front of it, and the two hops behind it that ``finish`` looks at."""
        self._buffer: Planar = np.zeros((self.channels, self._history + frames + 2 * self.hop_frames), np.float32)
        self._samples = ffi.from_buffer("float[]", self._buffer)

    def _at(self, channel: int, frame: int) -> Any:
        """Pointer to a frame of the block."""
        return self._samples + (channel * self._buffer.shape[1] + self._history + frame)

    def _room(self, frames: int) -> Planar:
        """Where the next block goes, behind the end of the one before."""
        if self._frames % self.rate_hz:
            raise ValueError("only the last block may have another length than whole seconds")
        past = self._buffer[:, self._block : self._block + self._history].copy()
        if self._buffer.shape[1] < self._history + frames + 2 * self.hop_frames:
            self._allocate(frames)
        self._buffer[:, : self._history] = past
        self._block = frames
        return self._buffer[:, self._history : self._history + frames]

    def _measured(self, block: Planar) -> Planar:
        hops = self._block // self.hop_frames
        weighted = np.empty((self.channels, hops))
        out, pitch = ffi.from_buffer("double[]", weighted), self._buffer.shape[1]
        lib.loudness_weigh(self._pointer, self._at(0, 0), pitch, self.channels, hops, out)
        self._weighted.append(weighted)
        self._levels.append(self._level(0, hops))
        self._frames += self._block
        return block

    def _level(self, first: int, hops: int) -> NDArray[Any]:
        levels = np.empty((self.channels, hops), _LEVEL)
        out = ffi.cast("loudness_level *", ffi.from_buffer(levels))
        for channel in range(self.channels):
            x = self._at(channel, first * self.hop_frames)
            lib.loudness_levels(self._pointer, x, hops, out + channel * hops)
        return levels

    def least_gains(self, before: Planar, after: Planar, scale: float, floor: float) -> NDArray[np.float32]:
        """The smallest factor from ``scale * before`` to ``after`` in each whole hop, at most 1: (channels, hops).

        Frames in which ``scale * before`` is below ``floor`` tell nothing of a gain.
        """
        hops = before.shape[1] // self.hop_frames
        least = np.empty((len(before), hops), np.float32)
        for one, other, out in zip(before, after, least, strict=True):
            x, y, to = (ffi.from_buffer("float[]", each) for each in (one, other, out))
            lib.loudness_least_gain(self._pointer, x, y, scale, floor, hops, to)
        return least


def planar_from_int32(words: NDArray[np.int32]) -> Planar:
    """Words of shape (frames, channels) as samples."""
    frames, channels = words.shape
    out = np.empty((channels, frames), np.float32)
    source = ffi.from_buffer("int32_t[]", np.ascontiguousarray(words, dtype=np.int32))
    lib.loudness_from_int32(source, channels, frames, ffi.from_buffer("float[]", out), frames)
    return out


def planar_from_int24(words: bytes | bytearray | memoryview, channels: int, frames: int) -> Planar:
    """Interleaved little-endian int24 as samples; ``words`` has at least one byte more than the frames."""
    if len(words) <= 3 * channels * frames:
        raise ValueError(f"{len(words)} bytes are too few for {frames} frames and a byte more")
    out = np.empty((channels, frames), np.float32)
    source = ffi.from_buffer("uint8_t[]", words)
    lib.loudness_from_int24(source, channels, frames, ffi.from_buffer("float[]", out), frames)
    return out
