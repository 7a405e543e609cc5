"""Peaks, DC, clipping, floor, silence, stereo and spectrum of signals whose truth is known on paper."""

import numpy as np
import pytest
from analysis import pink_noise, sine
from measurement.meters import Audio

from appliance.measurement import Measurement, SignalMeters
from appliance.measurement.spectrum import CENTRES_HZ, EDGES_HZ, NOMINAL_HZ

RATE_HZ = 48_000


def measure(samples: Audio, rate_hz: int = RATE_HZ, block_s: int = 2, gain_db: float = 0.0) -> Measurement:
    """A signal of one or two channels, in blocks."""
    x = samples.reshape(len(samples), -1)
    meters = SignalMeters(rate_hz, [range(x.shape[1])])
    for start in range(0, len(x), block_s * rate_hz):
        meters.add(meters.meter.take(x[start : start + block_s * rate_hz]))
    return meters.finish([gain_db])[0]


def noise(seconds: float, rms_db: float, channels: int = 1, seed: int = 1) -> Audio:
    random = np.random.default_rng(seed)
    return random.standard_normal((round(seconds * RATE_HZ), channels)) * 10 ** (rms_db / 20)


def test_peaks_and_crest() -> None:
    levels = measure(sine(RATE_HZ / 4, RATE_HZ, 4.0, 0.5, 45.0)).levels
    assert levels.sample_peak_dbfs == pytest.approx(-9.03, abs=0.01)
    assert levels.true_peak_dbtp == pytest.approx(-6.02, abs=0.3)
    tone = measure(sine(997.0, RATE_HZ, 5.0, 0.5))
    assert tone.levels.plr_db == pytest.approx(3.01, abs=0.03)
    assert tone.levels.psr_db == pytest.approx(3.01, abs=0.03)


def test_psr_is_of_the_tightest_moment() -> None:
    x = np.concatenate([sine(997.0, RATE_HZ, 6.0, 0.1), sine(997.0, RATE_HZ, 6.0, 0.9)])
    x[:: RATE_HZ // 2] += 0.0
    x[RATE_HZ // 4 : 6 * RATE_HZ : RATE_HZ // 2] = 0.8
    levels = measure(x).levels
    assert levels.psr_db == pytest.approx(3.01, abs=0.1)
    assert measure(x[: 5 * RATE_HZ]).levels.psr_db > 15


@pytest.mark.parametrize("offset", [0.01, -0.003])
def test_dc(offset: float) -> None:
    x = sine(100.0, RATE_HZ, 5.0, 0.3)
    assert measure(x).levels.dc_dbfs < -100
    both = np.stack([x, x + offset], axis=1)
    assert measure(both).levels.dc_dbfs == pytest.approx(20 * np.log10(abs(offset)), abs=0.05)


def test_clipped_runs_are_counted_where_they_are() -> None:
    x = sine(100.0, RATE_HZ, 5.0, 0.99)
    assert measure(x).levels.clipped_runs == 0
    assert measure(x).levels.first_clipped_s is None
    x[95_999:96_002] = 1.0  # across the border of two blocks
    x[100_000:100_002] = -1.0  # two samples are no run
    x[150_000:150_040] = -1.0
    x[200_000:200_040] = 0.9999  # flat, and not yet full scale
    levels = measure(x).levels
    assert levels.clipped_runs == 2
    assert levels.first_clipped_s == pytest.approx(95_999 / RATE_HZ)


@pytest.mark.parametrize("start", range(95_994, 96_004))
def test_a_run_is_counted_once_wherever_a_block_ends(start: int) -> None:
    x = np.zeros(4 * RATE_HZ)
    x[start : start + 6] = 1.0
    levels = measure(x).levels
    assert levels.clipped_runs == 1
    assert levels.first_clipped_s == pytest.approx(start / RATE_HZ)


def test_a_sine_cut_off_is_clipped_once_each_half_wave() -> None:
    x = np.clip(sine(100.0, RATE_HZ, 1.0, 2.0), -1, 1)
    assert measure(x).levels.clipped_runs == 200


def test_noise_floor_is_what_lies_below_the_music() -> None:
    hiss = noise(20.0, -72.0)[:, 0]
    music = noise(20.0, -20.0, seed=2)[:, 0] * (np.arange(20 * RATE_HZ) // RATE_HZ % 4 < 3)
    assert measure(hiss + music).levels.noise_floor_dbfs == pytest.approx(-72.0, abs=0.3)
    cut = (hiss + music) * (np.arange(20 * RATE_HZ) > 2 * RATE_HZ)  # digital silence is no noise floor
    assert measure(cut).levels.noise_floor_dbfs == pytest.approx(-72.0, abs=0.3)
    assert measure(music + noise(20.0, -40.0)[:, 0]).levels.noise_floor_dbfs == pytest.approx(-40.0, abs=0.3)


def test_silence_at_both_ends() -> None:
    x = np.concatenate([np.zeros(RATE_HZ * 3 // 2), noise(2.0, -20.0)[:, 0], noise(1.25, -100.0)[:, 0]])
    levels = measure(x).levels
    assert levels.silence_start_s == pytest.approx(1.5, abs=0.011)
    assert levels.silence_end_s == pytest.approx(1.25, abs=0.011)
    nothing = measure(np.zeros(3 * RATE_HZ)).levels
    assert (nothing.silence_start_s, nothing.silence_end_s) == (3.0, 0.0)
    assert nothing.true_peak_dbtp is nothing.noise_floor_dbfs is nothing.dc_dbfs is nothing.psr_db is None


def test_stereo_of_mono_inverted_and_independent_sides() -> None:
    left, right = noise(10.0, -20.0, 2).T
    same = measure(np.stack([left, left], axis=1)).stereo
    assert (same.correlation, same.mono_loss_db) == (pytest.approx(1.0), pytest.approx(0.0, abs=1e-5))
    inverted = measure(np.stack([left, -left], axis=1)).stereo
    assert (inverted.correlation, inverted.mono_loss_db) == (pytest.approx(-1.0), 120.0)
    apart = measure(np.stack([left, right], axis=1)).stereo
    assert (apart.correlation, apart.mono_loss_db) == (pytest.approx(0.0, abs=0.01), pytest.approx(3.01, abs=0.05))
    half = measure(np.stack([left, 0.6 * left + 0.8 * right], axis=1)).stereo
    assert half.correlation == pytest.approx(0.6, abs=0.01)
    assert half.mono_loss_db == pytest.approx(10 * np.log10(2 / 1.6), abs=0.05)
    one = measure(np.stack([left, 0 * left], axis=1)).stereo
    assert (one.correlation, one.mono_loss_db) == (None, pytest.approx(3.01, abs=0.001))
    assert measure(left).stereo is None


def test_a_place_with_one_side_inverted_is_found() -> None:
    left = noise(12.0, -20.0)[:, 0]
    right = left * np.where(np.arange(len(left)) // RATE_HZ // 4 == 1, -1, 1)
    stereo = measure(np.stack([left, right], axis=1)).stereo
    assert stereo.correlation == pytest.approx(1 / 3, abs=0.02)
    assert stereo.lowest_correlation == pytest.approx(-1.0, abs=0.001)


def test_bands_are_those_of_the_standard() -> None:
    assert len(CENTRES_HZ) == len(NOMINAL_HZ) == 30
    np.testing.assert_allclose(CENTRES_HZ, NOMINAL_HZ, rtol=0.015)
    assert EDGES_HZ[16] / 1000 == pytest.approx(10 ** (-0.05))
    np.testing.assert_allclose(np.sqrt(np.multiply(EDGES_HZ[1:], EDGES_HZ[:-1])), CENTRES_HZ)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("band", [0, 1, 5, 16, 29])
def test_a_tone_is_in_its_band(band: int, rate_hz: int) -> None:
    levels = measure(sine(CENTRES_HZ[band], rate_hz, 6.0, 0.5), rate_hz).spectrum.level_dbfs
    assert levels[band] == pytest.approx(-9.03, abs=0.6 if band == 0 else 0.1)
    others = [level for n, level in enumerate(levels) if abs(n - band) > 1]
    assert max(level for level in others if level is not None) < -40


def test_a_tone_on_an_edge_is_in_both_bands() -> None:
    levels = measure(sine(EDGES_HZ[17], RATE_HZ, 10.0, 1.0)).spectrum.level_dbfs
    assert levels[16] == pytest.approx(-6.02, abs=1.0)
    assert levels[17] == pytest.approx(-6.02, abs=1.0)


def test_pink_noise_is_flat_in_third_octaves_and_white_rises_by_1_db() -> None:
    pink = np.array(measure(pink_noise(RATE_HZ, 60.0)).spectrum.level_dbfs, float)
    np.testing.assert_allclose(pink[4:-1], pink[4:-1].mean(), atol=0.6)
    white = np.array(measure(noise(60.0, -20.0)).spectrum.level_dbfs, float)
    np.testing.assert_allclose(np.diff(white)[4:], 1.0, atol=0.5)


@pytest.mark.parametrize("seconds", [0.05, 1.0, 7.3])
def test_all_bands_together_are_the_signal(seconds: float) -> None:
    """However long it is, and whatever its ends look like."""
    x = np.sum([sine(f, RATE_HZ, seconds, 0.1) for f in (437.0, 1234.0, 5678.0)], axis=0)
    levels = np.array(measure(x, block_s=1).spectrum.level_dbfs, float)
    assert 10 * np.log10(np.sum(10 ** (levels / 10))) == pytest.approx(10 * np.log10(np.mean(x**2)), abs=0.1)


def test_both_sides_add_up_and_a_gain_is_a_gain() -> None:
    x = noise(5.0, -20.0)
    one, two = measure(x), measure(np.repeat(x, 2, axis=1))
    np.testing.assert_allclose(two.spectrum.level_dbfs, np.add(one.spectrum.level_dbfs, 3.01), atol=0.01)
    louder, really = measure(x, gain_db=-6.0), measure(x * 10 ** (-6 / 20))
    np.testing.assert_allclose(louder.spectrum.level_dbfs, really.spectrum.level_dbfs, atol=1e-3)
    for name in ("true_peak_dbtp", "plr_db", "dc_dbfs", "noise_floor_dbfs"):
        assert getattr(louder.levels, name) == pytest.approx(getattr(really.levels, name), abs=1e-3)
    assert louder.loudness.integrated_lufs == pytest.approx(really.loudness.integrated_lufs, abs=1e-4)
