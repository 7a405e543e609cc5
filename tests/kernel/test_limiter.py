"""The limiter's promises: the ceiling, the true peak, the purity, and nothing at all below the ceiling."""

import math

import numpy as np
import pytest
from analysis import (
    band_limited,
    bursts,
    clipped_pink,
    peak_db,
    pink_noise,
    quarter_rate_sine,
    sine,
    smpte_imd_db,
    smpte_tones,
    spike,
    square,
    thd_n_db,
    true_peak_db,
)
from scenes import LOOKAHEADS, RATES_HZ, kernel_of

CEILING_DB = -1.0
CEILING = np.float32(10 ** (CEILING_DB / 20))
ALL_RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)


def limiter(rate_hz: int, short: bool = False, widths=(2,), release_ms: float = 50.0):
    kernel = kernel_of(rate_hz, widths, short_lookahead=short)
    for bus in range(len(widths)):
        kernel.set_limiter(bus, CEILING_DB, release_ms)
    return kernel


def material(rate_hz: int) -> dict[str, np.ndarray]:
    seconds = 1.5 if rate_hz < 50_000 else 0.6
    return {
        "pink": pink_noise(rate_hz, seconds, 2, rms_db=-6.0),
        "bursts": bursts(rate_hz, seconds, 2),
        "clipped pink": 2 * clipped_pink(rate_hz, seconds, 2),
        "square": np.repeat(square(997.0, rate_hz, seconds, 2.0)[:, np.newaxis], 2, axis=1),
        "white": np.random.default_rng(5).uniform(-2, 2, (round(rate_hz * seconds), 2)),
        "quarter": np.repeat(quarter_rate_sine(rate_hz, seconds, 10 ** (3 / 20))[:, np.newaxis], 2, axis=1),
        "spike": np.repeat(spike(rate_hz, seconds, 0.3)[:, np.newaxis], 2, axis=1),
    }


@pytest.mark.parametrize("short", LOOKAHEADS)
@pytest.mark.parametrize("rate_hz", ALL_RATES_HZ)
def test_true_peak_is_at_most_a_fifth_of_a_decibel_above(rate_hz: int, short: bool) -> None:
    worst = -math.inf
    for name, x in material(rate_hz).items():
        kernel = limiter(rate_hz, short)
        y = kernel.render_buses(band_limited(x, rate_hz).astype(np.float32))
        over_db = true_peak_db(y, rate_hz) - CEILING_DB
        assert over_db < 0.2, name
        assert np.max(np.abs(y)) <= CEILING, name
        if name in {"pink", "clipped pink", "square", "white"}:
            assert peak_db(y[len(y) // 2 :]) > CEILING_DB - 3.3, "it limits, and does not just turn down"
        worst = max(worst, over_db)
    assert worst > -0.2


@pytest.mark.parametrize("short", LOOKAHEADS)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("release_ms", [20.0, 80.0])
@pytest.mark.parametrize("frequency_hz", [997.0, 50.0])
def test_a_steady_tone_is_only_turned_down(rate_hz: int, short: bool, release_ms: float, frequency_hz: float) -> None:
    seconds = 2.0 if rate_hz < 50_000 else 1.0
    x = sine(frequency_hz, rate_hz, seconds, float(CEILING) * 10 ** (6 / 20))[:, np.newaxis]
    y = limiter(rate_hz, short, [1], release_ms).render_buses(x.astype(np.float32))[round(rate_hz * seconds) // 2 :]
    assert peak_db(y) == pytest.approx(CEILING_DB, abs=0.15)
    assert thd_n_db(y, rate_hz, frequency_hz) < -140.0


@pytest.mark.parametrize("short", LOOKAHEADS)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_intermodulation_at_6_db(rate_hz: int, short: bool) -> None:
    x = smpte_tones(rate_hz, 2.0, float(CEILING) * 2)[:, np.newaxis]
    y = limiter(rate_hz, short, [1]).render_buses(x.astype(np.float32))[rate_hz:]
    assert smpte_imd_db(y, rate_hz) < -90.0


@pytest.mark.parametrize("short", LOOKAHEADS)
@pytest.mark.parametrize("rate_hz", ALL_RATES_HZ)
def test_below_the_ceiling_it_is_a_delay_to_the_last_bit(rate_hz: int, short: bool) -> None:
    kernel = limiter(rate_hz, short)
    quiet = np.random.default_rng(1).uniform(-0.3, 0.3, (rate_hz // 4, 2)).astype(np.float32)
    y = kernel.render_buses(quiet)
    assert np.array_equal(y[kernel.latency_frames :], quiet[: -kernel.latency_frames])
    assert not np.any(y[: kernel.latency_frames])
    milliseconds = 1_000 * kernel.latency_frames / rate_hz
    assert milliseconds == pytest.approx(1.35 if short else 2.7, rel=0.1)
    assert kernel.meters().buses[0].gain == 1.0


@pytest.mark.parametrize("release_ms", [20.0, 50.0, 200.0])
@pytest.mark.parametrize("reduction_db", [1.0, 6.0, 30.0])
def test_after_a_peak_it_is_bit_exact_again_within_the_time_that_its_release_says(release_ms, reduction_db) -> None:
    """Hold and smoothing, then an exponential until a thousandth is missing."""
    rate_hz = 48_000
    kernel = limiter(rate_hz, release_ms=release_ms)
    least = 10 ** (-reduction_db / 20)
    x = np.random.default_rng(2).uniform(-0.3, 0.3, (2 * rate_hz, 2)).astype(np.float32)
    x[1_000] = CEILING / least
    y = kernel.render_buses(x)
    back_s = 0.010 + 2 * kernel.latency_frames / rate_hz + release_ms / 1_000 * math.log((1 - least) / 1e-3)
    there = 1_000 + kernel.latency_frames + math.ceil(back_s * rate_hz)
    assert np.array_equal(y[there:], x[there - kernel.latency_frames : -kernel.latency_frames])
    early = slice(there - round(0.03 * rate_hz), there)
    assert not np.array_equal(y[early], x[early.start - kernel.latency_frames : early.stop - kernel.latency_frames])


def test_both_sides_of_a_bus_have_one_gain() -> None:
    rate_hz = 48_000
    kernel = limiter(rate_hz)
    loud, quiet = 2 * sine(50.0, rate_hz, 1.0), 0.1 + 0.05 * sine(3_000.0, rate_hz, 1.0)
    x = np.stack([quiet, loud], axis=1).astype(np.float32)
    y = kernel.render_buses(x)[kernel.latency_frames :].astype(np.float64)
    sent = x[: -kernel.latency_frames].astype(np.float64)
    heard = np.abs(sent[:, 1]) > 0.1
    assert np.allclose(y[heard, 1] / sent[heard, 1], y[heard, 0] / sent[heard, 0], rtol=2e-7, atol=0)
    assert np.min(y[:, 0] / sent[:, 0]) < 0.5


def test_mono_neighbours_do_not_hear_each_other() -> None:
    rate_hz = 48_000
    x = np.random.default_rng(3).uniform(-0.5, 0.5, (rate_hz, 5)).astype(np.float32)
    x[:, [1, 4]] *= 8
    kernel = limiter(rate_hz, widths=[1, 1, 2, 1])
    y = kernel.render_buses(x)
    for bus, channels in enumerate(([0], [1], [2, 3], [4])):
        alone = limiter(rate_hz, widths=[len(channels)])
        assert np.array_equal(y[:, channels], alone.render_buses(x[:, channels])), f"bus {bus}"
    assert np.array_equal(y[kernel.latency_frames :, [0, 2, 3]], x[: -kernel.latency_frames, [0, 2, 3]])


@pytest.mark.parametrize("short", LOOKAHEADS)
def test_a_ceiling_that_falls_holds_as_soon_as_what_was_measured_before_has_left(short: bool) -> None:
    rate_hz, low = 48_000, np.float32(10 ** (-10 / 20))
    kernel = limiter(rate_hz, short)
    x = np.random.default_rng(4).uniform(-2, 2, (rate_hz, 2)).astype(np.float32)
    first = kernel.render_buses(x[:10_007])
    kernel.set_limiter(0, -10.0, 50.0)
    y = kernel.render_buses(x[10_007:])
    soon = kernel.latency_frames + 16
    assert np.max(np.abs(first)) <= CEILING
    assert np.max(np.abs(y[:soon])) <= CEILING
    assert np.max(np.abs(y[soon:])) <= low
    assert np.max(np.abs(np.diff(y[:, 0]))) < 2 * CEILING
    kernel.set_limiter(0, CEILING_DB, 50.0)
    y = kernel.render_buses(np.tile(x, (2, 1)))
    assert low < np.max(np.abs(y)) <= CEILING
    assert kernel.meters().fused == 0
