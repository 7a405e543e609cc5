"""The equaliser against its analogue prototypes and against the same cascade in double precision."""

import numpy as np
import pytest
from analysis import pink_noise, signal_to_error_db
from scenes import RATES_HZ, kernel_of, through
from scipy.signal import sosfilt

from appliance.kernel import band_sections
from appliance.settings import EqBand, EqType

PASSES = (EqType.HIGH_PASS, EqType.LOW_PASS)
BUTTERWORTH = {3: (1.0,), 4: (0.541196100146197, 1.3065629648763766)}


def bands_at(frequency_hz: float) -> list[EqBand]:
    passes = [EqBand(type=t, frequency_hz=frequency_hz, order=order) for t in PASSES for order in (1, 2, 3, 4)]
    resonant = [EqBand(type=t, frequency_hz=frequency_hz, q=q) for t in PASSES for q in (0.5, 4.0)]
    gains = [
        EqBand(type=t, frequency_hz=frequency_hz, gain_db=gain_db, q=q)
        for t in (EqType.LOW_SHELF, EqType.HIGH_SHELF, EqType.PEAK)
        for gain_db, q in ((6.0, 0.7), (-12.0, 1.0), (3.0, 4.0))
    ]
    level = [
        EqBand(type=t, frequency_hz=frequency_hz, q=q) for t in (EqType.NOTCH, EqType.ALL_PASS) for q in (0.7, 8.0)
    ]
    return passes + resonant + gains + level


def prototype(band: EqBand, frequency_hz: np.ndarray, rate_hz: int) -> np.ndarray:
    """The analogue filter that the band stands for, on the bilinear transform's warped axis."""
    s = 1j * np.tan(np.pi * frequency_hz / rate_hz) / np.tan(np.pi * band.frequency_hz / rate_hz)
    a, q = 10 ** (band.gain_db / 40), band.q
    root = np.sqrt(a) / q
    if band.type in PASSES:
        top = s**band.order if band.type is EqType.HIGH_PASS else 1.0
        qs = (q,) if band.order == 2 else BUTTERWORTH.get(band.order, ())
        bottom = s + 1 if band.order % 2 else 1.0
        for one in qs:
            bottom = bottom * (s**2 + s / one + 1)
        return top / bottom
    return {
        EqType.PEAK: (s**2 + s * a / q + 1) / (s**2 + s / (a * q) + 1),
        EqType.NOTCH: (s**2 + 1) / (s**2 + s / q + 1),
        EqType.ALL_PASS: (s**2 - s / q + 1) / (s**2 + s / q + 1),
        EqType.LOW_SHELF: a * (s**2 + root * s + a) / (a * s**2 + root * s + 1),
        EqType.HIGH_SHELF: a * (a * s**2 + root * s + 1) / (s**2 + root * s + a),
    }[band.type]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [300.0, 1_000.0, 18_000.0])
def test_the_response_that_is_heard_is_the_analogue_prototypes(rate_hz: int, frequency_hz: float) -> None:
    bands = bands_at(frequency_hz)
    kernel = kernel_of(rate_hz, [1] * len(bands))
    for bus, band in enumerate(bands):
        kernel.set_eq(bus, [band], 0)
    impulse = np.zeros((rate_hz, len(bands)))
    impulse[0] = 0.125
    heard = np.fft.rfft(through(kernel, impulse), axis=0) / 0.125
    grid = np.fft.rfftfreq(len(impulse), 1 / rate_hz)[:-1]
    for bus, band in enumerate(bands):
        assert np.max(np.abs(heard[:-1, bus] - prototype(band, grid, rate_hz))) < 3e-6, band


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_a_pass_is_3_db_down_at_its_cutoff(rate_hz: int, order: int) -> None:
    bands = [EqBand(type=t, frequency_hz=f, order=order) for t in PASSES for f in (50.0, 1_000.0, 15_000.0)]
    kernel = kernel_of(rate_hz, [1] * len(bands))
    for bus, band in enumerate(bands):
        kernel.set_eq(bus, [band], 0)
    impulse = np.zeros((rate_hz, len(bands)))
    impulse[0] = 0.125
    heard = 20 * np.log10(np.abs(np.fft.rfft(through(kernel, impulse), axis=0)) / 0.125 + 1e-12)
    for bus, band in enumerate(bands):
        assert heard[round(band.frequency_hz), bus] == pytest.approx(-3.0103, abs=0.001)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [20.0, 35.0, 60.0, 250.0, 3_000.0, 20_000.0])
def test_the_error_against_double_precision_is_below_120_db(rate_hz: int, frequency_hz: float) -> None:
    bands = bands_at(frequency_hz)
    kernel = kernel_of(rate_hz, [1] * len(bands))
    for bus, band in enumerate(bands):
        kernel.set_eq(bus, [band], 0)
    # -18 dBFS, but 12 dB lower, so that no boost meets the limiter: a float rounds alike at every level.
    x = (pink_noise(rate_hz, 1.0, 1, rms_db=-18.0) / 4).astype(np.float32)
    heard = through(kernel, np.repeat(x, len(bands), axis=1))
    for bus, band in enumerate(bands):
        sections = np.insert(band_sections([band], rate_hz), 3, 1.0, axis=1)
        exact = sosfilt(sections, x[:, 0].astype(np.float64))
        assert np.max(np.abs(exact)) < 0.8, "the limiter may not act here"
        assert signal_to_error_db(heard[:, bus], exact) > 120.0, band


def test_eight_sections_in_a_row_are_still_exact() -> None:
    types = (EqType.HIGH_PASS, *[EqType.PEAK] * 7)
    frequencies_hz = (20, 40, 63, 120, 250, 1_000, 4_000, 12_000)
    bands = [
        EqBand(type=t, frequency_hz=f, gain_db=-3.0 if t is EqType.PEAK else 0.0)
        for t, f in zip(types, frequencies_hz, strict=True)
    ]
    for rate_hz in RATES_HZ:
        for count in range(9):
            kernel = kernel_of(rate_hz, [1])
            kernel.set_eq(0, bands[:count], 0)
            x = pink_noise(rate_hz, 0.5, 1, rms_db=-18.0).astype(np.float32)
            sections = np.insert(band_sections(bands[:count], rate_hz), 3, 1.0, axis=1)
            exact = sosfilt(sections, x[:, 0].astype(np.float64)) if count else x[:, 0].astype(np.float64)
            assert signal_to_error_db(through(kernel, x)[:, 0], exact) > 120.0


def test_a_frequency_that_the_rate_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="not below half"):
        kernel_of(44_100).set_eq(0, [EqBand(type=EqType.PEAK, frequency_hz=22_050.0)], 0)
