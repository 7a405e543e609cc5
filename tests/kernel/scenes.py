"""Kernels, stems and output words for the kernel's tests."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Isa, Kernel, SampleFormat, Voice
from appliance.settings import BusKind

RATES_HZ = (44_100, 48_000, 96_000, 192_000)
LOOKAHEADS = (False, True)
"""Short or not: 2.6 ms or 1.3 ms."""


def kernel_of(
    rate_hz: int = 48_000,
    widths: Sequence[int] = (2,),
    kind: BusKind = BusKind.EARS,
    outputs: int | None = None,
    **more: object,
) -> Kernel:
    """Buses of these widths, ceiling 0 dB, output n plays bus channel n."""
    channels = sum(widths)
    kernel = Kernel(rate_hz, [(width, kind) for width in widths], channels if outputs is None else outputs, **more)
    for bus in range(len(widths)):
        kernel.set_limiter(bus, 0.0, 50.0)
    for output in range(min(kernel.outputs, channels)):
        kernel.set_patch(output, output)
    return kernel


def missing(isa: Isa) -> str | None:
    """Why this machine cannot run an instruction set, or None."""
    try:
        kernel_of(isa=isa)
    except ValueError:
        return f"this processor has no {isa.name}"
    return None


def through(kernel: Kernel, x: NDArray[np.floating]) -> NDArray[np.float64]:
    """The signal (frames, bus channels) through the buses, with the delay taken off; as long as the input."""
    padded = np.vstack([x, np.zeros((kernel.latency_frames, x.shape[1]))]).astype(np.float32)
    return kernel.render_buses(padded)[kernel.latency_frames :].astype(np.float64)


def pack24(words: NDArray[np.integer]) -> bytes:
    """24-bit words of shape (frames, channels) as they lie in a prepared song."""
    return np.ascontiguousarray(words, dtype="<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def unpack(raw: bytes, sample_format: SampleFormat, outputs: int) -> NDArray[np.int64]:
    """An interface's bytes as words of shape (frames, outputs)."""
    if sample_format is SampleFormat.S24_3LE:
        parts = np.frombuffer(raw, np.uint8).reshape(-1, 3).astype(np.int64)
        words = parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16
        words = np.where(words >= 1 << 23, words - (1 << 24), words)
    else:
        words = np.frombuffer(raw, "<i2" if sample_format is SampleFormat.S16_LE else "<i4").astype(np.int64)
    return words.reshape(-1, outputs)


def play(kernel: Kernel, words: NDArray[np.integer], slot: int = 0, block: int = 1_024) -> NDArray[np.int64]:
    """A song from its first frame to its last, and then silence until all of it has been heard."""
    raw, size = pack24(words), 3 * words.shape[1]
    out: list[bytes] = []
    total = len(words) + kernel.latency_frames
    for at in range(0, total, block):
        frames = min(block, total - at)
        count = max(0, min(frames, len(words) - at))
        voices = [Voice(raw[at * size : (at + count) * size], slot, 0, count)] if count else []
        out.append(kernel.render(voices, frames))
    return unpack(b"".join(out), kernel.sample_format, kernel.outputs)


def pieces(total: int, block: int, marks: Iterable[int] = ()) -> Iterable[tuple[int, int]]:
    """(start, frames) of blocks that also end at each mark."""
    stops, at = sorted({*marks, total}), 0
    for stop in stops:
        while at < stop:
            frames = min(block, stop - at)
            yield at, frames
            at += frames
