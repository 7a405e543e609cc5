"""The whole kernel against the independent model, output by output, and its tables against their formulas."""

import re
from pathlib import Path

import numpy as np
import pytest
from analysis import pink_noise, signal_to_error_db
from oracle import BusSpec, chain_delay, model_chain
from oracle import EqBand as ModelBand
from scenes import kernel_of, play

from appliance.settings import EqBand, EqType
from appliance.vocabulary import Role

WIDTHS = (2, 1, 2, 1, 1, 2)
STEMS = 6
GAIN_TYPES = {EqType.PEAK, EqType.LOW_SHELF, EqType.HIGH_SHELF}
TAPS_PATH = Path(__file__).parents[2] / "native" / "src" / "detector_taps.c"


def random_bands(random: np.random.Generator) -> list[EqBand]:
    bands = []
    for _ in range(int(random.integers(0, 5))):
        kind = list(EqType)[random.integers(len(EqType))]
        passes = kind in {EqType.HIGH_PASS, EqType.LOW_PASS}
        low, high = {EqType.HIGH_PASS: (20, 200), EqType.LOW_PASS: (4_000, 18_000)}.get(kind, (20, 18_000))
        bands.append(
            EqBand(
                type=kind,
                frequency_hz=float(np.exp(random.uniform(np.log(low), np.log(high)))),
                gain_db=float(random.uniform(-9, 6)) if kind in GAIN_TYPES else 0.0,
                q=float(random.uniform(0.5, 3)),
                order=int(random.integers(1, 5)) if passes else 2,
            )
        )
    return bands


def error_by_piece_db(heard: np.ndarray, expected: np.ndarray, frames: int) -> np.ndarray:
    """The error of each piece of so many frames, relative to the power of the whole output."""
    whole = len(heard) // frames * frames
    error = np.mean(((heard - expected)[:whole] ** 2).reshape(-1, frames), axis=1)
    return 10 * np.log10(error / np.mean(expected**2) + 1e-30)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_each_output_is_the_models_to_120_db(rate_hz: int, short: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    stems = np.rint(pink_noise(rate_hz, 1.0, STEMS, rms_db=-20.0, seed=seed) * 2**23).astype(np.int64)
    kernel = kernel_of(rate_hz, WIDTHS, outputs=10, short_lookahead=short)
    gains = random.uniform(-1.5, 1.5, (STEMS, sum(WIDTHS))).astype(np.float32)
    gains[random.random(gains.shape) < 0.3] = 0.0
    patch: list[int | None] = [int(channel) for channel in random.permutation(sum(WIDTHS))] + [None]
    kernel.set_song(0, [Role.TRACK] * STEMS)
    kernel.set_gains(0, gains, 0)
    buses = []
    for bus, width in enumerate(WIDTHS):
        bands, trim_db, ceiling_db = random_bands(random), float(random.uniform(-12, 6)), float(random.uniform(-12, 0))
        kernel.set_eq(bus, bands, 0)
        kernel.set_trim_db(bus, trim_db, 0)
        kernel.set_limiter(bus, ceiling_db, 80.0)
        guard_db = float(random.uniform(-26, -10)) if bus % 2 else None
        kernel.set_guard_dbfs(bus, guard_db)
        bands = [ModelBand(b.type.value, b.frequency_hz, b.gain_db, b.q, b.order) for b in bands]
        buses.append(BusSpec(width, trim_db, bands, ceiling_db, guard_dbfs=guard_db))
    for output, channel in enumerate(patch):
        kernel.set_patch(output, channel)
    lookahead_ms = 1.3 if short else 2.6
    expected = model_chain(stems, gains, buses, rate_hz, patch, lookahead_ms=lookahead_ms)
    assert kernel.latency_frames == chain_delay(rate_hz, lookahead_ms)
    heard = play(kernel, stems) / 2**31
    for output in range(9):
        # The limiter lets its gain rise when a threshold is passed. In single precision that may be one tick of eight
        # frames sooner or later than in the model, and the smoothing then differs by less than 1e-4 for 3 ms.
        pieces_db = error_by_piece_db(heard[:, output], expected[:, output], rate_hz // 100)
        assert np.mean(pieces_db < -120.0) >= 0.9, output
        assert signal_to_error_db(heard[:, output], expected[:, output]) > 100.0, output
    assert not np.any(heard[:, 9])
    assert any(bus.gain < 0.9 for bus in kernel.meters().buses), "something must be limited"


@pytest.mark.parametrize(("name", "beta"), [("beta_3", 3.0), ("beta_1_5", 1.5)])
def test_the_detectors_taps_are_their_formula(name: str, beta: float) -> None:
    table = TAPS_PATH.read_text(encoding="utf-8").split(f"detector_{name} = ")[1].split("};")[0]
    rows = {
        row: np.array([float(number) for number in re.findall(r"(-?[\d.]+)f", numbers)])
        for row, numbers in re.findall(r"\.(\w+) = \{([^}]*)\}", table)
    }
    taps = []
    for phase in (1, 2):
        distance = np.arange(-5, 7) - phase / 4
        one = np.sinc(distance) * np.i0(beta * np.sqrt(1 - (distance / 6) ** 2))
        taps.append(one / np.sum(one))
    quarter, half = taps
    exact = {"even": quarter + quarter[::-1], "odd": quarter - quarter[::-1], "half": 2 * half}
    assert {row: len(numbers) for row, numbers in rows.items()} == dict.fromkeys(exact, 6)
    for row, numbers in rows.items():
        assert numbers == pytest.approx(exact[row][:6] / 2, abs=4e-8), row
