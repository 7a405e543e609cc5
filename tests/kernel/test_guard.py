"""The spike guard: the model's gain, nothing at all below the threshold, and both sides of a pair alike."""

import math

import numpy as np
import pytest
from analysis import pink_noise, signal_to_error_db, sine
from oracle import LimiterSpec, limit, trace_limiter
from scenes import LOOKAHEADS, RATES_HZ, kernel_of, missing, through

from appliance.kernel import Isa, Kernel

ALL_RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
CEILING_DB, RELEASE_MS, GUARD_DB = -1.0, 80.0, -19.0


def guarded(rate_hz: int, short: bool = False, widths=(2,), guard_db: float | None = GUARD_DB, **more) -> Kernel:
    kernel = kernel_of(rate_hz, widths, short_lookahead=short, **more)
    for bus in range(len(widths)):
        kernel.set_limiter(bus, CEILING_DB, RELEASE_MS)
        kernel.set_guard_dbfs(bus, guard_db)
    return kernel


def model(rate_hz: int, short: bool = False, guard_db: float | None = GUARD_DB) -> LimiterSpec:
    threshold = None if guard_db is None else 10 ** (guard_db / 10)
    ceiling = 10 ** (CEILING_DB / 20)
    return LimiterSpec(ceiling, rate_hz, 1.3 if short else 2.6, RELEASE_MS, guard_mean_square=threshold)


def programme(rate_hz: int, seconds: float, channels: int) -> np.ndarray:
    """Music at -25 dBFS with bursts of 20 dB more, spikes on one side only, and some frames beyond all sense."""
    x = pink_noise(rate_hz, seconds, channels, rms_db=-25.0)
    n = len(x)
    x[n // 4 : n // 4 + n // 20] *= 10
    x[n // 2 : n // 2 + n // 200, 0] *= 100
    x[n * 3 // 4 : n * 3 // 4 + 100] = 20.0
    return x.astype(np.float32)


@pytest.mark.parametrize("isa", [Isa.BASELINE, Isa.AVX2, Isa.AVX512])
@pytest.mark.parametrize("short", LOOKAHEADS)
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_its_output_is_the_models_to_120_db(rate_hz: int, short: bool, isa: Isa) -> None:
    if reason := missing(isa):
        pytest.skip(reason)
    kernel = guarded(rate_hz, short, [2, 1, 1], isa=isa)
    kernel.set_guard_dbfs(2, None)
    x = programme(rate_hz, 1.0, 4)
    heard = kernel.render_buses(x).astype(np.float64)
    for channels, guard_db in ([0, 1], GUARD_DB), ([2], GUARD_DB), ([3], None):
        expected = trace_limiter(x[:, channels].astype(np.float64), model(rate_hz, short, guard_db))
        assert np.min(expected.gain) < (0.2 if guard_db else 0.99), "it must have been at work"
        assert signal_to_error_db(heard[:, channels], expected.output) > 120.0, channels
    without = limit(x[:, :2].astype(np.float64), model(rate_hz, short, None))
    assert signal_to_error_db(heard[:, :2], without) < 20.0, "the model without a guard is another one"


def whole_half_waves_db(frequency_hz: float) -> float:
    """How much too loud 50 ms can read a sine: they hold whole half-waves at multiples of 10 Hz only."""
    return 10 * math.log10(1 + 1 / (2 * math.pi * frequency_hz * 0.05))


@pytest.mark.parametrize("frequency_hz", [20.0, 25.0, 30.0, 41.2, 55.0, 105.0, 997.0, 10_000.0])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 192_000])
def test_a_sine_just_below_passes_to_the_last_bit_and_one_above_is_turned_down(rate_hz, frequency_hz) -> None:
    room_db = whole_half_waves_db(frequency_hz) + 0.02
    # The window is as long as the ticks allow: at 44.1 kHz 50 ms and 0.07 ms, and a whole number of half-waves no more.
    room_db += 0.02 if rate_hz == 44_100 else 0.0
    peak = 10 ** ((GUARD_DB - room_db) / 20) * math.sqrt(2)
    fade = np.minimum(1, np.arange(rate_hz) / (0.2 * rate_hz))[:, np.newaxis]
    x = (sine(frequency_hz, rate_hz, 1.0, peak)[:, np.newaxis] * fade).astype(np.float32)
    assert np.array_equal(through(guarded(rate_hz, widths=[1]), x), x)
    above = x * np.float32(10 ** ((room_db + 0.1) / 20))
    kernel = guarded(rate_hz, widths=[1])
    kernel.render_buses(above)
    assert 0.9 < kernel.meters().buses[0].gain < 0.9995


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_music_and_a_click_below_the_threshold_pass_to_the_last_bit(rate_hz: int) -> None:
    """Music whose loudest 50 ms are 0.1 dB below, and a click that is 10 dB louder than the music while it lasts."""
    x = pink_noise(rate_hz, 2.0, 2, rms_db=-30.0)
    tick = 0.3 * sine(1_500.0, rate_hz, 0.005)
    for beat in range(4):
        at = rate_hz // 7 + beat * rate_hz // 2
        x[at : at + len(tick)] += tick[:, np.newaxis]
    sums = np.cumsum(np.vstack([np.zeros(2), x**2]), axis=0)
    window = math.ceil(0.05 * rate_hz) + 8
    loudest = np.max(sums[window:] - sums[:-window]) / (0.05 * rate_hz)
    x = (x * 10 ** ((GUARD_DB - 0.1) / 20) / math.sqrt(loudest)).astype(np.float32)
    assert np.array_equal(through(guarded(rate_hz), x), x)
    louder = (x * 1.03).astype(np.float32)
    assert not np.array_equal(through(guarded(rate_hz), louder), louder), "another quarter of a decibel is too loud"


@pytest.mark.parametrize("frequency_hz", [25.0, 100.0, 997.0])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_steady_tone_that_is_too_loud_leaves_at_the_threshold(rate_hz: int, frequency_hz: float) -> None:
    x = 0.5 * sine(frequency_hz, rate_hz, 1.0)[:, np.newaxis]
    y = guarded(rate_hz, widths=[1]).render_buses(x.astype(np.float32))[rate_hz // 2 :]
    left_db = 10 * math.log10(np.mean(np.square(y, dtype=np.float64)))
    assert GUARD_DB - whole_half_waves_db(frequency_hz) - 0.01 < left_db < GUARD_DB + 0.01


def test_both_sides_of_a_bus_have_one_gain_and_mono_neighbours_their_own() -> None:
    rate_hz = 48_000
    quiet, loud = 0.01 * sine(440.0, rate_hz, 0.5), 0.5 * sine(997.0, rate_hz, 0.5)
    x = np.stack([loud, quiet, quiet, loud, quiet], axis=1).astype(np.float32)
    y = through(guarded(rate_hz, widths=[2, 2, 1]), x)
    gain = np.max(np.abs(y[rate_hz // 4 :, 0])) / 0.5
    assert gain == pytest.approx(10 ** (GUARD_DB / 20) * math.sqrt(2) / 0.5, rel=2e-3)
    steady = slice(rate_hz // 4, None)
    for side in (1, 2):
        assert np.allclose(y[steady, side], gain * x[steady, side], rtol=0, atol=1e-5)
    assert np.array_equal(y[:, :2], y[:, 3:1:-1])
    assert np.array_equal(y[:, 4], x[:, 4])


def test_a_bus_hears_nothing_of_what_others_guard() -> None:
    """Neither of a neighbour's guard nor of what was before its own was on."""
    x = programme(48_000, 1.0, 3)
    kernel, alone = guarded(48_000, widths=[1, 1, 1], guard_db=None), guarded(48_000, widths=[1], guard_db=None)
    kernel.set_guard_dbfs(0, GUARD_DB)
    for at in range(0, len(x), 6_007):
        part = x[at : at + 6_007]
        assert np.array_equal(kernel.render_buses(part)[:, [1]], alone.render_buses(part[:, [1]]))
        for each, bus in (kernel, 1), (alone, 0):
            each.set_guard_dbfs(bus, (GUARD_DB, -30.0, None)[at // 6_007 % 3])


@pytest.mark.parametrize("rms_dbfs", [-80.1, -1_000.0, -math.inf, math.nan])
def test_a_threshold_that_nothing_can_keep_is_refused(rms_dbfs: float) -> None:
    kernel = guarded(48_000)
    with pytest.raises(ValueError, match="out of range"):
        kernel.set_guard_dbfs(0, rms_dbfs)
    with pytest.raises(ValueError, match="out of range"):
        kernel.set_guard_dbfs(1, GUARD_DB)
    x = programme(48_000, 0.2, 2)
    assert np.array_equal(kernel.render_buses(x), guarded(48_000).render_buses(x)), "what was set stays"


@pytest.mark.parametrize("rms_dbfs", [None, 24.1, math.inf])
def test_off_it_is_as_if_it_had_never_been(rms_dbfs: float | None) -> None:
    """Nothing louder than +24 dB comes in, so a threshold above switches it off."""
    x = programme(48_000, 0.5, 2)
    kernel, never = guarded(48_000), kernel_of(48_000)
    never.set_limiter(0, CEILING_DB, RELEASE_MS)
    kernel.set_guard_dbfs(0, rms_dbfs)
    assert np.array_equal(kernel.render_buses(x), never.render_buses(x))
