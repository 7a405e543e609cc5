"""The same samples come out however time is cut into blocks, and whichever instruction set computes them."""

import itertools

import numpy as np
import pytest
from analysis import signal_to_error_db
from scenes import kernel_of, missing, pack24, pieces, unpack

from appliance.kernel import Isa, Kernel, SampleFormat, Voice
from appliance.settings import EqBand, EqType
from appliance.vocabulary import Role

BAND_ISAS = (Isa.BASELINE, Isa.AVX2, Isa.AVX512)
EVENTS = (0, 301, 777, 1_500, 2_222, 4_800)


class Scene:
    """Two songs of which one fades in over the other, while gains, trims, bands, ceilings and guards move."""

    def __init__(self, sample_format: SampleFormat, isa: Isa, frames: int) -> None:
        random = np.random.default_rng(11)
        self.kernel = kernel_of(widths=[2, 1, 2, 1, 1, 2, 1], outputs=11, sample_format=sample_format, isa=isa)
        self.kernel.set_patch(9, None)
        self.kernel.set_patch(10, 0)
        self.frames = frames
        self.gains = random.uniform(-1, 1, (len(EVENTS), 2, 5, self.kernel.bus_channels)).astype(np.float32)
        self.stems = [random.integers(-(2**23), 2**23, (frames, channels)) for channels in (5, 3)]
        self.raw = [pack24(stems) for stems in self.stems]
        self.fade = np.linspace(0, 1, frames, dtype=np.float32)
        self.spans = ((0, frames - 333), (123, frames))
        self.kernel.set_song(0, [Role.TRACK, Role.TRACK, Role.CLICK, Role.TRACK, Role.TRACK])
        self.kernel.set_song(3, [Role.TRACK] * 3)

    def change(self, number: int) -> None:
        kernel: Kernel = self.kernel
        kernel.set_gains(0, self.gains[number, 0], (0, 200, 900, 5, 64, 2_000)[number])
        kernel.set_gains(3, self.gains[number, 1, :3], (0, 77, 1, 1_024, 333, 480)[number])
        for bus in range(7):
            band = EqBand(type=list(EqType)[(bus + number) % 7], frequency_hz=100.0 * 2**bus, gain_db=number - 2.0)
            kernel.set_eq(bus, [band] * (bus + 1), 100 * number)
            kernel.set_trim_db(bus, number - bus, 55 * number)
            kernel.set_limiter(bus, -number - 1.0, 20.0 + bus)
            kernel.set_guard_dbfs(bus, (None, -3.0 * number - 6.0)[(bus + number) % 3 > 0])

    def voices(self, at: int, frames: int) -> list[Voice]:
        out = []
        for slot, (first, last), raw, channels in zip((0, 3), self.spans, self.raw, (5, 3), strict=True):
            start, end = max(first, at), min(last, at + frames)
            if start < end:
                data = raw[start * 3 * channels : end * 3 * channels]
                envelope = self.fade[start:end] if slot == 3 else None
                out.append(Voice(data, slot, start - at, end - start, envelope))
        return out

    def run(self, blocks: list[int]) -> bytes:
        out, sizes = [], itertools.cycle(blocks)
        for start, end in itertools.pairwise([*[e for e in EVENTS if e < self.frames], self.frames]):
            self.change(EVENTS.index(start))
            at = start
            while at < end:
                frames = min(next(sizes), end - at)
                out.append(self.kernel.render(self.voices(at, frames), frames))
                at += frames
        return b"".join(out)


@pytest.mark.parametrize("isa", BAND_ISAS)
@pytest.mark.parametrize("sample_format", SampleFormat)
def test_every_block_size_gives_the_same_bits(isa: Isa, sample_format: SampleFormat) -> None:
    if reason := missing(isa):
        pytest.skip(reason)
    frames = 2_600
    whole = Scene(sample_format, isa, frames)
    expected = whole.run([4_096])
    levels = np.abs(unpack(expected, sample_format, 11)).max(axis=0)
    assert np.all(levels[:9] > 0)
    assert levels[9] == 0
    assert whole.kernel.meters().buses[0].gain < 1.0, "a scene that never limits would prove little"
    for block in range(1, 65):
        scene = Scene(sample_format, isa, frames)
        assert scene.run([block]) == expected, block
        assert scene.kernel.meters() == whole.kernel.meters(), block


@pytest.mark.parametrize("isa", BAND_ISAS)
def test_a_hundred_random_cuts_give_the_same_bits(isa: Isa) -> None:
    if reason := missing(isa):
        pytest.skip(reason)
    frames = 6_000
    expected = Scene(SampleFormat.S16_LE, isa, frames).run([4_096])
    random = np.random.default_rng(12)
    for _ in range(50):
        assert Scene(SampleFormat.S16_LE, isa, frames).run([int(random.integers(65, 4_097))]) == expected
    for _ in range(50):
        blocks = [int(n) for n in np.exp(random.uniform(0, np.log(4_097), 20))]
        assert Scene(SampleFormat.S16_LE, isa, frames).run(blocks) == expected


def test_instruction_sets_differ_by_less_than_140_db(record_property) -> None:
    reasons = {isa: missing(isa) for isa in BAND_ISAS}
    present = [isa for isa, reason in reasons.items() if reason is None]
    if len(present) < 2:
        pytest.skip(", ".join(reason for reason in reasons.values() if reason))
    heard = {}
    for isa in present:
        raw = Scene(SampleFormat.S32_LE, isa, 6_000).run([256])
        heard[isa] = unpack(raw, SampleFormat.S32_LE, 11)[:, :9] / 2**31
    for one, other in itertools.combinations(present, 2):
        apart = heard[one] - heard[other]
        apart_db = 10 * np.log10(np.max(np.mean(apart**2, axis=0)) + 1e-30)
        relative_db = -min(signal_to_error_db(heard[one][:, o], heard[other][:, o]) for o in range(9))
        record_property(f"{one.name} against {other.name}", f"{apart_db:.1f} dBFS, {relative_db:.1f} dB of the signal")
        assert apart_db < -140.0
        assert relative_db < -135.0, "two orders of single-precision sums of 8 loud stems, and of the limiter's"


def test_the_fastest_is_chosen_where_nothing_is_asked() -> None:
    names = [isa.name.lower() for isa in BAND_ISAS if missing(isa) is None]
    assert kernel_of().isa_name == names[-1]
    for isa in BAND_ISAS:
        if missing(isa) is None:
            assert kernel_of(isa=isa).isa_name == isa.name.lower()


def test_pieces_cover_everything_once() -> None:
    assert list(pieces(10, 4, [3])) == [(0, 3), (3, 4), (7, 3)]
