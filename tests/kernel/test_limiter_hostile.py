"""Whatever comes in: no sample above the ceiling, without the fuse; what is no number is silence and a count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import kernel_of, through

from appliance.settings import EqBand, EqType

FRAMES = 2_880  # six hops of 10 ms at 48 kHz, so that every count has been published


def hostile(kind: str, random: np.random.Generator, channels: int) -> np.ndarray:
    x = random.standard_normal((FRAMES, channels))
    some = random.integers(0, FRAMES, 1 + int(random.integers(40)))
    match kind:
        case "loud":
            x *= 10 ** random.uniform(-3, 1.2, (FRAMES, 1))
        case "numbers that are none":
            x[some] = random.choice([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40, 0.0], (len(some), channels))
        case "square":
            x = np.where(np.arange(FRAMES)[:, None] // random.integers(1, 300) % 2, 1.0, -1.0) * np.ones(channels)
        case "+24 dB":
            x = 16.0 * np.sin(np.arange(FRAMES)[:, None] * random.uniform(0, np.pi) + random.uniform(0, 6, channels))
        case "spikes":
            x *= 0.05
            x[some] *= 2_000.0
        case "constant":
            x = np.full((FRAMES, channels), random.choice([0.9999, 1.0, -1.5, 1e-42, 16.0]))
        case "steps":
            x = np.repeat(random.uniform(-20, 20, (FRAMES // 16, channels)), 16, axis=0)
        case "bursts":
            x *= np.repeat(random.choice([0.0, 1e-30, 4.0], FRAMES // 60), 60)[:, None]
    return x


KINDS = ("loud", "numbers that are none", "square", "+24 dB", "spikes", "constant", "steps", "bursts")


@settings(max_examples=250, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3),
    seed=st.integers(0, 2**32 - 1),
    rate_hz=st.sampled_from([44_100, 48_000, 96_000, 192_000]),
    short=st.booleans(),
    ceiling_db=st.floats(-60.0, 0.0),
    release_ms=st.floats(1.0, 2_000.0),
    hold_ms=st.sampled_from([0.0, 0.3, 10.0, 15.0]),
    block=st.integers(1, 3_000),
    guard_db=st.one_of(st.none(), st.floats(-80.0, 24.0)),
)
def test_no_sample_is_ever_above_the_ceiling(
    kinds, seed, rate_hz, short, ceiling_db, release_ms, hold_ms, block, guard_db
) -> None:
    random = np.random.default_rng(seed)
    kernel = kernel_of(rate_hz, [2, 1, 1], short_lookahead=short, hold_ms=hold_ms)
    for bus in range(3):
        kernel.set_limiter(bus, ceiling_db, release_ms)
        kernel.set_guard_dbfs(bus, guard_db)
    x = np.vstack([hostile(kind, random, 4) for kind in kinds]).astype(np.float32)
    x = np.vstack([x, np.zeros((rate_hz // 100, 4), np.float32)])
    y = np.vstack([kernel.render_buses(x[at : at + block]) for at in range(0, len(x), block)])
    assert np.all(np.isfinite(y))
    assert np.max(np.abs(y)) <= np.float32(10 ** (ceiling_db / 20))
    assert kernel.meters().fused == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_silence_and_is_counted(bad: float) -> None:
    kernel = kernel_of(widths=[2])
    kernel.set_eq(0, [EqBand(type=EqType.PEAK, frequency_hz=40.0, gain_db=6.0, q=4.0)], 0)
    twin = kernel_of(widths=[2])
    twin.set_eq(0, [EqBand(type=EqType.PEAK, frequency_hz=40.0, gain_db=6.0, q=4.0)], 0)
    x = np.random.default_rng(6).uniform(-0.2, 0.2, (48_000, 2)).astype(np.float32)
    damaged, silent = x.copy(), x.copy()
    damaged[1_000:1_010, 1] = bad
    silent[1_000:1_010, 1] = 0.0
    assert np.array_equal(through(kernel, damaged), through(twin, silent))
    assert kernel.meters().not_finite == 10
    assert twin.meters().not_finite == 0
    assert kernel.meters().buses[0].true_peak < 1.0


def test_a_filter_that_overflows_is_silence_too_and_recovers() -> None:
    kernel = kernel_of(widths=[1])
    kernel.set_sections(0, np.array([[1e6, 0, 0, 0, 0]] * 8), 0)
    y = kernel.render_buses(np.full((4_800, 1), 0.5, np.float32))
    assert not np.any(y)
    assert kernel.meters().not_finite == 4_800
    kernel.set_sections(0, np.zeros((0, 5)), 0)
    x = np.random.default_rng(7).uniform(-0.3, 0.3, (4_800, 1)).astype(np.float32)
    assert np.array_equal(through(kernel, x), x)


def test_denormals_and_negative_zero_do_not_disturb() -> None:
    kernel = kernel_of(widths=[1])
    x = np.tile(np.array([1e-42, -1e-40, -0.0, 0.0], np.float32), 4_000)[:, np.newaxis]
    assert not np.any(kernel.render_buses(x))
    assert kernel.meters().not_finite == 0
