"""What the engine tells of its schedule and its slots, and taking a segment off it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from booth import BLOCK, Booth, coded, write_song

from appliance.messages import Cancel, Cut, Scheduled


@pytest.fixture
def booth(tmp_path: Path) -> Iterator[Booth]:
    booth = Booth()
    booth.load(3, write_song(tmp_path / "a.song", coded(20_000)))
    yield booth
    booth.close()


def test_the_schedule_is_told_in_the_order_of_time(booth: Booth) -> None:
    booth.schedule(2, 3, at=50 * BLOCK, song_frame=100, frames=500)
    booth.schedule(1, 3)
    assert booth.engine.status().schedule == (
        Scheduled(1, 3, 0, 0, 20_000, False),
        Scheduled(2, 3, 50 * BLOCK, 100, 500, False),
    )
    booth.steps(4)
    assert not booth.do(Cut, fade_frames=300)
    assert booth.engine.status().schedule == (Scheduled(1, 3, 0, 0, 4 * BLOCK + 300, True),)
    booth.steps(3)
    assert booth.engine.status().schedule == ()


def test_a_slot_tells_its_file(booth: Booth, tmp_path: Path) -> None:
    assert [slot.path for slot in booth.engine.status().slots if slot.path] == [str(tmp_path / "a.song")]


def test_a_segment_that_has_not_begun_can_be_cancelled_and_no_other(booth: Booth) -> None:
    booth.schedule(1, 3, frames=2_000)
    booth.schedule(2, 3, at=3_000, song_frame=10_000, frames=1_000)
    booth.schedule(3, 3, at=5_000, song_frame=15_000, frames=1_000)
    booth.steps(2)
    for number in (1, 2, 99):  # one that sounds, one that waits, one that is not there
        assert not booth.do(Cancel, segment=number)
    assert booth.do(Cancel, segment=-1)
    booth.steps(30)
    heard = booth.heard()[:, 0]
    assert np.array_equal(heard[:2_000], np.arange(1, 2_001))
    assert not heard[2_000:5_000].any()
    assert heard[5_000] == 15_001
