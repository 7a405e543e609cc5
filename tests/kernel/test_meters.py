"""The meters of a bus against the standards' own signals and against a model in double precision."""

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from analysis import pink_noise, sine
from scenes import kernel_of
from scipy.signal import sosfilt

from appliance.kernel import Kernel, Meters

EBU_PATH = Path(__file__).parents[3] / "shared" / "ebu" / "ebu_signals.py"
HOP_S = 0.01
LIVE_CASES = [*(f"3341-{n}" for n in (1, 2, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23))]
HALF = 0.5
"""Signals up to +3 dBTP go in 6 dB lower, since a bus holds them below 0; it is added to what is read."""

# BS.1770-5 tables 1 and 2, at 48 kHz.
K_WEIGHTING_48K = [
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
]


def ebu() -> ModuleType:
    if not EBU_PATH.exists():
        pytest.skip(f"the EBU signals are not beside the repository: {EBU_PATH}")
    name = "ebu_signals"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, EBU_PATH)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def readings(kernel: Kernel, x: np.ndarray) -> list[Meters]:
    """What the meters show after each 10 ms."""
    hop = round(kernel.rate_hz * HOP_S)
    x = np.ascontiguousarray(x, np.float32)
    out = []
    for at in range(0, len(x) - hop + 1, hop):
        kernel.render_buses(x[at : at + hop])
        out.append(kernel.meters())
    return out


@pytest.mark.parametrize("rate_hz", [48_000, 44_100])
@pytest.mark.parametrize("case", LIVE_CASES)
def test_ebu_tech_3341(case: str, rate_hz: int) -> None:
    for part in ebu().generate(case, rate_hz):
        kernel = kernel_of(rate_hz, [2])
        late_s = kernel.latency_frames / rate_hz
        shown = readings(kernel, np.vstack([part.audio * HALF, np.zeros((round(rate_hz * 0.02), 2))]))
        levels = {
            "M": np.array([m.buses[0].momentary_lufs for m in shown]) - 20 * math.log10(HALF),
            "S": np.array([m.buses[0].short_term_lufs for m in shown]) - 20 * math.log10(HALF),
            "TP": 20 * np.log10(np.array([m.buses[0].true_peak for m in shown]) / HALF + 1e-30),
        }
        at_s = (np.arange(len(shown)) + 1) * HOP_S - late_s
        end_s = len(part.audio) / rate_hz
        for expect in part.expect:
            metric, _, how = expect.metric.partition("_")
            if metric == "I":
                continue  # a measure of whole programmes, which a live meter does not show
            start_s, stop_s = expect.when or (0.0, end_s + HOP_S)
            after_s = HOP_S if how == "max" else 0.0
            seen = levels[metric][(at_s >= start_s) & (at_s <= stop_s + after_s)]
            if how == "end":
                seen = levels[metric][(at_s > end_s - HOP_S) & (at_s <= end_s)]
            values = [np.max(seen)] if how == "max" else list(seen)
            assert values
            assert all(expect.ok(value) for value in values), (part.name, expect, min(values), max(values))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("level_db", [-23.0, -60.0])
def test_997_hz_reads_3_lu_below_its_peak(rate_hz: int, level_db: float) -> None:
    """BS.1770: 997 Hz at 0 dBFS in one channel is -3.01 LKFS."""
    kernel = kernel_of(rate_hz, [1])
    bus = readings(kernel, sine(997.0, rate_hz, 3.5, 10 ** (level_db / 20))[:, np.newaxis])[-1].buses[0]
    assert bus.momentary_lufs == pytest.approx(level_db - 3.01, abs=0.04)
    assert bus.short_term_lufs == pytest.approx(level_db - 3.01, abs=0.04)
    assert 10 * math.log10(bus.mean_square) == pytest.approx(level_db - 3.0103, abs=0.01)
    assert 20 * math.log10(bus.true_peak) == pytest.approx(level_db, abs=0.05)


def test_k_weighting_is_the_standards_table() -> None:
    """Each meter is linear in power, so tones through the table say what each frequency must read."""
    rate_hz = 48_000
    frequencies_hz = (30.0, 60.0, 120.0, 400.0, 1_000.0, 2_000.0, 4_000.0, 10_000.0, 18_000.0)
    x = np.stack([sine(f, rate_hz, 1.0, 0.25) for f in frequencies_hz], axis=1)
    shown = readings(kernel_of(rate_hz, [1] * len(frequencies_hz)), x)[-1]
    late = kernel_of().latency_frames
    for bus, column in zip(shown.buses, x.T, strict=True):
        weighted = sosfilt(K_WEIGHTING_48K, np.concatenate([np.zeros(late), column]).astype(np.float32))
        expected = np.mean(weighted[rate_hz - 19_200 : rate_hz] ** 2)
        assert 10 * math.log10(bus.momentary / expected) == pytest.approx(0.0, abs=1e-4)


def test_every_number_against_a_model() -> None:
    rate_hz, hop = 48_000, 480
    kernel = kernel_of(rate_hz, [2, 1])
    kernel.set_limiter(0, -6.0, 50.0)
    x = pink_noise(rate_hz, 4.0, 3, rms_db=-16.0) * np.linspace(0.2, 2.0, 4 * rate_hz)[:, np.newaxis]
    shown, heard = [], []
    for at in range(0, len(x), hop):
        heard.append(kernel.render_buses(x[at : at + hop].astype(np.float32)))
        shown.append(kernel.meters())
    y = np.vstack(heard).astype(np.float64)
    weighted = sosfilt(K_WEIGHTING_48K, y, axis=0)
    for number in range(310, 400, 7):
        meters, end = shown[number], (number + 1) * hop
        assert meters.frame == end
        for bus, channels in zip(meters.buses, ([0, 1], [2]), strict=True):
            recent, long = slice(end - 19_200, end), slice(end - 144_000, end)
            assert bus.sample_peak == np.max(np.abs(y[end - 4_800 : end, channels]))
            assert bus.mean_square == pytest.approx(np.mean(y[recent, channels] ** 2), rel=1e-6)
            assert bus.momentary == pytest.approx(np.sum(np.mean(weighted[recent, channels] ** 2, axis=0)), rel=1e-6)
            assert bus.short_term == pytest.approx(np.sum(np.mean(weighted[long, channels] ** 2, axis=0)), rel=1e-6)
            assert bus.true_peak >= bus.sample_peak


def test_gain_reduction_is_the_smallest_factor_of_100_ms() -> None:
    rate_hz = 48_000
    kernel = kernel_of(rate_hz, [1, 1])
    kernel.set_limiter(0, -6.0, 20.0)
    x = np.full((rate_hz, 2), 0.9)
    x[rate_hz // 2 :] = 0.1
    x[:, 1] = 0.5
    shown = [m.buses for m in readings(kernel, x)]
    needed = 10 ** (-6 / 20) / 0.9
    assert shown[30][0].gain == pytest.approx(needed, rel=2e-3)
    assert shown[52][0].gain < needed * 1.002, "the edge that falls is louder between its samples"
    assert shown[-1][0].gain == 1.0
    assert all(buses[1].gain == 1.0 for buses in shown)


def test_silence_reads_as_silence_after_a_loud_evening() -> None:
    """The sums are kept by adding and taking away; what rounding leaves in them may not show."""
    kernel = kernel_of(widths=[2])
    readings(kernel, pink_noise(48_000, 10.0, 2, rms_db=-12.0))
    bus = readings(kernel, np.zeros((4 * 48_000, 2)))[-1].buses[0]
    assert (bus.sample_peak, bus.true_peak, bus.mean_square) == (0.0, 0.0, 0.0)
    assert bus.momentary_lufs < -150.0
    assert bus.short_term_lufs < -120.0
