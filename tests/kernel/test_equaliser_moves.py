"""While the equaliser, gains and trims move: no zipper noise, no instability, and no change where one is refused."""

import functools
from collections.abc import Callable

import numpy as np
import pytest
from analysis import residue_above_db, sine
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import RATES_HZ, kernel_of, pack24, unpack

from appliance.kernel import Kernel, SampleFormat, Voice
from appliance.settings import EqBand, EqType
from appliance.vocabulary import Role

GLIDE_S = 0.02
ROOM_DB = 24.0
"""The tone is played this much lower and its residue read as much higher: a boost must not meet the limiter."""


def zipper_db(kernel: Kernel, change: Callable[[], None], rate_hz: int) -> float:
    """Residue above 4 kHz of a 55 Hz sine at -6 dBFS while `change` happens in mid-signal."""
    x = sine(55.0, rate_hz, 1.0, 10 ** ((-6.0 - ROOM_DB) / 20))[:, np.newaxis].astype(np.float32)
    half = rate_hz // 2 + 37
    before = kernel.render_buses(x[:half])
    change()
    y = np.vstack([before, kernel.render_buses(x[half:])])[kernel.latency_frames :]
    return residue_above_db(y[rate_hz // 10 :, 0], rate_hz) + ROOM_DB


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (EqBand(type=EqType.PEAK, frequency_hz=60.0), EqBand(type=EqType.PEAK, frequency_hz=60.0, gain_db=12.0)),
        (EqBand(type=EqType.PEAK, frequency_hz=60.0, gain_db=12.0), EqBand(type=EqType.PEAK, frequency_hz=60.0)),
        (EqBand(type=EqType.HIGH_PASS, frequency_hz=30.0), EqBand(type=EqType.HIGH_PASS, frequency_hz=120.0)),
    ],
)
def test_a_gliding_band_leaves_no_zipper_noise(rate_hz: int, start: EqBand, end: EqBand) -> None:
    kernel = kernel_of(rate_hz, [1])
    kernel.set_eq(0, [start], 0)
    heard_db = zipper_db(kernel, lambda: kernel.set_eq(0, [end], round(GLIDE_S * rate_hz)), rate_hz)
    assert heard_db < -105.0


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("gone", [0, 1, 2, 3])
def test_bands_that_come_or_go_leave_no_zipper_noise(rate_hz: int, gone: int) -> None:
    """Fewer bands than before: the others keep their poles while they fade."""
    boost = EqBand(type=EqType.PEAK, frequency_hz=60.0, gain_db=12.0)
    passes = [EqBand(type=EqType.HIGH_PASS, frequency_hz=f) for f in (30.0, 120.0)]
    bands = [boost, *passes, EqBand(type=EqType.LOW_SHELF, frequency_hz=200.0, gain_db=-6.0)]
    for start, end in ((bands, bands[:gone]), (bands[:gone], bands)):
        kernel = kernel_of(rate_hz, [1])
        kernel.set_eq(0, start, 0)
        change = functools.partial(kernel.set_eq, 0, end, round(GLIDE_S * rate_hz))
        assert zipper_db(kernel, change, rate_hz) < -105.0


def test_the_zipper_test_hears_a_jump() -> None:
    kernel = kernel_of(48_000, [1])
    kernel.set_eq(0, [EqBand(type=EqType.PEAK, frequency_hz=60.0)], 0)
    jump = EqBand(type=EqType.PEAK, frequency_hz=60.0, gain_db=12.0)
    assert zipper_db(kernel, lambda: kernel.set_eq(0, [jump], 0), 48_000) > -105.0


BANDS = st.builds(
    EqBand,
    type=st.sampled_from(list(EqType)),
    frequency_hz=st.floats(10.0, 21_000.0),
    gain_db=st.floats(-18.0, 12.0),
    q=st.floats(0.2, 12.0),
)
MOVES = st.lists(
    st.tuples(st.lists(BANDS, max_size=4), st.sampled_from([0, 1, 7, 64, 480, 4_800]), st.integers(1, 1_500)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(moves=MOVES, seed=st.integers(0, 2**32 - 1))
def test_no_sweep_makes_it_unstable(moves: list[tuple[list[EqBand], int, int]], seed: int) -> None:
    """Played 120 dB down, so that the limiter could not hide it; then it must come to rest at exactly nothing."""
    kernel = kernel_of(48_000, [1])
    random = np.random.default_rng(seed)
    loudest = 0.0
    for bands, glide, frames in moves:
        kernel.set_eq(0, bands, glide)
        x = random.uniform(-1e-6, 1e-6, (frames, 1)).astype(np.float32)
        loudest = max(loudest, float(np.max(np.abs(kernel.render_buses(x)))))
    assert loudest < 1e-6 * 10 ** (4 * (12 + 22) / 20), "4 bands of +12 dB, and Q 12 makes 22 dB of its own"
    kernel.set_eq(0, [], 480)
    rest = kernel.render_buses(np.zeros((2_000, 1), np.float32))
    assert np.max(np.abs(rest[-500:])) == 0.0
    assert kernel.meters().not_finite == 0


@pytest.mark.parametrize(
    "bad",
    [
        [1, 0, 0, 0, 1.0],
        [1, 0, 0, 2.0, 1.0],
        [1, 0, 0, -1.9, 0.8],
        [1, 0, 0, 0, -1.01],
        [np.nan, 0, 0, 0, 0],
        [1, np.inf, 0, 0, 0],
    ],
)
def test_what_is_not_stable_is_refused_and_changes_nothing(bad: list[float]) -> None:
    random = np.random.default_rng(3)
    x = random.uniform(-0.5, 0.5, (4_000, 1)).astype(np.float32)
    outputs = []
    for refused in (False, True):
        kernel = kernel_of(48_000, [1])
        kernel.set_eq(0, [EqBand(type=EqType.PEAK, frequency_hz=500.0, gain_db=3.0)], 0)
        if refused:
            with pytest.raises(ValueError, match="not stable"):
                kernel.set_sections(0, np.array([[0.5, 0, 0, 0, 0], bad]), 0)
            with pytest.raises(ValueError, match="refused"):
                kernel.set_sections(0, np.array([[0.5, 0, 0, 0, 0]] * 9), 0)
        outputs.append(kernel.render_buses(x))
    assert np.array_equal(*outputs)


def test_a_bus_that_is_set_at_once_leaves_its_moving_neighbour_alone() -> None:
    """Buses share vectors in the kernel; one of them may not push another off its glide."""
    x = np.full((2_000, 2), 0.25, np.float32)
    boost = [EqBand(type=EqType.LOW_SHELF, frequency_hz=5_000.0, gain_db=6.0)]
    heard = []
    for disturb in (False, True):
        kernel = kernel_of(48_000, [1, 1])
        kernel.set_trim_db(0, -6.0, 960)
        kernel.set_eq(0, boost, 960)
        first = kernel.render_buses(x[:300])
        if disturb:
            kernel.set_trim_db(1, -12.0, 0)
            kernel.set_eq(1, [EqBand(type=EqType.HIGH_SHELF, frequency_hz=800.0, gain_db=-3.0)], 0)
        heard.append(np.vstack([first, kernel.render_buses(x[300:])])[:, 0])
    assert np.array_equal(*heard)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("trim_db", [-12.0, 6.0])
def test_a_trim_leaves_no_zipper_noise(rate_hz: int, trim_db: float) -> None:
    faded, jumped = kernel_of(rate_hz, [1]), kernel_of(rate_hz, [1])
    ramp = round(GLIDE_S * rate_hz)
    assert zipper_db(faded, lambda: faded.set_trim_db(0, trim_db, ramp), rate_hz) < -105.0
    assert zipper_db(jumped, lambda: jumped.set_trim_db(0, trim_db, 0), rate_hz) > -60.0


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (1.0, 0.0), (0.3, 2.0)])
def test_a_gain_leaves_no_zipper_noise(start: float, end: float) -> None:
    rate_hz, half = 48_000, 24_037
    kernel = kernel_of(rate_hz, [1])
    kernel.set_song(0, [Role.TRACK])
    kernel.set_gains(0, np.array([[start]]), 0)
    tone = sine(55.0, rate_hz, 1.0, 10 ** ((-6.0 - ROOM_DB) / 20))[:, np.newaxis]
    raw = pack24(np.rint(tone * 2**23).astype(np.int64))
    out = kernel.render([Voice(raw[: 3 * half], 0, 0, half)], half)
    kernel.set_gains(0, np.array([[end]]), round(GLIDE_S * rate_hz))
    out += kernel.render([Voice(raw[3 * half :], 0, 0, rate_hz - half)], rate_hz - half)
    y = unpack(out, SampleFormat.S32_LE, 1)[kernel.latency_frames :, 0] / 2**31
    assert residue_above_db(y, rate_hz) + ROOM_DB < -105.0
