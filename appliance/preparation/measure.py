"""One pass over a file: what each channel holds, small enough to keep for the longest song."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import soxr
from numpy.typing import NDArray

from appliance.preparation.decode import BLOCK_FRAMES, Block, decode, silence_non_numbers
from appliance.preparation.probe import AudioInfo

HOPS_PER_SECOND = 1000
"""An envelope in milliseconds: fine enough to tell a click from a snare."""
EXCERPT_S = 1.5
"""Enough of a time code to hold 36 frames of it."""
SKETCH_HZ = 16_000
SKETCH_EVERY_S = 4
"""One second in four of the whole song is kept, to tell whether two sounds are the same: 8 kB for a second."""
AUDIBLE = 10 ** (-80 / 20)
"""A channel that never comes above this is silence: dither and the hiss of an idle input lie below."""


@dataclass
class ChannelFacts:
    """One channel: ``envelope`` is the peak of each millisecond, ``crossings`` the zero crossings in each."""

    peak: float
    envelope: NDArray[np.float32]
    crossings: NDArray[np.int16]
    excerpt: NDArray[np.float32]
    """From the first sound on, at the file's rate."""
    sketch: NDArray[np.float16]
    """The first second of every SKETCH_EVERY_S, at SKETCH_HZ whatever the file's rate."""

    @property
    def silent(self) -> bool:
        return self.peak < AUDIBLE


@dataclass
class FileFacts:
    """One file: ``likeness[i]`` is the correlation (-1 to 1) of channels i and i + 1."""

    info: AudioInfo
    frames: int
    non_numbers: int
    channels: list[ChannelFacts]
    likeness: list[float] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        return self.frames / self.info.rate_hz

    @property
    def peak(self) -> float:
        return max(channel.peak for channel in self.channels)


def measure(info: AudioInfo, advanced: Callable[[int], None] = lambda _: None) -> FileFacts:
    """Decode the whole file once; ``advanced`` hears of each block's frames. Raises SourceError when it is damaged."""
    hop = max(1, info.rate_hz // HOPS_PER_SECOND)
    excerpt_frames = int(EXCERPT_S * info.rate_hz)
    frames = non_numbers = 0
    envelopes: list[NDArray[np.float32]] = []
    crossings: list[NDArray[np.int16]] = []
    products = np.zeros((info.channels, info.channels))
    excerpts: list[list[NDArray[np.float32]]] = [[] for _ in range(info.channels)]
    sketcher = _Sketcher(info)
    for raw in decode(info, hop * max(1, BLOCK_FRAMES // hop)):
        block, bad = silence_non_numbers(raw)
        non_numbers += bad
        frames += len(block)
        envelopes.append(_per_hop(np.abs(block), hop).max(axis=1).astype(np.float32))
        signs = np.signbit(block)
        changes = np.vstack([np.zeros((1, info.channels), bool), signs[1:] != signs[:-1]])
        crossings.append(_per_hop(changes, hop).sum(axis=1, dtype=np.int16))
        bounded = np.clip(block, -16, 16)  # a wild float must not decide over everything else
        products += bounded.T @ bounded
        sketcher.add(bounded)
        for channel, kept in enumerate(excerpts):
            _keep_excerpt(kept, block[:, channel], excerpt_frames)
        advanced(len(block))
    envelope, crossed, sketch = np.concatenate(envelopes), np.concatenate(crossings), sketcher.finish()
    return FileFacts(
        info=info,
        frames=frames,
        non_numbers=non_numbers,
        channels=[
            ChannelFacts(
                peak=float(envelope[:, channel].max()),
                envelope=np.ascontiguousarray(envelope[:, channel]),
                crossings=np.ascontiguousarray(crossed[:, channel]),
                excerpt=np.concatenate(kept) if (kept := excerpts[channel]) else np.zeros(0, np.float32),
                sketch=np.ascontiguousarray(sketch[:, channel]),
            )
            for channel in range(info.channels)
        ],
        likeness=[_correlation(products, channel) for channel in range(info.channels - 1)],
    )


class _Sketcher:
    """Keeps the sketch of all channels of a file that goes by in blocks."""

    def __init__(self, info: AudioInfo) -> None:
        self._stream = soxr.ResampleStream(info.rate_hz, SKETCH_HZ, info.channels, dtype="float32", quality="LQ")
        self._kept: list[NDArray[np.float16]] = []
        self._place = 0

    def add(self, block: Block, last: bool = False) -> None:
        samples = self._stream.resample_chunk(block.astype(np.float32), last=last)
        places = np.arange(self._place, self._place + len(samples))
        self._kept.append(samples[places % (SKETCH_EVERY_S * SKETCH_HZ) < SKETCH_HZ].astype(np.float16))
        self._place += len(samples)

    def finish(self) -> NDArray[np.float16]:
        self.add(np.zeros((0, self._kept[0].shape[1])), last=True)
        return np.concatenate(self._kept)


def _per_hop(values: NDArray[np.generic], hop: int) -> NDArray[np.generic]:
    """(n, channels) -> (hops, hop, channels), the end filled with zeros."""
    missing = -len(values) % hop
    if missing:
        values = np.concatenate([values, np.zeros((missing, values.shape[1]), values.dtype)])
    return values.reshape(-1, hop, values.shape[1])


def _keep_excerpt(kept: list[NDArray[np.float32]], samples: Block, wanted: int) -> None:
    have = sum(map(len, kept))
    if have >= wanted:
        return
    if not kept:
        audible = np.flatnonzero(np.abs(samples) > AUDIBLE)
        if not len(audible):
            return
        samples = samples[audible[0] :]
    kept.append(samples[: wanted - have].astype(np.float32))


def _correlation(products: NDArray[np.float64], channel: int) -> float:
    energy = products[channel, channel] * products[channel + 1, channel + 1]
    return float(products[channel, channel + 1] / np.sqrt(energy)) if energy > 0 else 0.0
