"""Gains: where they land, how they get there, and what they can never do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import kernel_of, pack24, play, unpack

from appliance.kernel import Kernel, SampleFormat, Voice
from appliance.settings import BusKind
from appliance.vocabulary import Role

ONE = 2**22
"""A constant stem at half of full scale."""


def steady(kernel: Kernel, frames: int) -> np.ndarray:
    """The next frames of a constant stem, in units of the stem; the kernel's delay is not taken off."""
    raw = kernel.render([Voice(pack24(np.full((frames, 1), ONE)), 0, 0, frames)], frames)
    return unpack(raw, SampleFormat.S32_LE, kernel.outputs) / 2**30


@pytest.mark.parametrize("ramp", [1, 2, 63, 64, 65, 480, 1_000])
def test_a_ramp_lands_exactly_and_not_before(ramp: int) -> None:
    kernel = kernel_of(widths=[1])
    kernel.set_song(0, [Role.TRACK])
    kernel.set_gains(0, np.array([[0.25]]), 0)
    steady(kernel, 1_000)
    kernel.set_gains(0, np.array([[0.8125]]), ramp)
    y = np.concatenate([steady(kernel, 3) for _ in range(700)])[kernel.latency_frames :, 0]
    assert y[0] == 0.25, "the first frame stands where the gain was"
    assert np.all(y[ramp:] == 0.8125)
    assert np.all(y[: ramp - ramp // 20] < 0.8125)
    assert np.all(np.diff(y) >= 0)
    t = 1 - np.arange(ramp) / ramp
    assert y[:ramp] == pytest.approx(0.8125 - 0.5625 * t**3 * (10 - 15 * t + 6 * t * t), abs=2e-7)


def test_a_ramp_that_is_turned_back_on_its_way_goes_on_from_where_it_is() -> None:
    kernel = kernel_of(widths=[1, 1])
    kernel.set_song(0, [Role.TRACK])
    out = []
    for target, frames in ((1.0, 200), (0.0, 133), (0.7, 17), (0.7, 300), (0.1, 1_500)):
        kernel.set_gains(0, np.array([[target, 1.0 - target]]), 480)
        kernel.set_trim_db(1, -20.0 * target, 300)
        out.append(steady(kernel, frames))
    y = np.vstack(out)[kernel.latency_frames :]
    assert np.max(np.abs(np.diff(y, axis=0))) < 1.1 * 1.875 / 300, "no step is larger than the curve's steepest"
    assert np.all(y[-10:, 0] == np.float32(0.1))


ROLES = st.lists(st.sampled_from(list(Role)), min_size=1, max_size=64)


@settings(max_examples=150, deadline=None)
@given(
    songs=st.lists(ROLES, min_size=1, max_size=3),
    kinds=st.lists(st.tuples(st.integers(1, 2), st.sampled_from(list(BusKind))), min_size=1, max_size=16),
    seed=st.integers(0, 2**32 - 1),
    ramp=st.integers(0, 700),
)
def test_only_tracks_reach_the_house_whatever_the_gains_say(songs, kinds, seed, ramp) -> None:
    """Each song takes the slot of the one before, in the middle of its ramps."""
    random = np.random.default_rng(seed)
    house = [kind is BusKind.HOUSE for width, kind in kinds for _ in range(width)]
    kernel = Kernel(48_000, kinds, len(house))
    for output in range(len(house)):
        kernel.set_patch(output, output)
    for roles in songs:
        kernel.set_song(0, roles)
        stems = random.integers(-(2**23), 2**23, (900, len(roles)))
        stems[:, [role is Role.TRACK for role in roles]] = 0
        shape = (len(roles), len(house))
        before = random.uniform(-64, 64, shape).astype(np.float32)
        kernel.set_gains(0, before, ramp)
        raw = pack24(stems)
        out = [kernel.render([Voice(raw[: 300 * 3 * len(roles)], 0, 0, 300)], 300)]
        kernel.set_gains(0, random.uniform(-64, 64, shape).astype(np.float32), ramp)
        out.append(kernel.render([Voice(raw[300 * 3 * len(roles) :], 0, 0, 600)], 600))
        heard = np.abs(unpack(b"".join(out), SampleFormat.S32_LE, len(house))).max(axis=0)
        assert not np.any(heard[house])
        if any(role is not Role.TRACK for role in roles):
            assert np.all(heard[~np.array(house)] > 0)


def test_a_new_song_is_silent_until_it_gets_gains() -> None:
    kernel = kernel_of(widths=[2])
    kernel.set_song(0, [Role.TRACK])
    kernel.set_gains(0, np.ones((1, 2)), 0)
    assert np.any(play(kernel, np.full((500, 1), ONE)))
    kernel.set_song(0, [Role.TRACK])
    assert not np.any(play(kernel, np.full((500, 1), ONE))[kernel.latency_frames :])


def test_slots_have_gains_of_their_own_and_voices_add_up() -> None:
    kernel = kernel_of(widths=[1])
    for slot, gain in ((0, 0.5), (7, 0.125)):
        kernel.set_song(slot, [Role.TRACK])
        kernel.set_gains(slot, np.array([[gain]]), 0)
    frames = pack24(np.full((400, 1), ONE))
    voices = [Voice(frames, 0, 0, 400), Voice(frames, 7, 100, 200), Voice(frames, 7, 150, 250)]
    late = kernel.latency_frames
    out = unpack(kernel.render(voices, 400) + kernel.render([], late), SampleFormat.S32_LE, 1)[late:, 0] / 2**30
    assert out.tolist() == [0.5] * 100 + [0.625] * 50 + [0.75] * 150 + [0.625] * 100


@pytest.mark.parametrize("bad", [np.nan, np.inf, 65.0, -65.0])
def test_gains_and_trims_that_no_desk_has_are_refused(bad: float) -> None:
    kernel = kernel_of(widths=[2])
    kernel.set_song(0, [Role.TRACK])
    with pytest.raises(ValueError, match="refused"):
        kernel.set_gains(0, np.array([[1.0, bad]]), 0)
    with pytest.raises(ValueError, match="refused"):
        kernel.set_gains(1, np.ones((1, 2)), 0)
    with pytest.raises(ValueError, match="bus channels"):
        kernel.set_gains(0, np.ones((1, 3)), 0)
    with pytest.raises(ValueError, match="refused"):
        kernel.set_song(0, [Role.TRACK] * 65)
    assert not np.any(play(kernel, np.full((500, 1), ONE)))


@pytest.mark.parametrize(
    "more",
    [
        {"rate_hz": 32_000}, {"rate_hz": 44_150}, {"rate_hz": 384_000}, {"widths": [3]}, {"widths": [2] * 17},
        {"widths": [1] * 33}, {"widths": []}, {"outputs": 0}, {"outputs": 65}, {"hold_ms": -1.0}, {"hold_ms": 16.0},
        {"hold_ms": float("nan")},
    ],
)  # fmt: skip
def test_a_kernel_that_cannot_be_is_refused(more: dict) -> None:
    with pytest.raises(ValueError, match=r"no such kernel|too many"):
        kernel_of(**more)
