"""The kernel under the benchmark, called block by block into memory that is already there."""

import numpy as np
from numpy.typing import NDArray
from peers import BLOCK, CEILING_DB, GAIN_DB, HIGH_PASS_HZ, PEAKS_HZ, RATE_HZ, Q

from appliance.kernel import Isa, Kernel, band_sections
from appliance.kernel._native import ffi, lib
from appliance.settings import BusKind, EqBand, EqType
from appliance.vocabulary import Role

PAIRS = 16


def bands() -> list[EqBand]:
    peaks = [EqBand(type=EqType.PEAK, frequency_hz=float(f), gain_db=GAIN_DB, q=Q) for f in PEAKS_HZ]
    return [EqBand(type=EqType.HIGH_PASS, frequency_hz=float(HIGH_PASS_HZ)), *peaks]


def sections() -> NDArray[np.float64]:
    return band_sections(bands(), RATE_HZ)


def kernel_of(bands_used: int, metered: bool) -> Kernel:
    kernel = Kernel(RATE_HZ, [(2, BusKind.HOUSE)] * PAIRS, 2 * PAIRS, metered=metered)
    for bus in range(PAIRS):
        kernel.set_eq(bus, bands()[:bands_used], 0)
        kernel.set_limiter(bus, CEILING_DB, 50.0)
    return kernel


def has(isa: str) -> bool:
    try:
        Kernel(RATE_HZ, [(1, BusKind.HOUSE)], 1, isa=Isa[isa.upper()])
    except ValueError:
        return False
    return True


class BusChain:
    """Float samples in, float samples out: what the others do too. They have no meters."""

    def __init__(self, x: NDArray[np.float32], bands: int = 8, metered: bool = False) -> None:
        self.kernel = kernel_of(bands, metered)
        self.out = np.empty((BLOCK, x.shape[1]), np.float32)
        whole = x[: len(x) // BLOCK * BLOCK]
        self._blocks = [ffi.from_buffer("float[]", whole[at : at + BLOCK]) for at in range(0, len(whole), BLOCK)]
        self._to = ffi.from_buffer("float[]", self.out)

    def run(self) -> None:
        pointer, to, render = self.kernel.pointer, self._to, lib.kernel_render_buses
        for block in self._blocks:
            render(pointer, block, to, BLOCK)


class WholeKernel:
    """All that an appliance does: 24-bit stems, a full gain matrix, the chain, meters, the patch and 32-bit words.

    ``stem_sections``: of each stem's own equaliser."""

    def __init__(self, x: NDArray[np.float32], stem_sections: int = 0) -> None:
        self.kernel = kernel_of(8, metered=True)
        channels = 2 * PAIRS
        for output in range(channels):
            self.kernel.set_patch(output, output)
        self.kernel.set_song(0, [Role.TRACK] * channels)
        spread = np.random.default_rng(2).uniform(-0.02, 0.02, (channels, channels))
        self.kernel.set_gains(0, (np.eye(channels) + spread).astype(np.float32), 0)
        for channel in range(channels):
            self.kernel.set_stem_sections(0, channel, sections()[:stem_sections], 0)
        words = np.clip(x * 2**23, -(2**23), 2**23 - 1).astype("<i4")
        packed = words.view(np.uint8).reshape(-1, 4)[:, :3].tobytes() + bytes(8)
        self._data = ffi.from_buffer("uint8_t[]", packed)
        self._voice = ffi.new("kernel_voice[1]")
        self._voice[0].count = BLOCK
        self._out = ffi.new("uint8_t[]", BLOCK * self.kernel.frame_bytes)
        self._offsets = range(0, len(x) // BLOCK * BLOCK * 3 * channels, BLOCK * 3 * channels)

    def run(self) -> None:
        pointer, voice, out, render = self.kernel.pointer, self._voice, self._out, lib.kernel_render
        for offset in self._offsets:
            voice[0].frames = self._data + offset
            render(pointer, voice, 1, out, BLOCK)

    @property
    def heard(self) -> bool:
        return any(ffi.buffer(self._out))


def assert_at_work(buses: BusChain, metered: BusChain, *stems: WholeKernel) -> None:
    """A chain that sleeps is fast, and one that skips work is another chain."""
    ceiling = 10 ** (CEILING_DB / 20)
    for kernel in (metered.kernel, *(chain.kernel for chain in stems)):
        for bus in kernel.meters().buses:
            if not (bus.gain < 0.99 and 0.5 * ceiling < bus.sample_peak <= ceiling * 1.0001):
                raise SystemExit(f"a limiter is not at work: {bus}")
    if not all(chain.heard for chain in stems) or not np.array_equal(buses.out, metered.out):
        raise SystemExit("the kernel is silent, or its meters change what is heard")
