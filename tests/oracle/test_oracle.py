"""The model must keep the promises of the chain, else a comparison with it proves nothing."""

import dataclasses

import numpy as np
import pytest
from analysis import (
    band_limited,
    bursts,
    clipped_pink,
    peak_db,
    pink_noise,
    quarter_rate_sine,
    signal_to_error_db,
    sine,
    smpte_imd_db,
    smpte_tones,
    spike,
    square,
    thd_n_db,
    true_peak_db,
)
from scipy.signal import sosfreqz

from oracle import (
    S16_DITHER_BOUND_LSB,
    BusSpec,
    EqBand,
    LimiterSpec,
    chain_delay,
    design,
    equalise,
    from_int24,
    limit,
    model_chain,
    quantise,
    trace_limiter,
)
from oracle.limiter import _held

RATE_HZ = 48_000
CEILING_DB = -1.0
CEILING = 10 ** (CEILING_DB / 20.0)


def spec(rate_hz: float = RATE_HZ, lookahead_ms: float = 2.6, **more: float) -> LimiterSpec:
    return LimiterSpec(CEILING, rate_hz, lookahead_ms, **more)


def steady(x: np.ndarray) -> np.ndarray:
    return x[2 * RATE_HZ :]


MATERIAL = {
    "pink": pink_noise(RATE_HZ, 4.0, 2, rms_db=-6.0),
    "bursts": bursts(RATE_HZ, 4.0, 2),
    "clipped pink": 2.0 * clipped_pink(RATE_HZ, 4.0, 2),
    "square": square(997.0, RATE_HZ, 2.0, 2.0)[:, np.newaxis],
    "white": np.random.default_rng(5).uniform(-2.0, 2.0, (4 * RATE_HZ, 2)),
}


@pytest.mark.parametrize(
    ("rate_hz", "lookahead_ms", "frames"),
    [
        (44_100, 2.6, 126), (48_000, 2.6, 126), (48_000, 1.3, 62), (96_000, 2.6, 254), (96_000, 1.3, 126),
        (192_000, 2.6, 510), (176_400, 1.3, 254),
    ],
)  # fmt: skip
def test_delay_is_stated_and_exact_to_the_bit_when_there_is_nothing_to_limit(rate_hz, lookahead_ms, frames) -> None:
    limiter = spec(rate_hz, lookahead_ms)
    assert limiter.delay_frames == frames
    x = np.random.default_rng(6).uniform(-0.3, 0.3, (rate_hz // 2, 2))
    assert np.array_equal(limit(x, limiter)[frames:], x[:-frames])


@pytest.mark.parametrize("lookahead_ms", [2.6, 1.3])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 192_000])
def test_no_sample_is_above_the_ceiling_before_the_fuse(rate_hz, lookahead_ms) -> None:
    random = np.random.default_rng(7)
    hostile = random.standard_normal((rate_hz, 3)) * 10 ** random.uniform(-3, 2, (rate_hz, 1))
    hostile[random.integers(0, rate_hz, 200), 0] = np.nan
    hostile[random.integers(0, rate_hz, 200), 1] = -np.inf
    for x in (hostile, spike(rate_hz, 1.0, 0.5)[:, np.newaxis], *MATERIAL.values()):
        trace = trace_limiter(x, spec(rate_hz, lookahead_ms))
        assert np.max(np.abs(trace.before_fuse)) < CEILING
        assert np.array_equal(trace.before_fuse, trace.output)
        assert np.min(trace.gain) > 0.0
        assert np.max(trace.gain) <= 1.0


def test_a_window_one_peak_too_short_would_be_noticed(monkeypatch) -> None:
    """The check above can fail: a hold shorter than the smoothing lets peaks through."""
    monkeypatch.setattr(LimiterSpec, "window_ticks", property(lambda self: sum(self.boxes) - 2))
    trace = trace_limiter(MATERIAL["bursts"], spec())
    assert np.max(np.abs(trace.before_fuse)) > CEILING
    assert np.max(np.abs(trace.output)) <= CEILING


@pytest.mark.parametrize("lookahead_ms", [2.6, 1.3])
@pytest.mark.parametrize("name", MATERIAL)
def test_true_peak_of_band_limited_material_stays_within_a_fifth_of_a_decibel(name, lookahead_ms) -> None:
    y = limit(band_limited(MATERIAL[name], RATE_HZ), spec(lookahead_ms=lookahead_ms))
    assert true_peak_db(y, RATE_HZ) - CEILING_DB < 0.2
    assert peak_db(y) > CEILING_DB - 1.0  # it limits, and does not just turn down


@pytest.mark.parametrize("rate_hz", [44_100, 88_200, 96_000])
def test_true_peak_holds_at_the_other_rates(rate_hz) -> None:
    random = np.random.default_rng(5)
    for x in (bursts(rate_hz, 3.0, 2), random.uniform(-2.0, 2.0, (3 * rate_hz, 2))):
        y = limit(band_limited(x, rate_hz), spec(rate_hz))
        assert true_peak_db(y, rate_hz) - CEILING_DB < 0.2


def test_at_44100_the_narrow_window_would_read_too_little() -> None:
    x = band_limited(bursts(44_100, 4.0, 2), 44_100)
    y = limit(x, spec(44_100, detector_beta=3.0))
    assert true_peak_db(y, 44_100) - CEILING_DB > 0.4


def test_the_hard_cases_of_inter_sample_peaks() -> None:
    y = steady(limit(quarter_rate_sine(RATE_HZ, 3.0, 10 ** (3 / 20.0))[:, np.newaxis], spec()))
    assert true_peak_db(y, RATE_HZ) - CEILING_DB < 0.2


@pytest.mark.parametrize("release_ms", [20.0, 50.0, 120.0])
@pytest.mark.parametrize(("frequency_hz", "reduction_db"), [(997.0, 1.0), (997.0, 6.0), (997.0, 12.0), (50.0, 6.0)])
def test_a_steady_tone_is_only_turned_down(frequency_hz, reduction_db, release_ms) -> None:
    for rate_hz in (44_100, RATE_HZ, 96_000):
        x = sine(frequency_hz, rate_hz, 4.0, CEILING * 10 ** (reduction_db / 20.0))[:, np.newaxis]
        y = limit(x, spec(rate_hz, release_ms=release_ms))[2 * rate_hz :]
        assert thd_n_db(y, rate_hz, frequency_hz) < -140.0
        assert peak_db(y) == pytest.approx(CEILING_DB, abs=0.1)


def test_without_the_dead_band_the_tone_would_be_modulated() -> None:
    x = sine(997.0, RATE_HZ, 4.0, CEILING * 2.0)[:, np.newaxis]
    bare = dataclasses.replace(spec(release_ms=20.0), dead_band=0.0)
    assert thd_n_db(steady(limit(x, bare)), RATE_HZ, 997.0) > -140.0


def test_intermodulation_at_6_db() -> None:
    x = smpte_tones(RATE_HZ, 4.0, CEILING * 2.0)[:, np.newaxis]
    for lookahead_ms in (2.6, 1.3):
        y = steady(limit(x, spec(lookahead_ms=lookahead_ms, release_ms=50.0)))
        assert smpte_imd_db(y, RATE_HZ) < -90.0


def test_channels_of_a_bus_share_one_gain() -> None:
    loud = 2.0 * sine(50.0, RATE_HZ, 1.0)
    quiet = 0.1 * sine(3_000.0, RATE_HZ, 1.0)
    trace = trace_limiter(np.stack([loud, quiet], axis=1), spec())
    delay = spec().delay_frames
    assert np.allclose(trace.output[delay:, 1], trace.gain[delay:] * quiet[:-delay], atol=0.0, rtol=1e-15)
    assert np.min(trace.gain[RATE_HZ // 2 :]) < 0.5


def test_the_gain_comes_back_to_exactly_one() -> None:
    x = np.zeros((RATE_HZ * 2, 1))
    x[1_000:1_100] = 8.0
    gain = trace_limiter(x, spec(release_ms=80.0)).gain
    assert np.min(gain) < 0.2
    assert np.all(gain[RATE_HZ:] == 1.0)


@pytest.mark.parametrize(("rate_hz", "lookahead_ms"), [(48_000, 2.6), (48_000, 1.3), (96_000, 2.6)])
def test_the_gain_of_one_spike_is_the_equations_worked_by_hand(rate_hz, lookahead_ms) -> None:
    first, second = {(48_000, 2.6): (8, 7), (48_000, 1.3): (4, 3), (96_000, 2.6): (16, 15)}[rate_hz, lookahead_ms]
    at, release_ms = 4_002, 50.0  # heard 5 and 6 frames later, in ticks 500 and 501
    x = np.zeros((3 * 8_000, 1))
    x[at] = 4.0
    needed = CEILING * (1.0 - 2.0**-22) / 4.0
    heard = [(at - 1 + 6) // 8, (at + 6) // 8]
    window = first + second + -(-rate_hz // 100 // 8)
    a = 1.0 - np.exp(-8.0 / (release_ms / 1_000.0 * rate_hz))
    released, level = [], 1.0
    for tick in range(3_000):
        held = needed if any(tick - window < j <= tick for j in heard) else 1.0
        level = min(held, level + a * (held - level))
        released.append(level)
    ones = [1.0] * 64
    once = [sum((ones + released)[64 + j - k] for k in range(first)) / first for j in range(3_000)]
    twice = [sum((ones + once)[64 + j - k] for k in range(second)) / second for j in range(3_000)]
    expected = [
        (ones + twice)[64 + tick - 2] + ((ones + twice)[64 + tick - 1] - (ones + twice)[64 + tick - 2]) * f / 8.0
        for tick in range(600)
        for f in range(8)
    ]
    limiter = spec(rate_hz, lookahead_ms, release_ms=release_ms, dead_band=0.0)
    trace = trace_limiter(x, limiter)
    assert np.allclose(trace.gain[:4_800], expected, rtol=0.0, atol=1e-12)
    loudest = at + limiter.delay_frames
    assert trace.output[loudest, 0] == pytest.approx(CEILING, rel=1e-6)
    assert np.flatnonzero(trace.output).tolist() == [loudest]


def test_hold_is_the_minimum_of_the_past() -> None:
    values = np.random.default_rng(8).uniform(0.1, 1.0, 300)
    for window in (1, 2, 7, 8, 75):
        expected = [
            min([*values[max(0, j - window + 1) : j + 1], *([1.0] if j + 1 < window else [])]) for j in range(300)
        ]
        assert np.array_equal(_held(values, window), expected)


def test_a_prefix_of_the_input_gives_a_prefix_of_the_output() -> None:
    """The model is causal: what comes later changes nothing."""
    x = MATERIAL["bursts"]
    assert np.array_equal(limit(x[:10_001], spec()), limit(x, spec())[:10_001])


def magnitude_db(band: EqBand, *frequencies_hz: float) -> np.ndarray:
    response = sosfreqz(design(band, RATE_HZ), worN=frequencies_hz, fs=RATE_HZ)[1]
    return 20 * np.log10(np.maximum(np.abs(response), 1e-15))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(("kind", "octave_into_stop"), [("high_pass", 0.5), ("low_pass", 2.0)])
def test_a_pass_is_3_db_down_at_its_corner_and_falls_by_its_order(kind, octave_into_stop, order) -> None:
    band = EqBand(kind, 80.0, order=order)
    corner, far, farther = magnitude_db(band, 80.0, 80.0 * octave_into_stop**4, 80.0 * octave_into_stop**5)
    assert corner == pytest.approx(-3.0103, abs=1e-3)
    assert farther - far == pytest.approx(-6.02 * order, rel=0.04)


def test_shelves_peaks_notches_and_all_passes() -> None:
    assert magnitude_db(EqBand("peak", 1_000.0, 6.0, 1.4), 1_000.0, 20.0) == pytest.approx([6.0, 0.0], abs=0.01)
    assert magnitude_db(EqBand("low_shelf", 200.0, -4.0), 1.0, 200.0, 20_000.0) == pytest.approx([-4, -2, 0], abs=0.01)
    assert magnitude_db(EqBand("high_shelf", 5_000.0, 3.0), 5.0, 5_000.0, 23_990.0) == pytest.approx(
        [0, 1.5, 3], abs=0.01
    )
    assert magnitude_db(EqBand("notch", 440.0, q=8.0), 440.0)[0] < -200.0
    assert magnitude_db(EqBand("all_pass", 440.0), 44.0, 440.0, 4_400.0) == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(ValueError, match="not between"):
        design(EqBand("peak", 24_000.0), RATE_HZ)


def test_the_chain_mixes_trims_equalises_limits_and_patches() -> None:
    random = np.random.default_rng(9)
    stems = random.integers(-(2**20), 2**20, (4_000, 3))
    gains = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 2.0]])
    bands = [EqBand("peak", 300.0, 3.0, 1.0), EqBand("high_pass", 35.0, order=3)]
    buses = [BusSpec(2, trim_db=-6.0, eq=bands), BusSpec(1, ceiling_db=-3.0, lookahead_ms=1.3)]
    out = model_chain(stems, gains, buses, RATE_HZ, [2, None, 0, 1, 0])
    delay = chain_delay(RATE_HZ)
    assert out.shape == (4_000 + delay, 5)
    assert np.array_equal(out[delay:, 0], from_int24(stems[:, 2]) * 2.0)
    assert not np.any(out[:, 1])
    assert np.array_equal(out[:, 2], out[:, 4])
    expected = equalise(from_int24(stems[:, 1:2]) * 0.5 * 10 ** (-6 / 20.0), bands, RATE_HZ)
    assert signal_to_error_db(out[delay:, 3], expected[:, 0]) > 280.0


def test_fades_come_before_the_mix() -> None:
    stems = np.full((1_000, 1), 2**20)
    out = model_chain(stems, [[1.0]], [BusSpec(1)], RATE_HZ, [0], fade=np.linspace(0.0, 1.0, 1_000))
    assert np.allclose(out[126:, 0], np.linspace(0.0, 1.0, 1_000) / 8.0, rtol=1e-15)


def test_words_are_nearest_and_saturate() -> None:
    x = np.array([0.0, 1.0, -1.0, 2.0, 0.5, 1.4 / 2**23, -1.6 / 2**23])
    assert quantise(x, "S24_3LE").tolist() == [0, 2**23 - 1, -(2**23), 2**23 - 1, 2**22, 1, -2]
    assert quantise(x, "S32_LE").tolist()[:5] == [0, 2**31 - 1, -(2**31), 2**31 - 1, 2**30]
    assert quantise(x, "S16_LE").tolist()[:5] == [0, 2**15 - 1, -(2**15), 2**15 - 1, 2**14]
    assert S16_DITHER_BOUND_LSB == 1.5
