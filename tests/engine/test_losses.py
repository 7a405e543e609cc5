"""Underruns and interfaces that come and go: the songs are always where they would have been."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from booth import BLOCK, LATENCY, RATE, Booth, ScriptedCard, coded, smooth, two_output_rig, write_song
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import InterfaceError
from appliance.kernel import SampleFormat
from appliance.messages import Schedule

Open = Callable[..., Booth]
REJOIN = 256
"""Frames of the ramp after a gap."""
GONE = "The interface is unplugged. Plug it in; the show continues by itself."


def places(heard: np.ndarray, song: np.ndarray) -> None:
    """Both channels always tell the same place: track and click never part."""
    assert np.array_equal(heard[:, 0], heard[:, 1])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(2, 60), st.integers(1, 3_000), max_size=6))
def test_after_an_underrun_the_song_is_where_the_clock_is(tmp_path: Path, losses: dict[int, int]) -> None:
    booth = Booth(card=ScriptedCard(losses=losses))
    try:
        path = tmp_path / "a.song"
        song = coded(60_000)
        if not path.exists():
            write_song(path, song)
        booth.load(0, write_song(path, song))
        booth.schedule(1, 0)
        clocks = []
        for _ in range(80):
            clocks.append(booth.clock)
            booth.engine.step()
        heard = booth.card.words()
        assert np.array_equal(heard[:, 0], heard[:, 1])
        kept = [clock for number, clock in enumerate(clocks) if number not in losses]
        # Far enough behind a gap, what is heard is the clock's own frame, less the limiters' delay.
        last_gap = 0
        for number, clock in enumerate(clocks):
            if number in losses:
                last_gap = clock + BLOCK + losses[number]
            elif clock >= last_gap + REJOIN + LATENCY + BLOCK:
                at = kept.index(clock) * BLOCK
                expected = song[max(0, clock - LATENCY) : clock - LATENCY + BLOCK]
                assert np.array_equal(heard[at : at + BLOCK][-len(expected) :], expected)
        status = booth.engine.status()
        assert status.faults.underruns == len(losses)
        assert status.faults.lost_frames == sum(losses.values())
        assert status.clock == 80 * BLOCK + sum(losses.values())
        assert status.song_frame == status.clock
    finally:
        booth.close()


def test_a_song_comes_back_from_a_gap_on_a_ramp(open_booth: Open, tmp_path: Path) -> None:
    booth = open_booth(card=ScriptedCard(losses={10: 1_000}))
    booth.load(0, write_song(tmp_path / "a.song", np.full((RATE, 2), 800_000)))
    booth.schedule(1, 0)
    booth.steps(30)
    heard = booth.card.words()[10 * BLOCK + LATENCY :, 0] / 800_000
    assert np.allclose(heard[:REJOIN], smooth(np.arange(REJOIN) / REJOIN), atol=1e-5)
    assert np.allclose(heard[REJOIN:], 1, atol=1e-6)


class Shelf:
    """Cards by the number of the attempt to open one; None is a card that is not there."""

    def __init__(self, *cards: ScriptedCard | None) -> None:
        self.cards = list(cards)
        self.attempts = 0

    def __call__(self, _: object) -> ScriptedCard:
        card = self.cards[min(self.attempts, len(self.cards) - 1)]
        self.attempts += 1
        if card is None:
            raise InterfaceError("No interface is plugged in. Plug it in; the show continues by itself.")
        return card


def test_unplugged_the_engine_lives_and_its_clock_keeps_time(open_booth: Open, tmp_path: Path) -> None:
    """The bounds are what passed by the machine's own clock around each reading, so no slow machine can break them."""
    first, second = ScriptedCard(gone_at=20), ScriptedCard(outputs=4, sample_format=SampleFormat.S24_3LE, blocks=2)
    shelf = Shelf(first, None, second)
    booth = open_booth(open_card=shelf)
    song = coded(400_000)
    booth.load(0, write_song(tmp_path / "a.song", song))
    booth.schedule(1, 0)
    booth.steps(20)
    before, clock = time.monotonic(), booth.clock
    booth.steps(1)
    after = time.monotonic()
    assert first.closed
    status = booth.engine.status()
    assert (status.card, status.trouble, status.faults.unplugged) == ("", f"scripted: {GONE}", 1)
    places_told = []
    while not booth.engine.status().card:
        earliest = time.monotonic() - after
        booth.steps(1)
        latest = time.monotonic() - before
        passed = (booth.clock - clock - BLOCK) / RATE
        assert earliest - 0.001 <= passed <= latest + 0.001
        status = booth.engine.status()
        assert status.song_frame == status.clock
        assert status.playing
        places_told.append(status.clock)
    assert places_told == sorted(places_told)
    assert shelf.attempts == 3
    back = booth.clock
    booth.steps(20)
    status = booth.engine.status()
    assert (status.card, status.trouble, status.playing) == ("scripted", "", True)
    raw = np.frombuffer(b"".join(second.heard), np.uint8).reshape(-1, 4, 3).astype(np.int64)
    words = raw[..., 0] | raw[..., 1] << 8 | raw[..., 2] << 16
    settled = REJOIN + LATENCY
    assert np.array_equal(words[settled:, :2], song[back + settled - LATENCY :][: len(words) - settled])
    assert not words[:, 2:].any(), "outputs that the rig does not know stay silent"


def test_a_song_that_ends_while_nobody_hears_it_has_ended(open_booth: Open, tmp_path: Path) -> None:
    booth = open_booth(card=ScriptedCard(gone_at=3), open_card=Shelf(ScriptedCard(gone_at=3), None))
    booth.load(0, write_song(tmp_path / "a.song", coded(4_000)))
    booth.schedule(5, 0, at=0, frames=1_500)
    booth.schedule(6, 0, at=1_500)
    booth.steps(5)
    end = time.monotonic() + 20
    while booth.engine.status().segments:
        booth.steps(1)
        assert time.monotonic() < end
    booth.steps(2)
    status = booth.engine.status()
    assert (status.playing, status.segment, status.song_frame) == (False, 6, 4_000)


def test_without_an_interface_at_the_start_it_waits_and_obeys(open_booth: Open, tmp_path: Path) -> None:
    card = ScriptedCard()
    booth = open_booth(open_card=Shelf(None, None, card))
    status = booth.engine.status()
    assert status.trouble == "No interface is plugged in. Plug it in; the show continues by itself."
    assert status.faults.unplugged == 0
    song = coded(400_000)
    booth.load(0, write_song(tmp_path / "a.song", song))
    booth.schedule(1, 0)
    began = booth.clock
    while not booth.engine.status().card:
        booth.steps(1)
    back = booth.clock
    booth.steps(10)
    heard = card.words()
    settled = REJOIN + LATENCY
    expected = song[back - began + settled - LATENCY :]
    assert np.array_equal(heard[settled:], expected[: len(heard) - settled])
    assert booth.do(Schedule, segment=2, slot=0) == ""


def test_another_cards_longer_blocks_are_rendered_whole(open_booth: Open, tmp_path: Path) -> None:
    booth = open_booth(two_output_rig(), open_card=Shelf(ScriptedCard(block_frames=512)))
    song = coded(20_000)
    booth.load(0, write_song(tmp_path / "a.song", song))
    booth.schedule(1, 0, at=700)
    booth.steps(5)
    assert booth.clock == 5 * 512
