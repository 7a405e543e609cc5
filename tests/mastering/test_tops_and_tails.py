"""Where a song begins and ends: never inside anything that is heard."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.mastering.edges import SILENT, find_sounding, region

RATE = 48_000
HOP = RATE // 100


def peaks(*parts: tuple[int, float]) -> np.ndarray:
    return np.concatenate([np.full(hops, level, np.float32) for hops, level in parts])


def test_silence_is_trimmed_to_what_is_asked_for() -> None:
    heard = peaks((400, 0.0), (1000, 0.5), (600, 0.0))
    found = region(find_sounding(heard), len(heard) * HOP, RATE, lead_in_s=0.25, tail_s=0.5)
    assert found.start == 4 * RATE - RATE // 4
    assert found.end == 14 * RATE + RATE // 2
    assert found.fade_out == RATE // 2


def test_a_reverb_that_decays_is_faded_and_music_is_not() -> None:
    heard = peaks((1000, 0.5), (150, 5e-4), (300, 0.0))
    found = region(find_sounding(heard), len(heard) * HOP, RATE, 0.25, 0.5)
    assert found.end == round(11.5 * RATE) + RATE // 2
    assert found.fade_out == 2 * RATE
    assert found.end - found.fade_out == 10 * RATE


def test_a_song_that_is_cut_off_is_eased_in_5_ms() -> None:
    heard = peaks((1000, 0.5))
    found = region(find_sounding(heard), len(heard) * HOP, RATE, 0.25, 0.5)
    assert (found.start, found.end) == (0, len(heard) * HOP)
    assert found.fade_out == RATE // 200
    assert found.fade_in == RATE // 2000


def test_a_silent_song_is_played_whole() -> None:
    found = region(find_sounding(peaks((500, 0.0))), 500 * HOP, RATE, 0.25, 0.5)
    assert (found.start, found.end) == (0, 500 * HOP)


@given(
    st.lists(st.tuples(st.integers(1, 300), st.sampled_from([0.0, 5e-5, 2e-4, 0.02, 1.0])), min_size=1, max_size=8),
    st.integers(0, HOP - 1),
    st.floats(0, 10),
    st.floats(0, 30),
)
def test_nothing_that_is_heard_is_cut_or_faded(
    parts: list[tuple[int, float]], short: int, lead_in_s: float, tail_s: float
) -> None:
    heard = peaks(*parts)
    frames = len(heard) * HOP - short
    found = region(find_sounding(heard), frames, RATE, lead_in_s, tail_s)
    assert 0 <= found.start < found.end <= frames
    loud = np.flatnonzero(heard > SILENT)
    if len(loud):
        assert found.start <= loud[0] * HOP
        assert found.end >= min(frames, (loud[-1] + 1) * HOP)
    music = np.flatnonzero(heard > 1e-3)
    if len(music):
        assert found.end - found.fade_out >= min(frames, (music[-1] + 1) * HOP) - RATE // 200
