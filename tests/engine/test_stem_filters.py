"""Stems' equalisers through the engine: a filter that waits shows to the frame who hears it and what it remembers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from booth import BLOCK, LATENCY, Booth, ScriptedCard, coded, smooth, wait_for, write_song

from appliance.kernel import SlotState
from appliance.messages import Load, SetEarsEqualised, SetEq, SetGains, SetStemEq, Unload

Open = Callable[..., Booth]
WAIT = 16
"""Eight sections of z^-2: the sample that comes out is exactly the one that went in so many frames before."""
WAITING = np.array([[0.0, 0, 1, 0, 0]] * 8, "<f8").tobytes()
BOTH = np.ones((1, 2), "<f4").tobytes()
SONG = coded(60_000, channels=1)


def opened(open_booth: Open, tmp_path: Path, card: ScriptedCard | None = None) -> Booth:
    """One track on both outputs, the house's and the ears', with a filter that waits."""
    booth = open_booth(card=card)
    booth.load(0, write_song(tmp_path / "a.song", SONG, ["track"]), BOTH)
    assert not booth.do(SetStemEq, slot=0, channel=0, sections=WAITING)
    return booth


def late(words: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(WAIT, int), words[:-WAIT]])


@pytest.mark.parametrize("on", [False, True])
def test_the_house_hears_it_and_ears_where_it_is_asked(open_booth: Open, tmp_path: Path, on: bool) -> None:
    booth = opened(open_booth, tmp_path)
    assert not booth.do(SetEarsEqualised, slot=0, on=on)
    booth.schedule(1, 0, at=1_001, song_frame=70)
    booth.steps(20)
    heard, song = booth.heard()[1_001:], SONG[70:, 0]
    assert not np.any(booth.heard()[:1_001])
    assert np.array_equal(heard[:, 0], late(song[: len(heard)]))
    assert np.array_equal(heard[:, 1], (late(song[: len(heard)]) if on else song[: len(heard)]))


def test_a_jump_has_two_memories(open_booth: Open, tmp_path: Path) -> None:
    """The old place fades out with its own past, the new one begins with none, whatever the fades cover."""
    booth = opened(open_booth, tmp_path)
    booth.schedule(1, 0, frames=3_000, fade_out=500)
    booth.schedule(2, 0, at=2_500, song_frame=30_000, fade_in=500)
    booth.steps(20)
    heard = booth.heard()[:, 0]
    t = np.arange(500) / 500
    old, new = late(SONG[:3_000, 0]).astype(float), late(SONG[30_000:35_000, 0]).astype(float)
    assert np.array_equal(heard[:2_500], old[:2_500])
    assert np.allclose(heard[2_500:3_000], old[2_500:] * smooth(1 - t) + new[:500] * smooth(t), atol=1.1)
    assert np.array_equal(heard[3_000:], new[500 : 500 + len(heard) - 3_000])


def test_a_segment_in_the_place_of_another_begins_with_nothing(open_booth: Open, tmp_path: Path) -> None:
    booth = opened(open_booth, tmp_path)
    for number, place in enumerate((0, 40_000)):
        booth.schedule(number, 0, at=2_000 * number, song_frame=place, frames=2_000)
        booth.steps(9)
    heard = booth.heard()[:, 0]
    assert np.array_equal(heard[:2_000], late(SONG[:2_000, 0]))
    begin = int(np.flatnonzero(heard > 30_000)[0]) - WAIT
    assert not np.any(heard[2_000 : begin + WAIT])
    assert np.array_equal(heard[begin : begin + 2_000], late(SONG[40_000:42_000, 0]))


def test_after_a_loss_nothing_of_before_is_left(open_booth: Open, tmp_path: Path) -> None:
    booth = opened(open_booth, tmp_path, ScriptedCard(losses={10: 1_000}))
    booth.schedule(1, 0)
    booth.steps(30)
    heard = booth.card.words()[10 * BLOCK + LATENCY :, 0]
    back = 11 * BLOCK + 1_000
    rest = np.minimum(np.arange(len(heard)) / 256, 1)
    assert not np.any(heard[:WAIT])
    assert np.allclose(heard, late(SONG[back : back + len(heard), 0]) * smooth(rest), atol=1.1)


def test_another_song_in_the_slot_is_plain_again(open_booth: Open, tmp_path: Path) -> None:
    booth = opened(open_booth, tmp_path)
    assert not booth.do(SetEarsEqualised, slot=0, on=True)
    booth.load(0, write_song(tmp_path / "b.song", SONG, ["track"]), BOTH)
    booth.schedule(1, 0)
    booth.steps(9)
    assert np.array_equal(booth.heard(), np.repeat(SONG[: len(booth.heard())], 2, axis=1))


def test_buses_filter_what_the_stems_have_become(open_booth: Open, tmp_path: Path) -> None:
    booth = opened(open_booth, tmp_path)
    assert not booth.do(SetEq, bus=0, sections=WAITING, glide_frames=0)
    booth.schedule(1, 0)
    booth.steps(9)
    heard = booth.heard()
    assert np.array_equal(heard[2 * WAIT :, 0], SONG[: len(heard) - 2 * WAIT, 0])
    assert np.array_equal(heard[:, 1], SONG[: len(heard), 0])


def test_what_is_not_loaded_cannot_be_set(open_booth: Open, tmp_path: Path) -> None:
    booth = opened(open_booth, tmp_path)
    assert not booth.do(Unload, slot=0)
    nothing = "No song is loaded there."
    assert booth.do(SetStemEq, slot=0, channel=0, sections=WAITING) == nothing
    assert booth.do(SetEarsEqualised, slot=7, on=True) == nothing
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.EMPTY)
    assert not booth.do(Load, slot=0, path=str(tmp_path / "none.song"))
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.FAILED)
    assert booth.do(SetStemEq, slot=0, channel=0, sections=WAITING) == nothing
    assert booth.do(SetGains, slot=0, gains=BOTH)
