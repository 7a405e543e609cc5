"""The measurements against signals whose answers are known on paper."""

import math

import numpy as np
import pytest
from analysis import (
    band_limited,
    bursts,
    ccif_imd_db,
    ccif_tones,
    clipped_pink,
    peak_db,
    pink_noise,
    quarter_rate_sine,
    residue_above_db,
    signal_to_error_db,
    sine,
    smpte_imd_db,
    smpte_tones,
    spike,
    square,
    thd_n_db,
    true_peak_db,
)

RATES_HZ = (44_100, 48_000, 96_000)


def test_true_peak_of_a_quarter_rate_sine_is_3_db_above_its_samples() -> None:
    x = quarter_rate_sine(48_000, 0.2)
    assert peak_db(x) == pytest.approx(-3.0103, abs=1e-4)
    assert true_peak_db(x, 48_000) - peak_db(x) == pytest.approx(3.0103, abs=1e-3)


@pytest.mark.parametrize("share_of_rate", [0.01, 0.13, 0.31, 0.4167, 0.46, 0.48])
def test_true_peak_of_any_sine_is_its_amplitude(share_of_rate: float) -> None:
    x = sine(share_of_rate * 48_000 + 1.3, 48_000, 0.2, amplitude=0.5, phase_deg=21.0)
    assert true_peak_db(x, 48_000) == pytest.approx(-6.0206, abs=0.01)


def test_true_peak_hears_the_loudest_channel_wherever_it_lies() -> None:
    quiet = sine(997.0, 48_000, 0.2, amplitude=0.1)
    loud = quarter_rate_sine(48_000, 0.2, amplitude=0.7)
    assert true_peak_db(np.stack([quiet, loud], axis=1), 48_000) == pytest.approx(-3.098, abs=1e-3)


def test_a_tone_that_is_cut_off_rings_only_when_its_ends_are_real() -> None:
    x = quarter_rate_sine(48_000, 0.05)
    assert true_peak_db(x, 48_000) == pytest.approx(0.0, abs=2e-3)
    assert true_peak_db(x, 48_000, ends_in_silence=True) > 0.05


def test_true_peak_of_one_sample_is_that_sample() -> None:
    x = spike(48_000, 0.1, 0.05, amplitude=0.5)
    assert true_peak_db(x, 48_000) == pytest.approx(-6.0206, abs=1e-6)


def test_true_peak_refuses_what_it_cannot_read() -> None:
    with pytest.raises(ValueError, match="514 frames"):
        true_peak_db(np.zeros(100), 48_000)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("harmonic_db", [-60.0, -100.0, -160.0])
def test_thd_n_reads_a_known_harmonic(rate_hz: int, harmonic_db: float) -> None:
    x = sine(997.0, rate_hz, 1.0, 0.5) + sine(2_991.0, rate_hz, 1.0, 0.5 * 10 ** (harmonic_db / 20.0), 77.0)
    assert thd_n_db(x, rate_hz, 997.0) == pytest.approx(harmonic_db, abs=0.1)


def test_thd_n_reads_noise_ignores_dc_and_reports_the_worst_channel() -> None:
    noise = np.random.default_rng(4).standard_normal(96_000) * 1e-5
    tone = sine(50.0, 48_000, 2.0)
    dirty = tone + noise + 0.1
    assert thd_n_db(dirty, 48_000, 50.0) == pytest.approx(-100.0 + 3.01, abs=0.1)
    assert thd_n_db(np.stack([tone, dirty], axis=1), 48_000, 50.0) == pytest.approx(thd_n_db(dirty, 48_000, 50.0))


@pytest.mark.parametrize("frequency_hz", [50.0, 997.0, 7_001.0])
def test_a_clean_tone_has_no_thd_n(frequency_hz: float) -> None:
    assert thd_n_db(sine(frequency_hz, 48_000, 3.0), 48_000, frequency_hz) < -220.0


@pytest.mark.parametrize("depth_db", [-40.0, -100.0])
def test_smpte_reads_a_known_modulation(depth_db: float) -> None:
    # Modulated by m cos, a tone gets two sidebands of m/2 each: together m / sqrt(2).
    depth = 10 ** (depth_db / 20.0)
    n = np.arange(2 * 48_000) / 48_000
    high = sine(7_000.0, 48_000, 2.0, 0.2) * (1.0 + depth * np.cos(2 * np.pi * 60.0 * n))
    x = sine(60.0, 48_000, 2.0, 0.8) + high
    assert smpte_imd_db(x, 48_000) == pytest.approx(depth_db - 3.0103, abs=0.05)
    assert smpte_imd_db(smpte_tones(48_000, 2.0), 48_000) < -200.0


def test_ccif_reads_a_known_difference_tone() -> None:
    x = ccif_tones(48_000, 1.0) + sine(1_000.0, 48_000, 1.0, 1e-4)
    assert ccif_imd_db(x, 48_000) == pytest.approx(-80.0, abs=0.05)
    assert ccif_imd_db(ccif_tones(48_000, 1.0), 48_000) < -200.0


def test_smpte_tones_stand_four_to_one_and_sum_to_the_peak() -> None:
    assert np.max(np.abs(smpte_tones(48_000, 1.0, 0.5))) == pytest.approx(0.5, rel=1e-2)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_residue_sees_what_is_above_and_nothing_of_what_is_below(rate_hz: int) -> None:
    low = sine(55.0, rate_hz, 1.0, 0.5)
    assert residue_above_db(low, rate_hz) < -175.0
    for level_db in (-60.0, -105.0, -140.0):
        x = low + sine(6_000.0, rate_hz, 1.0, 10 ** (level_db / 20.0))
        assert residue_above_db(x, rate_hz) == pytest.approx(level_db, abs=0.1)
        assert residue_above_db(x, rate_hz, measure="rms") == pytest.approx(level_db - 3.01, abs=0.1)


def test_residue_hears_one_small_click() -> None:
    x = sine(55.0, 48_000, 1.0, 0.5)
    x[24_000:] += 1e-4  # a step of -80 dBFS
    assert -95.0 < residue_above_db(x, 48_000) < -80.0


def test_signal_to_error() -> None:
    x = pink_noise(48_000, 0.5, 2)
    assert signal_to_error_db(x, x) == math.inf
    assert signal_to_error_db(x * (1 + 1e-6), x) == pytest.approx(120.0, abs=1e-3)
    with pytest.raises(ValueError, match="shapes"):
        signal_to_error_db(x, x[1:])


def test_pink_noise_falls_by_3_db_per_octave_and_is_the_same_every_time() -> None:
    x = pink_noise(48_000, 20.0, 2, rms_db=-18.0)
    assert np.array_equal(x, pink_noise(48_000, 20.0, 2, rms_db=-18.0))
    assert 10 * np.log10(np.mean(x**2, axis=0)) == pytest.approx(-18.0, abs=1e-6)
    power = np.abs(np.fft.rfft(x[:, 0])) ** 2
    hz = np.fft.rfftfreq(len(x), 1 / 48_000)
    octaves = [10 * np.log10(np.mean(power[(hz >= f) & (hz < 2 * f)])) for f in (100, 200, 400, 800, 1_600, 3_200)]
    assert np.diff(octaves) == pytest.approx(-3.01, abs=0.3)


def test_band_limited_leaves_nothing_above_and_everything_below() -> None:
    x = np.random.default_rng(1).uniform(-1, 1, (96_000, 2))
    y = band_limited(x, 48_000, 20_000.0)
    assert y.shape == x.shape
    inner = y[4_000:-4_000, 0] * np.blackman(88_000)
    power = np.abs(np.fft.rfft(inner)) ** 2
    hz = np.fft.rfftfreq(len(inner), 1 / 48_000)
    below, above = np.mean(power[hz < 19_700]), np.max(power[hz > 20_010])
    assert 10 * np.log10(above / below) < -95.0
    tone = sine(1_000.0, 48_000, 1.0)
    assert signal_to_error_db(band_limited(tone, 48_000)[4_000:-4_000], tone[4_000:-4_000]) > 115.0


def test_the_other_signals_are_what_they_say() -> None:
    assert set(np.unique(square(997.0, 48_000, 0.1, 0.5))) == {-0.5, 0.5}
    assert np.flatnonzero(spike(48_000, 1.0, 0.25)).tolist() == [12_000]
    assert peak_db(clipped_pink(48_000, 1.0)) == 0.0
    noise = bursts(48_000, 2.0, 2)
    assert noise.shape == (96_000, 2)
    assert peak_db(noise) == pytest.approx(6.02, abs=0.05)
    assert 0.05 < np.mean(noise[:, 0] == 0.0) < 0.95
