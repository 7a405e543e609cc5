"""Every signal of EBU Tech 3341 and 3342 that can be synthesised, with the published tolerances."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from measurement.ebu import NAMES, Case, Check, cases
from measurement.meters import measured

from appliance.kernel import Hops
from appliance.measurement.loudness import (
    STEP_HOPS,
    integrated_lufs,
    momentary_lufs,
    range_edges_lufs,
    short_term_lufs,
)

RATES_HZ = (44_100, 48_000, 88_200, 96_000)
THEIRS = Path(__file__).parents[3] / "shared" / "ebu" / "ebu_signals.py"


def readings(check: Check, hops: Hops, weights: tuple[float, ...], step_hops: int = 1) -> list[float]:
    """One number, or all within the check's span; ``step_hops`` apart on a meter that looks less often."""
    if check.reading == "TP":
        return [20 * np.log10(float(hops.true_peak.max()))]
    weighted = hops.weighted * np.array(weights)[:, np.newaxis]
    if check.reading == "I":
        return [integrated_lufs(weighted)]
    if check.reading == "LRA":
        lower, upper = range_edges_lufs(weighted)
        return [upper - lower]
    window, how = check.reading.split()
    series = momentary_lufs(weighted) if window == "M" else short_term_lufs(weighted)
    ends_s = (np.arange(len(series)) + (40 if window == "M" else 300)) / 100
    start_s, end_s = check.span_s or (0.0, np.inf)
    within = series[(ends_s >= start_s - 1e-9) & (ends_s <= end_s + 1e-9)][::step_hops]
    return {"end": [within[-1]], "max": [within.max()], "all": list(within)}[how]


def failures(case: Case, rate_hz: int, step_hops: int = 1) -> list[str]:
    hops = measured(case.samples, rate_hz, block_s=4)
    return [
        f"{case.name} at {rate_hz} Hz: {check.reading} {value:.2f} for {check.expected}"
        for check in case.checks
        for value in readings(check, hops, case.weights, step_hops)
        if not check.holds(value)
    ]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("name", NAMES)
def test_within_the_published_tolerances(name: str, rate_hz: int) -> None:
    for case in cases(name, rate_hz):
        assert failures(case, rate_hz) == []


@pytest.mark.parametrize("name", ["3341-13", "3341-14"])
def test_a_meter_that_looks_every_100_ms_fails(name: str) -> None:
    assert [failure for case in cases(name, 48_000) for failure in failures(case, 48_000, STEP_HOPS)]


def test_a_meter_without_gates_fails() -> None:
    (case,) = cases("3341-3", 48_000)
    ungated = -0.691 + 10 * np.log10(measured(case.samples, 48_000).weighted.sum(axis=0).mean())
    assert not case.checks[0].holds(ungated)


@pytest.mark.parametrize("name", ["3341-16", "3341-17", "3341-18", "3341-19", "3341-21", "3341-23"])
def test_a_sample_peak_fails_as_a_true_peak(name: str) -> None:
    (case,) = cases(name, 48_000)
    assert not case.checks[0].holds(20 * np.log10(np.abs(case.samples).max()))


def test_a_range_without_its_gate_fails() -> None:
    (case,) = cases("3342-4", 48_000)
    series = short_term_lufs(measured(case.samples, 48_000).weighted)
    lower, upper = np.percentile(series, [10, 95])
    assert not case.checks[0].holds(float(upper - lower))


@pytest.fixture(scope="module")
def theirs() -> ModuleType:
    if not THEIRS.exists():
        pytest.skip(f"the other generator is not beside the repository: {THEIRS}")
    spec = importlib.util.spec_from_file_location("ebu_signals", THEIRS)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["ebu_signals"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [(name, 48_000) for name in NAMES] + [("3341-5", 44_100), ("3341-13", 44_100), ("3341-20", 44_100)],
)
def test_another_generator_makes_the_same_samples(name: str, rate_hz: int, theirs: ModuleType) -> None:
    others = theirs.generate(name, rate_hz)
    for ours, other in zip(cases(name, rate_hz), others, strict=True):
        assert ours.samples.shape == other.audio.shape
        np.testing.assert_allclose(ours.samples, other.audio, rtol=0, atol=1e-9)
        expected = sorted((e.value, e.minus, e.plus) for e in other.expect)
        np.testing.assert_allclose(sorted((c.expected, *c.tolerance) for c in ours.checks), expected)


def test_every_case_of_the_other_generator_is_here(theirs: ModuleType) -> None:
    assert set(theirs.cases()) == set(NAMES)
