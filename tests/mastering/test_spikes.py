"""Bursts are found, and nothing that comes again is taken for one."""

import numpy as np
import pytest

from appliance.mastering.spikes import RISE_DB, find_spikes, ordinary_db, windows_db

RATE = 48_000
HOP = RATE // 100


def levels_of(samples: np.ndarray) -> np.ndarray:
    hops = len(samples) // HOP
    energy = np.square(samples[: hops * HOP]).reshape(hops, HOP).sum(axis=1)
    return windows_db(energy[np.newaxis], RATE)


def noise(seconds: float, level_db: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 10 ** (level_db / 20)


def with_burst(samples: np.ndarray, at_s: float, length_s: float, rise_db: float) -> np.ndarray:
    out = samples.copy()
    out[round(at_s * RATE) : round((at_s + length_s) * RATE)] *= 10 ** (rise_db / 20)
    return out


def test_steady_noise_is_its_own_level() -> None:
    assert ordinary_db(levels_of(noise(20, -30))) == pytest.approx(-30, abs=0.6)


@pytest.mark.parametrize("length_s", [0.05, 0.2, 1.0])
def test_a_burst_is_found_where_it_is_and_does_not_move_what_is_ordinary(length_s: float) -> None:
    quiet = noise(20, -40)
    levels = levels_of(with_burst(quiet, 7.3, length_s, 20))
    assert ordinary_db(levels) == pytest.approx(ordinary_db(levels_of(quiet)), abs=0.2)
    (spike,) = find_spikes(levels)
    assert spike.at_s == pytest.approx(7.3, abs=length_s + 0.05)
    assert spike.over_db == pytest.approx(20, abs=1.5)


def test_two_bursts_are_two_unless_they_are_one() -> None:
    samples = with_burst(with_burst(noise(30, -40), 5, 0.1, 20), 22, 0.1, 15)
    assert [round(spike.at_s) for spike in find_spikes(levels_of(samples))] == [5, 22]
    close = with_burst(with_burst(noise(30, -40), 5, 0.1, 20), 5.4, 0.1, 18)
    assert len(find_spikes(levels_of(close))) == 1


def test_less_than_the_rise_is_music() -> None:
    assert find_spikes(levels_of(with_burst(noise(20, -40), 7, 0.3, RISE_DB - 1))) == ()
    assert find_spikes(levels_of(with_burst(noise(20, -40), 7, 0.3, RISE_DB + 1))) != ()


def test_what_comes_again_is_ordinary() -> None:
    """A chorus, a click, the phrases of a guide: loud now and then, all song long."""
    phrases = noise(60, -70)
    for at_s in (3, 20, 41):
        phrases = with_burst(phrases, at_s, 0.8, 45)
    assert find_spikes(levels_of(phrases)) == ()
    assert find_spikes(levels_of(with_burst(phrases, 30, 0.1, 62))) != ()


def test_one_single_phrase_and_silence() -> None:
    assert find_spikes(levels_of(with_burst(noise(20, -120), 7, 0.8, 90))) == ()
    assert find_spikes(levels_of(np.zeros(20 * RATE))) == ()
    assert find_spikes(np.zeros(0)) == ()
    assert ordinary_db(levels_of(np.zeros(20 * RATE))) is None
