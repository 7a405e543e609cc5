"""The words that leave for the interface: 24 bits in are 24 bits out, nothing wraps, and 16 bits are dithered."""

import numpy as np
import pytest
from scenes import kernel_of, pack24, play, unpack

from appliance.kernel import SampleFormat, Voice
from appliance.vocabulary import Role

WIDE = (SampleFormat.S32_LE, SampleFormat.S24_LE, SampleFormat.S24_3LE)
BITS = {SampleFormat.S32_LE: 32, SampleFormat.S24_LE: 24, SampleFormat.S24_3LE: 24, SampleFormat.S16_LE: 16}


def unity(sample_format: SampleFormat, gain: float = 1.0):
    """One stem straight to one bus, three outputs of which the last carries nothing."""
    kernel = kernel_of(widths=[1], outputs=3, sample_format=sample_format)
    kernel.set_patch(1, 0)
    kernel.set_song(0, [Role.TRACK])
    kernel.set_gains(0, np.array([[gain]]), 0)
    return kernel


@pytest.mark.parametrize("sample_format", WIDE)
def test_24_bits_in_are_the_same_24_bits_out(sample_format: SampleFormat) -> None:
    kernel = unity(sample_format)
    words = np.random.default_rng(21).integers(-(2**22), 2**22, 20_000)
    words[:64] = [sign * ((1 << bit) - odd) for bit in range(16) for sign in (1, -1) for odd in (0, 1)]
    out = play(kernel, words[:, np.newaxis])[kernel.latency_frames :]
    expected = words << (BITS[sample_format] - 24)
    assert np.array_equal(out[:, 0], expected)
    assert np.array_equal(out[:, 1], expected)
    assert not np.any(out[:, 2])


@pytest.mark.parametrize("sample_format", SampleFormat)
@pytest.mark.parametrize("word", [2**23 - 1, -(2**23)])
def test_full_scale_stays_full_scale_and_never_wraps(sample_format: SampleFormat, word: int) -> None:
    kernel = unity(sample_format, gain=4.0)
    out = play(kernel, np.full((24_000, 1), word))[20_000:24_000, 0]
    full = 2 ** (BITS[sample_format] - 1)
    assert np.all(np.sign(out) == np.sign(word))
    assert np.min(np.abs(out)) >= full * (1 - 2e-3)  # the dead band of the limiter is a thousandth
    assert np.min(out) >= -full
    assert np.max(out) <= full - 1


def test_s24_in_four_bytes_carries_its_sign_upward() -> None:
    """ALSA reads the lower three bytes; drivers that read all four must find the same number."""
    kernel = unity(SampleFormat.S24_LE)
    raw = kernel.render([Voice(pack24(np.full((400, 1), -5)), 0, 0, 400)], 400)
    assert np.frombuffer(raw, "<i4").reshape(-1, 3)[-1].tolist() == [-5, -5, 0]


def dither_error(level: float, seconds: float = 4.0) -> np.ndarray:
    """Error in steps of 16 bits of a slow ramp around a level, so that every fraction of a step occurs."""
    kernel = unity(SampleFormat.S16_LE)
    frames = round(48_000 * seconds)
    words = np.rint(level * 2**23 + np.linspace(0, 256 * 20, frames)).astype(np.int64)
    out = play(kernel, words[:, np.newaxis])[kernel.latency_frames :]
    assert not np.any(out[:, 2]), "an output without a patch has no dither"
    return out[:, 0] - words / 256


@pytest.mark.parametrize("level", [0.0, 0.3, -0.3])
def test_dither_makes_the_error_of_16_bits_independent_of_the_signal(level: float) -> None:
    error = dither_error(level)
    n = len(error)
    assert np.max(np.abs(error)) <= 1.5
    assert abs(np.mean(error)) < 5 * 0.5 / np.sqrt(n)
    assert np.var(error) == pytest.approx(0.25, rel=0.02), "a triangle of 1/6 and the rounding's 1/12"
    fraction = (np.arange(n) * (20.0 / n)) % 1.0
    for part in range(10):
        here = error[(fraction * 10).astype(int) == part]
        assert abs(np.mean(here)) < 5 * 0.5 / np.sqrt(len(here))
        assert np.var(here) == pytest.approx(0.25, rel=0.05)


def test_the_dithers_noise_is_white() -> None:
    error = dither_error(0.1)[: 186 * 1_024].reshape(186, 1_024)
    power = np.mean(np.abs(np.fft.rfft(error * np.hanning(1_024), axis=1)) ** 2, axis=0)[3:-3]
    assert np.max(np.abs(10 * np.log10(power / np.mean(power)))) < 1.8, "186 averages scatter by 0.32 dB"
    halves = power.reshape(-1, 13)[: len(power) // 13].mean(axis=1) if len(power) % 13 == 0 else power
    assert np.std(10 * np.log10(halves)) < 0.5


def test_outputs_do_not_share_their_dither() -> None:
    kernel = kernel_of(widths=[1] * 8, sample_format=SampleFormat.S16_LE)
    out = unpack(kernel.render([], 60_000), SampleFormat.S16_LE, 8).astype(float)
    out = np.vstack([out] + [unpack(kernel.render([], 4_000), SampleFormat.S16_LE, 8) for _ in range(10)])
    assert np.max(np.abs(out)) == 1.0
    together = np.corrcoef(out.T) - np.eye(8)
    assert np.max(np.abs(together)) < 5 / np.sqrt(len(out))
