"""While the stems' equalisers move: no clicks, the same bits for every block size, and no click in the house."""

import itertools

import numpy as np
import pytest
from analysis import residue_above_db, sine
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import RATES_HZ, missing, pack24, unpack

from appliance.kernel import Isa, Kernel, SampleFormat, Voice
from appliance.settings import BusKind, EqBand, EqType
from appliance.vocabulary import Role

GLIDE_S = 0.02
ROOM_DB = 24.0
"""The tone is played this much lower and its residue read as much higher: a boost must not meet the limiter."""

FLAT: list[EqBand] = []
BOOST = [EqBand(type=EqType.PEAK, frequency_hz=60.0, gain_db=12.0)]
PASSES = [EqBand(type=EqType.HIGH_PASS, frequency_hz=f) for f in (30.0, 120.0)]
FOUR = [*BOOST, *PASSES, EqBand(type=EqType.LOW_SHELF, frequency_hz=200.0, gain_db=-6.0)]


def zipper_db(rate_hz: int, start: list[EqBand], end: list[EqBand], glide_frames: int) -> float:
    """Residue above 4 kHz of a stem's 55 Hz sine at -6 dBFS when its equaliser moves in mid-signal."""
    kernel = Kernel(rate_hz, [(1, BusKind.HOUSE)], 1)
    kernel.set_limiter(0, 0.0, 50.0)
    kernel.set_patch(0, 0)
    kernel.set_song(0, [Role.TRACK])
    kernel.set_gains(0, np.ones((1, 1)), 0)
    kernel.set_stem_eq(0, 0, start, 0)
    tone = sine(55.0, rate_hz, 1.0, 10 ** ((-6.0 - ROOM_DB) / 20))[:, np.newaxis]
    raw, half, out = pack24(np.rint(tone * 2**23).astype(np.int64)), rate_hz // 2 + 37, []
    for first, last in ((0, half), (half, rate_hz)):
        for at in range(first, last, 4_096):
            frames = min(4_096, last - at)
            out.append(kernel.render([Voice(raw[3 * at : 3 * (at + frames)], 0, 0, frames)], frames))
        kernel.set_stem_eq(0, 0, end, glide_frames)
    y = unpack(b"".join(out), SampleFormat.S32_LE, 1)[kernel.latency_frames :, 0] / 2**31
    return residue_above_db(y[rate_hz // 10 :], rate_hz) + ROOM_DB


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(
    ("start", "end"), [(FLAT, BOOST), (BOOST, FLAT), (PASSES[:1], PASSES[1:]), (FLAT, FOUR), (FOUR, PASSES)]
)
def test_a_gliding_equaliser_leaves_no_zipper_noise(rate_hz: int, start: list[EqBand], end: list[EqBand]) -> None:
    assert zipper_db(rate_hz, start, end, round(GLIDE_S * rate_hz)) < -105.0


def test_the_zipper_test_hears_a_jump() -> None:
    assert zipper_db(48_000, PASSES[:1], BOOST, 0) > -105.0


EVENTS = (0, 333, 1_000, 1_137, 2_050, 2_900)
BUSES = ((2, BusKind.HOUSE), (1, BusKind.EARS), (2, BusKind.EARS), (1, BusKind.HOUSE), (1, BusKind.EARS))
CHANNELS = (11, 3)
SLOTS = (0, 3)


class Scene:
    """A song jumps over to a later place of its own while another plays, and stems' equalisers come, move and go."""

    def __init__(self, isa: Isa) -> None:
        random = np.random.default_rng(21)
        self.kernel = Kernel(48_000, BUSES, 7, isa=isa)
        self.frames = 3_600
        self.raw = [pack24(random.integers(-(2**20), 2**20, (9_000, channels))) for channels in CHANNELS]
        for output in range(7):
            self.kernel.set_patch(output, output)
        for slot, channels in zip(SLOTS, CHANNELS, strict=True):
            self.kernel.set_song(slot, [Role.TRACK] * channels)
            self.kernel.set_gains(slot, random.uniform(-1, 1, (channels, 7)).astype(np.float32), 700)
        self.fade = np.sin(np.linspace(0, np.pi / 2, 600)).astype(np.float32)

    def change(self, number: int) -> None:
        """At the second event all of the second song is flat and settles; later it takes filters up again."""
        kernel = self.kernel
        for channel in range(11):
            kinds = list(EqType)[channel % 5 :]
            bands = [EqBand(type=kind, frequency_hz=90.0 * 2**channel % 9_000 + 60, gain_db=3.0) for kind in kinds]
            kernel.set_stem_eq(0, channel, bands[: (channel + 3 * number) % 6], (0, 90, 200, 5, 64, 333)[number])
        for channel in range(3):
            sections = ([2, 1, 4], [0, 0, 0], [0, 0, 0], [1, 0, 2], [0, 0, 0], [6, 6, 6])[number][channel]
            kernel.set_stem_eq(3, channel, (BOOST + FOUR * 2)[:sections], (0, 57, 0, 20, 300, 1_000)[number])
        kernel.set_ears_equalised(3, number in {1, 2, 5})

    def voices(self, at: int, frames: int) -> list[Voice]:
        """(slot, first frame, last, place in the song, its envelope, memory): the parts that fall into these frames."""
        ones = np.ones(600, np.float32)
        spans = (
            (0, 0, 1_700, 0, np.concatenate([ones[:500], ones, self.fade[::-1]]), 0),
            (0, 1_100, 3_600, 5_000, np.concatenate([self.fade, ones, ones, ones, ones]), 17),
            (1, 100, 1_050, 0, None, 4),  # falls silent while its filters settle, and comes back
            (1, 1_052, 3_500, 2_000, None, 4),
        )
        out = []
        for song, first, last, place, envelope, memory in spans:
            start, end, size = max(first, at), min(last, at + frames), 3 * CHANNELS[song]
            if start >= end:
                continue
            data = self.raw[song][(place + start - first) * size : (place + end - first) * size]
            part = None if envelope is None else envelope[start - first : end - first]
            out.append(Voice(data, SLOTS[song], start - at, end - start, part, memory, fresh=start == first))
        return out

    def run(self, blocks: list[int]) -> bytes:
        out, sizes = [], itertools.cycle(blocks)
        for start, end in itertools.pairwise([*EVENTS, self.frames]):
            self.change(EVENTS.index(start))
            at = start
            while at < end:
                frames = min(next(sizes), end - at)
                out.append(self.kernel.render(self.voices(at, frames), frames))
                at += frames
        return b"".join(out)


@pytest.mark.parametrize("isa", [Isa.BASELINE, Isa.AVX2, Isa.AVX512])
def test_every_block_size_gives_the_same_bits(isa: Isa) -> None:
    if reason := missing(isa):
        pytest.skip(reason)
    expected = Scene(isa).run([4_096])
    assert np.all(np.any(unpack(expected, SampleFormat.S32_LE, 7), axis=0))
    for block in (*range(1, 20), 31, 57, 58, 59, 60, 63, 64, 65, 100, 255, 256, 1_000):
        assert Scene(isa).run([block]) == expected, block
    random = np.random.default_rng(22)
    for _ in range(30):
        blocks = [int(n) for n in np.exp(random.uniform(0, np.log(4_097), 20))]
        assert Scene(isa).run(blocks) == expected, blocks


def test_instruction_sets_differ_by_less_than_140_db() -> None:
    reasons = {isa: missing(isa) for isa in (Isa.BASELINE, Isa.AVX2, Isa.AVX512)}
    present = [isa for isa, reason in reasons.items() if reason is None]
    if len(present) < 2:
        pytest.skip(", ".join(reason for reason in reasons.values() if reason))
    heard = [unpack(Scene(isa).run([256]), SampleFormat.S32_LE, 7) / 2**31 for isa in present]
    for one, other in itertools.combinations(heard, 2):
        assert 10 * np.log10(np.max(np.mean((one - other) ** 2, axis=0)) + 1e-30) < -140.0


BANDS = st.builds(
    EqBand,
    type=st.sampled_from(list(EqType)),
    frequency_hz=st.floats(10.0, 21_000.0),
    gain_db=st.floats(-18.0, 18.0),
    q=st.floats(0.2, 12.0),
)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("eq"), st.lists(BANDS, max_size=4), st.sampled_from([0, 1, 63, 500])),
        st.tuples(st.just("ears"), st.booleans(), st.just(0)),
        st.tuples(st.just("play"), st.integers(1, 900), st.integers(0, 63)),
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=100, deadline=None)
@given(acts=ACTS, roles=st.lists(st.sampled_from(list(Role)[1:]), min_size=1, max_size=10), seed=st.integers(0, 99))
def test_no_equaliser_brings_a_click_to_the_house(acts: list, roles: list[Role], seed: int) -> None:
    """Roles without a track, and a track of silence in every song: whatever is asked, house outputs stay at nothing."""
    assert Role.TRACK not in roles
    random = np.random.default_rng(seed)
    kernel = Kernel(48_000, BUSES, 7)
    for output in range(7):
        kernel.set_patch(output, output)
    kernel.set_song(0, [*roles, Role.TRACK])
    kernel.set_gains(0, random.uniform(-9, 9, (len(roles) + 1, 7)).astype(np.float32), 100)
    house = [kind is BusKind.HOUSE for width, kind in BUSES for _ in range(width)]
    for act, what, number in [*acts, ("play", 300, 0)]:
        if act == "eq":
            for channel in range(len(roles) + 1):
                kernel.set_stem_eq(0, channel, what, number)
        elif act == "ears":
            kernel.set_ears_equalised(0, what)
        else:
            words = random.integers(-(2**23), 2**23, (what, len(roles) + 1))
            words[:, -1] = 0
            raw = kernel.render([Voice(pack24(words), 0, 0, what, memory=number)], what)
            heard = unpack(raw, SampleFormat.S32_LE, 7)
            assert not np.any(heard[:, house])
    assert np.all(np.any(heard[:, ~np.array(house)], axis=0)), "the ears hear it: the test can see"
