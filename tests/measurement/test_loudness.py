"""Loudness against an independent model of the standards and against libebur128."""

import numpy as np
import pytest
from analysis import band_limited, pink_noise
from measurement.meters import (
    Audio,
    Ebur128,
    measured,
    model_gated,
    model_lufs,
    model_windows,
)
from measurement.songs import busy

from appliance.demo.builtin import Band
from appliance.demo.charts import CHARTS, arrange
from appliance.measurement import measure_loudness
from appliance.measurement.loudness import integrated_lufs, momentary_lufs, range_edges_lufs, short_term_lufs

RATE_HZ = 48_000


def faded(x: Audio) -> Audio:
    ramp = np.interp(np.arange(len(x)), [0, 480, len(x) - 480, len(x)], [0, 1, 1, 0])
    return (x * ramp[:, np.newaxis]).astype(np.float32)


def changing(seed: int, rate_hz: int = RATE_HZ) -> Audio:
    """Sides that have little to do with each other, silences, and levels over 60 dB."""
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(random.integers(8, 15)):
        frames = round(rate_hz * random.uniform(0.3, 6.0))
        level = random.choice([0.0, 1.0], p=[0.15, 0.85]) * 10 ** (random.uniform(-60, -6, 2) / 20)
        parts.append(random.standard_normal((frames, 2)) * 0.3 * level)
    return faded(np.clip(band_limited(np.concatenate(parts), rate_hz, 16_000.0), -1, 1))


def music(number: int, seconds: float = 24.0) -> Audio:
    """The demo band, all tracks together."""
    tapes = Band(arrange(CHARTS[number], seconds), "tests").play()
    mix = np.sum(list(tapes.values()), axis=0)
    return faded(0.8 * mix / np.abs(mix).max())


SIGNALS = {
    "pink": lambda: faded(pink_noise(RATE_HZ, 30.0, channels=2)),
    "band 1": lambda: music(0),
    "band 2": lambda: music(1),
    "changing 1": lambda: changing(1),
    "changing 2": lambda: changing(2),
    "busy": lambda: faded(busy(30.0, 0.2)),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_libebur128_reads_the_same(name: str) -> None:
    """Its range is of a window every second; ours, of ten a second, is brought to its steps for the comparison."""
    x = SIGNALS[name]()
    hops = measured(x, RATE_HZ)
    other = Ebur128(RATE_HZ, 2)
    momentary, short_term = [], []
    for at in range(0, len(x) - 480 + 1, 480):
        other.add(x[at : at + 480])
        momentary.append(other.read("loudness_momentary"))
        if at // 480 % 10 == 9:
            short_term.append(other.read("loudness_shortterm"))
    lower, upper = range_edges_lufs(hops.weighted, step_hops=100)
    assert integrated_lufs(hops.weighted) == pytest.approx(other.read("loudness_global"), abs=0.05)
    assert upper - lower == pytest.approx(other.read("loudness_range"), abs=0.05)
    assert 20 * np.log10(hops.true_peak.max()) == pytest.approx(other.true_peak_db(), abs=0.1)
    compare_series(momentary_lufs(hops.weighted), np.array(momentary[39:]))
    compare_series(short_term_lufs(hops.weighted)[::10], np.array(short_term[29:]))
    other.close()


def compare_series(ours: Audio, theirs: Audio) -> None:
    assert len(ours) == len(theirs)
    loud = theirs > -70
    assert loud.sum() > 10
    np.testing.assert_allclose(ours[loud], theirs[loud], atol=0.05)


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_libebur128_reads_the_same_at_other_rates(rate_hz: int) -> None:
    x = changing(3, rate_hz)
    weighted = measured(x, rate_hz).weighted
    other = Ebur128(rate_hz, 2, Ebur128.I | Ebur128.LRA)
    other.add(x)
    lower, upper = range_edges_lufs(weighted, step_hops=100)
    assert integrated_lufs(weighted) == pytest.approx(other.read("loudness_global"), abs=0.05)
    assert upper - lower == pytest.approx(other.read("loudness_range"), abs=0.05)
    other.close()


def test_the_comparison_notices_a_tenth_of_a_decibel() -> None:
    x = changing(1)
    other = Ebur128(RATE_HZ, 2, Ebur128.I)
    other.add(x * np.float32(10 ** (0.1 / 20)))
    assert abs(integrated_lufs(measured(x, RATE_HZ).weighted) - other.read("loudness_global")) > 0.05
    other.close()


@pytest.mark.parametrize("name", ["band 1", "changing 1", "changing 2"])
def test_an_independent_model_reads_the_same(name: str) -> None:
    x = SIGNALS[name]()
    loudness = measure_loudness(measured(x, RATE_HZ).weighted)
    blocks = model_gated(model_windows(x, 0.4, 0.1), -10)
    windows = np.sort(model_gated(model_windows(x, 3.0, 0.1), -20))
    lower, upper = (model_lufs(np.quantile(windows, edge, method="nearest")) for edge in (0.10, 0.95))
    assert loudness.integrated_lufs == pytest.approx(model_lufs(blocks.mean()), abs=0.001)
    assert loudness.s95_lufs == pytest.approx(upper, abs=0.02)
    assert loudness.range_lu == pytest.approx(upper - lower, abs=0.03)
    assert loudness.max_momentary_lufs == pytest.approx(model_lufs(model_windows(x, 0.4, 0.01).max()), abs=0.001)


def test_s95_is_the_loud_section_and_not_one_hit() -> None:
    """Verse 12 LU below the chorus, which is 30 % of the song; then one hit of 1 s, 10 dB above all."""
    noise = pink_noise(RATE_HZ, 100.0).reshape(-1, 1)
    song = noise * np.where(np.arange(len(noise)) < 70 * RATE_HZ, 0.25, 1.0)[:, np.newaxis]
    hit = song.copy()
    hit[20 * RATE_HZ : 21 * RATE_HZ] = noise[20 * RATE_HZ : 21 * RATE_HZ] * 10 ** (10 / 20)
    chorus = measure_loudness(measured(noise, RATE_HZ).weighted)
    plain, struck = (measure_loudness(measured(x, RATE_HZ).weighted) for x in (song, hit))
    assert plain.s95_lufs == pytest.approx(chorus.s95_lufs, abs=0.2)
    assert struck.s95_lufs == pytest.approx(plain.s95_lufs, abs=0.2)
    assert struck.max_short_term_lufs - plain.max_short_term_lufs > 3
    assert plain.s95_lufs - plain.integrated_lufs > 1


def test_louder_is_louder_by_as_much() -> None:
    x = music(0, 20.0)
    soft, loud = (measure_loudness(measured(x * gain, RATE_HZ).weighted) for gain in (0.5, 1.0))
    for name in ("integrated_lufs", "s95_lufs", "max_short_term_lufs", "max_momentary_lufs"):
        assert getattr(loud, name) - getattr(soft, name) == pytest.approx(6.02, abs=0.02)
    assert loud.range_lu == pytest.approx(soft.range_lu, abs=0.02)


def test_one_channel_is_3_lu_quieter_than_the_same_on_both_sides() -> None:
    mono = pink_noise(RATE_HZ, 5.0)[:, :1]
    one = measure_loudness(measured(mono, RATE_HZ).weighted)
    two = measure_loudness(measured(np.repeat(mono, 2, axis=1), RATE_HZ).weighted)
    assert two.integrated_lufs - one.integrated_lufs == pytest.approx(3.01, abs=0.001)


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 2.99])
def test_silence_and_what_is_too_short_have_no_loudness(seconds: float) -> None:
    silence = measure_loudness(measured(np.zeros((round(seconds * RATE_HZ), 2)), RATE_HZ).weighted)
    assert silence.integrated_lufs is silence.s95_lufs is silence.range_lu is silence.max_momentary_lufs is None
    tone = measure_loudness(measured(np.full((round(seconds * RATE_HZ), 1), 0.1), RATE_HZ).weighted)
    assert (tone.max_momentary_lufs is None) == (seconds < 0.4)
    assert tone.max_short_term_lufs is None
