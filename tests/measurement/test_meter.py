"""The meter in C: its anchor, the same however the signal is cut and on every instruction set, peaks at high notes."""

import numpy as np
import pytest
from analysis import band_limited, pink_noise, sine, true_peak_db
from measurement.meters import available_isas, measured
from measurement.songs import busy

from appliance.kernel import Hops, Isa, LoudnessMeter, planar_from_int32
from appliance.measurement.loudness import integrated_lufs

RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
FIELDS = ("weighted", "energy", "total", "sample_peak", "true_peak")


def level_db(hops: Hops) -> float:
    return 20 * np.log10(float(hops.true_peak.max()))


@pytest.mark.parametrize("isa", list(available_isas()))
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_full_scale_sine_in_one_channel_is_3_01_below_0(rate_hz: int, isa: Isa) -> None:
    hops = measured(sine(997.0, rate_hz, 5.0)[:, np.newaxis], rate_hz, isa=isa)
    assert integrated_lufs(hops.weighted[:, 20:]) == pytest.approx(-3.01, abs=0.006)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [20.0, 60.0, 1000.0, 4000.0, 15_000.0])
def test_the_weighting_is_the_same_at_every_rate(frequency_hz: float, rate_hz: int) -> None:
    """Against the standard's own tables at 48 kHz; the bilinear transform bends the uppermost octave by 0.15 dB."""
    at_48 = measured(sine(frequency_hz, 48_000, 2.0)[:, np.newaxis], 48_000).weighted[0, 50:].mean()
    here = measured(sine(frequency_hz, rate_hz, 2.0)[:, np.newaxis], rate_hz).weighted[0, 50:].mean()
    tolerance = 0.01 if frequency_hz < 10_000 else 0.15
    assert 10 * np.log10(here / at_48) == pytest.approx(0.0, abs=tolerance)


@pytest.mark.parametrize("isa", list(available_isas()))
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_blocks_give_bit_for_bit_what_one_call_gives(channels: int, isa: Isa) -> None:
    x = busy(23.457, 0.2, channels=channels).astype(np.float32)
    whole = measured(x, 48_000, isa=isa)
    for block_s in (1, 3, 8):
        cut = measured(x, 48_000, block_s, isa)
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(cut, field), getattr(whole, field))
    assert whole.weighted.shape == (channels, 2345)


def test_a_block_that_has_forgotten_its_history_would_differ() -> None:
    x = busy(6.0, 0.2).astype(np.float32)
    whole = measured(x, 48_000).weighted
    apart = np.concatenate([measured(x[: 48_000 * 3], 48_000).weighted, measured(x[48_000 * 3 :], 48_000).weighted], 1)
    assert not np.array_equal(whole, apart)


def test_the_filter_forgets_its_start() -> None:
    """A second after the loudest jump nothing is left of it but rounding: the stretches may run side by side."""
    x = np.zeros((48_000 * 4, 1), np.float32)
    x[: 48_000 * 2] = 1.0
    weighted = measured(x, 48_000).weighted[0]
    assert weighted[199] < 1e-20
    assert weighted[200] > 1e-3
    assert weighted[250] < 1e-20


def test_instruction_sets_agree() -> None:
    x = busy(9.3, 0.3).astype(np.float32)
    reference = measured(x, 48_000, isa=Isa.BASELINE)
    for isa in available_isas():
        other = measured(x, 48_000, isa=isa)
        np.testing.assert_allclose(other.weighted, reference.weighted, rtol=1e-10, atol=1e-25)
        for field in FIELDS[1:]:
            np.testing.assert_allclose(getattr(other, field), getattr(reference, field), rtol=2e-5, atol=2e-5)


def test_words_are_the_same_as_floats() -> None:
    words = np.random.default_rng(1).integers(-(2**23), 2**23, (50_000, 3)).astype(np.int32)
    words[:2] = [[2**23 - 1] * 3, [-(2**23)] * 3]
    floats, packed = LoudnessMeter(48_000, 3), LoudnessMeter(48_000, 3)
    expected = floats.take((words / 2**23).astype(np.float32)).copy()
    octets = words.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes() + bytes(8)
    np.testing.assert_array_equal(packed.take_int24(octets, len(words)), expected)
    np.testing.assert_array_equal(planar_from_int32(words * 256), expected)
    np.testing.assert_array_equal(packed.finish().weighted, floats.finish().weighted)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("part_of_20_khz", [0.1, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_true_peaks_of_high_notes(part_of_20_khz: float, rate_hz: int) -> None:
    """Every phase: never more than 0.2 dB too high; too low by what lies between points at a quarter of a frame."""
    frequency_hz = 20_000.0 * part_of_20_khz + 0.37
    reads = []
    for phase in np.linspace(0, 90, 7):
        x = sine(frequency_hz, rate_hz, 0.2, 0.5, phase)
        x *= np.interp(np.arange(len(x)), [0, 2000, len(x) - 2000, len(x)], [0, 1, 1, 0])
        reads.append(level_db(measured(x[:, np.newaxis], rate_hz)) + 6.02)
    grid_db = 20 * np.log10(np.cos(np.pi * frequency_hz / rate_hz / 4))
    assert max(reads) <= 0.2
    assert min(reads) >= grid_db - 0.1
    if rate_hz > 44_100:
        assert min(reads) >= -0.4


def test_true_peak_against_a_far_finer_reading() -> None:
    for seed in range(5):
        x = band_limited(pink_noise(48_000, 3.0, seed=seed), 48_000, 20_000.0)
        x = np.asarray(x).reshape(-1)
        x[:500] = x[-500:] = 0.0
        fine = true_peak_db(x, 48_000, ends_in_silence=True)
        assert -0.2 < level_db(measured(x[:, np.newaxis], 48_000)) - fine < 0.05


def test_a_peak_after_the_last_sample_is_seen() -> None:
    x = np.zeros((48_000 + 7, 1))
    x[-2:] = 0.9
    assert level_db(measured(x, 48_000)) > 20 * np.log10(0.9) + 0.9


def test_what_cannot_be() -> None:
    for rate_hz in (8_000, 44_101, 384_000):
        with pytest.raises(ValueError, match="out of range"):
            LoudnessMeter(rate_hz, 2)
    meter = LoudnessMeter(48_000, 2)
    with pytest.raises(ValueError, match="columns"):
        meter.take(np.zeros((48_000, 3)))
    with pytest.raises(ValueError, match="too few"):
        meter.take_int24(bytes(12), 2)
    meter.take(np.zeros((47_999, 2)))
    with pytest.raises(ValueError, match="whole seconds"):
        meter.take(np.zeros((48_000, 2)))


def test_nothing_at_all() -> None:
    hops = LoudnessMeter(48_000, 1).finish()
    assert hops.frames == 0
    assert hops.weighted.shape == (1, 0)
    assert hops.true_peak.max() == 0
