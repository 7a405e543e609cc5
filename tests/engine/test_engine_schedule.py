"""What a listener hears of commands and segments, frame by frame."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from booth import BLOCK, LATENCY, Booth, coded, smooth, write_song

from appliance.messages import Cut, Schedule, Unload

Open = Callable[..., Booth]
FRAMES = 24_000
NO_SONG = np.zeros((0, 2), dtype=np.int64)


@pytest.fixture
def booth(open_booth: Open, tmp_path: Path) -> Booth:
    """Slot 0 and 1 hold songs whose words count from 1 and from 400001."""
    booth = open_booth()
    booth.load(0, write_song(tmp_path / "a.song", coded(FRAMES)))
    booth.load(1, write_song(tmp_path / "b.song", coded(FRAMES, 400_000)))
    return booth


def test_a_song_begins_with_the_very_next_block(booth: Booth) -> None:
    booth.steps(7)
    pressed_at = booth.clock
    booth.schedule(1, 0)
    booth.steps(4)
    out = booth.card.words()
    first = int(np.flatnonzero(out[:, 0])[0])
    assert first == pressed_at + LATENCY
    assert np.array_equal(booth.heard()[pressed_at:], coded(FRAMES)[: len(booth.heard()) - pressed_at])


def test_a_segment_begins_at_its_frame_and_nowhere_else(booth: Booth) -> None:
    at = 3 * BLOCK + 77
    booth.schedule(1, 0, at=at, song_frame=1_000, frames=501)
    booth.steps(10)
    heard = booth.heard()
    assert np.array_equal(heard[at : at + 501], coded(FRAMES)[1_000:1_501])
    assert not heard[:at].any()
    assert not heard[at + 501 :].any()


def test_a_jump_lands_on_its_frame(booth: Booth) -> None:
    """A jump is two segments that touch; nothing is lost or doubled at the seam."""
    booth.schedule(1, 0, at=0, frames=1_111)
    booth.schedule(2, 0, at=1_111, song_frame=9_000, frames=2_000)
    booth.steps(14)
    expected = np.vstack([coded(FRAMES)[:1_111], coded(FRAMES)[9_000:11_000]])
    assert np.array_equal(booth.heard()[:3_111], expected)
    assert not booth.heard()[3_111:].any()


def test_a_loop_is_the_same_segment_again_and_again(booth: Booth) -> None:
    for turn in range(5):
        booth.schedule(turn, 0, at=turn * 700, song_frame=50, frames=700)
    booth.steps(16)
    assert np.array_equal(booth.heard()[:3_500], np.vstack([coded(FRAMES)[50:750]] * 5))


def test_two_songs_follow_each_other_without_a_gap(booth: Booth) -> None:
    booth.schedule(1, 0, at=0)
    booth.schedule(2, 1, at=FRAMES)
    booth.steps(FRAMES // BLOCK + 10)
    expected = np.vstack([coded(FRAMES), coded(FRAMES, 400_000)])
    heard = booth.heard()
    assert np.array_equal(heard, expected[: len(heard)])
    assert len(heard) > FRAMES + 1_000


def test_a_crossfade_at_a_seam_keeps_the_power(open_booth: Open, tmp_path: Path) -> None:
    """Each side on its own channel, so that both curves are seen: sine and cosine of the same angle."""
    booth = open_booth()
    level = 500_000
    left, right = np.zeros((FRAMES, 2), np.int32), np.zeros((FRAMES, 2), np.int32)
    left[:, 0], right[:, 1] = level, level
    booth.load(0, write_song(tmp_path / "a.song", left))
    booth.load(1, write_song(tmp_path / "b.song", right))
    seam, fade = 2_003, 480
    booth.schedule(1, 0, at=0, frames=seam + fade, fade_out=fade, equal_power=True)
    booth.schedule(2, 1, at=seam, fade_in=fade, equal_power=True)
    booth.steps(16)
    heard = booth.heard()[: seam + fade + 500] / level
    angle = np.arange(fade) / fade * np.pi / 2
    assert np.allclose(heard[seam : seam + fade, 0], np.cos(angle), atol=1e-5)
    assert np.allclose(heard[seam : seam + fade, 1], np.sin(angle), atol=1e-5)
    assert np.allclose((heard**2).sum(axis=1), 1, atol=2e-5)


def test_a_cut_is_a_ramp_and_takes_the_future_off_the_schedule(open_booth: Open, tmp_path: Path) -> None:
    booth = open_booth()
    level, fade = 800_000, 2_400
    booth.load(0, write_song(tmp_path / "a.song", np.full((FRAMES, 2), level)))
    booth.schedule(1, 0, at=0)
    booth.schedule(2, 0, at=FRAMES + 10)
    booth.steps(5)
    at = booth.clock
    assert booth.engine.status().segments == 2
    assert not booth.do(Cut, fade_frames=fade)
    assert booth.engine.status().segments == 1
    booth.steps(120)
    ramp = booth.heard()[at : at + fade, 0] / level
    assert np.allclose(ramp, smooth(1 - np.arange(fade) / fade), atol=1e-5)
    assert not booth.heard()[at + fade :].any()
    status = booth.engine.status()
    assert (status.segments, status.playing, status.segment) == (0, False, 1)
    assert not booth.do(Unload, slot=0)


def test_a_later_cut_leaves_what_comes_before_it(booth: Booth) -> None:
    booth.schedule(1, 0, at=0)
    booth.do(Cut, at=1_000, fade_frames=0)
    booth.steps(8)
    assert np.array_equal(booth.heard()[:1_000], coded(FRAMES)[:1_000])
    assert not booth.heard()[1_000:].any()


def test_a_second_cut_may_only_be_faster(open_booth: Open, tmp_path: Path) -> None:
    """Two hands at the stop switch: no jump in level, and never longer than the first."""
    booth = open_booth()
    booth.load(0, write_song(tmp_path / "a.song", np.full((FRAMES, 2), 800_000)))
    booth.schedule(1, 0, at=0)
    booth.steps(1)
    booth.do(Cut, fade_frames=4 * BLOCK)
    booth.steps(2)
    booth.do(Cut, fade_frames=100 * BLOCK)
    booth.do(Cut, fade_frames=BLOCK)
    booth.steps(8)
    heard = booth.heard()[:, 0] / 800_000
    # Half the level in one block is 1/512 a frame, and 15/8 of that in the middle of the smooth curve.
    assert np.abs(np.diff(heard[BLOCK:])).max() < 0.0038
    assert abs(heard[3 * BLOCK] - 0.5) < 1e-3
    assert not heard[4 * BLOCK :].any()


def test_the_place_that_is_told_is_the_place_that_is_heard(booth: Booth) -> None:
    booth.schedule(7, 0, at=300, song_frame=5_000)
    booth.steps(9)
    status = booth.engine.status()
    assert (status.playing, status.segment, status.slot) == (True, 7, 0)
    assert status.song_frame == 5_000 + status.clock - 300
    assert booth.card.words()[-1, 0] == coded(FRAMES)[status.song_frame - 1 - LATENCY, 0]
    booth.steps(100)
    status = booth.engine.status()
    assert (status.playing, status.song_frame, status.segments) == (False, FRAMES, 0)


def test_the_schedule_holds_sixty_four_segments_and_says_when_it_is_full(booth: Booth) -> None:
    for number in range(64):
        booth.schedule(number, 0, at=10_000 + number)
    assert booth.engine.status().segments == 64
    assert booth.do(Schedule, segment=64, slot=0) == "The schedule is full."
    assert booth.engine.status().faults.refused_commands == 1
    booth.do(Cut, fade_frames=0)
    assert booth.engine.status().segments == 0
    booth.schedule(64, 0)
