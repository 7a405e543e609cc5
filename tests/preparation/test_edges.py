"""Stems that end before their song: no click, and nothing else changed."""

import numpy as np
import pytest

from appliance.preparation.edges import eased_end

RATE = 48_000
TAIL = RATE // 200


def blocks_of(samples: np.ndarray, size: int) -> list[np.ndarray]:
    return [samples[start : start + size] for start in range(0, len(samples), size)]


def tone(frames: int) -> np.ndarray:
    """Ends at the top of its wave."""
    return np.cos(2 * np.pi * 100 * (np.arange(frames) - frames) / RATE)[:, np.newaxis] * [0.5, 0.0]


@pytest.mark.parametrize("size", [1, 7, 100, TAIL, TAIL + 1, 5000])
def test_an_end_in_mid_wave_comes_to_rest(size: int) -> None:
    samples = tone(1200)
    eased = np.concatenate(list(eased_end(blocks_of(samples, size), RATE)))
    assert eased.shape == samples.shape
    np.testing.assert_array_equal(eased[:-TAIL], samples[:-TAIL])
    assert abs(eased[-1, 0]) < 1e-3 < abs(samples[-1, 0])
    steps = np.abs(np.diff(np.concatenate([eased[:, 0], [0.0]])))
    assert steps.max() < 2 * np.abs(np.diff(samples[:, 0])).max()


def test_an_end_at_rest_is_left_as_it_is() -> None:
    samples = tone(1200)
    samples[-1] = 0.003
    eased = np.concatenate(list(eased_end(blocks_of(samples, 256), RATE)))
    np.testing.assert_array_equal(eased, samples)


def test_less_than_a_tail_and_nothing_at_all() -> None:
    assert list(eased_end([], RATE)) == []
    short = np.ones((10, 2))
    eased = np.concatenate(list(eased_end([short], RATE)))
    assert eased.shape == short.shape
    assert eased[-1, 0] < 0.1 < eased[0, 0]
