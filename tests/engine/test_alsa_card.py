"""The ALSA card against an interface of the tests' own that is strict, breaks as told and remembers."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from booth import BLOCK, LATENCY, RATE, S32_PER_WORD, Booth, coded, two_output_rig, wait_for, write_song
from card import CannotBuildError, StageCard, build_card

pytest.importorskip("alsaaudio", reason="pyalsaaudio is missing")

from appliance.engine.alsa_card import AlsaCard
from appliance.engine.card import card_opener
from appliance.errors import InterfaceError
from appliance.kernel import SampleFormat
from appliance.messages import Cut

Make = Callable[..., StageCard]
QUEUE = 4 * BLOCK


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes an interface and leads this process's next openings to it."""
    try:
        build_card()
    except CannotBuildError as error:
        pytest.skip(str(error))
    cards: list[StageCard] = []

    def made(channels: int = 2, **options: object) -> StageCard:
        folder = tmp_path / f"card{len(cards)}"
        folder.mkdir()
        cards.append(StageCard(folder, channels, **options))
        for key, value in cards[-1].environment.items():
            monkeypatch.setenv(key, value)
        return cards[-1]

    yield made
    for card in cards:
        card.stall(False)
        card.close()


def opened(stage: StageCard, outputs: int | None = None, **changes: object) -> AlsaCard:
    return AlsaCard(stage.hw_device, two_output_rig(**changes), "Stage", outputs)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("S16_LE", "S24_LE", "S24_3LE", "S32_LE"), SampleFormat.S32_LE),
        (("S16_LE", "S24_LE", "S24_3LE"), SampleFormat.S24_3LE),
        (("S16_LE", "S24_LE"), SampleFormat.S24_LE),
        (("S16_LE",), SampleFormat.S16_LE),
    ],
)
def test_it_takes_the_best_format_that_there_is(make: Make, offered: tuple[str, ...], chosen: SampleFormat) -> None:
    card = opened(make(formats=offered, pace="fast"))
    assert (card.sample_format, card.block_frames, card.blocks) == (chosen, BLOCK, 4)
    assert card.write(memoryview(bytes(BLOCK * 2 * chosen.bytes_per_sample))) == 0
    card.close()


def test_it_starts_with_a_full_buffer_of_silence(make: Make) -> None:
    stage = make(pace="fast")
    card = opened(stage)
    assert stage.counters().starts == 1
    assert stage.counters().played == QUEUE
    words = np.arange(1, 2 * BLOCK + 1, dtype="<i4")
    card.write(memoryview(words.tobytes()))
    card.close()
    heard = stage.captured("S32_LE")
    assert not heard[:QUEUE].any()
    assert np.array_equal(heard[QUEUE:].ravel(), words)


def test_in_real_time_the_buffer_stays_full(make: Make) -> None:
    stage = make()
    card = opened(stage)
    block = memoryview(bytes(BLOCK * 8))
    lost = sum(card.write(block) for _ in range(100))
    counters = stage.counters()
    card.close()
    # A machine that stood still for longer than the buffer is seen in the counters, and by nothing else.
    assert (counters.xruns == 0) == (lost == 0)
    assert counters.starts == 1 + counters.xruns


@pytest.mark.parametrize(
    ("options", "changes", "said"),
    [
        ({"rate": 44_100}, {}, "2 outputs at 48000 Hz in 4 blocks of 256, the interface offers 2 outputs at 44100 Hz"),
        ({"channels": 2}, {"outputs": 4}, "asks for 4 outputs at 48000 Hz.*offers 2 outputs"),
        ({"periods": (2, 2)}, {}, "in 4 blocks of 256, the interface offers .* in? ?2 blocks|2 blocks of"),
        ({"period_step": 1_000}, {}, "cannot be opened: Invalid argument"),
    ],
)
def test_what_it_cannot_do_is_refused_with_what_it_can(make: Make, options: dict, changes: dict, said: str) -> None:
    stage = make(**{"pace": "fast", **options})
    with pytest.raises(InterfaceError, match=said) as refused:
        opened(stage, **changes)
    assert "Change rig.toml or choose another interface." in str(refused.value) or "opened" in said
    assert stage.counters().writes == 0, "not a sample before everything is as asked"


def test_an_interface_of_longer_blocks_is_played_in_those(make: Make) -> None:
    """A USB interface whose packets do not divide 256 frames."""
    card = opened(make(period_step=512, pace="fast"))
    assert (card.block_frames, card.blocks) == (512, 4)
    card.close()


def test_an_interface_with_more_outputs_gets_silence_on_them(make: Make, tmp_path: Path) -> None:
    stage = make(18, pace="fast")
    booth = Booth(open_card=lambda rig: AlsaCard(stage.hw_device, rig, "Stage", 18))
    booth.load(0, write_song(tmp_path / "a.song", coded(20_000)))
    booth.schedule(1, 0)
    booth.steps(20)
    booth.close()
    heard = stage.captured("S32_LE")
    assert heard.shape[1] == 18
    clock = np.flatnonzero(heard[:, 0])[0]
    assert np.array_equal(heard[clock:, :2] // S32_PER_WORD, coded(20_000)[: len(heard) - clock])
    assert not heard[:, 2:].any()


def test_who_has_it_or_took_it_away_is_told(make: Make) -> None:
    stage = make(pace="fast")
    first = opened(stage)
    with pytest.raises(InterfaceError, match=r"Another program uses the interface\. End it and try again\."):
        opened(stage)
    stage.unplug()
    with pytest.raises(InterfaceError, match=r"Stage: The interface is unplugged\. Plug it in; the show continues by"):
        first.write(memoryview(bytes(BLOCK * 8)))
    first.close()
    with pytest.raises(InterfaceError, match="The interface is not there"):
        opened(stage)
    stage.plug()
    opened(stage).close()


def test_names_of_cards_are_opened_or_refused(make: Make, tmp_path: Path) -> None:
    stage = make(pace="fast")
    card = card_opener(f"alsa:{stage.device}")(two_output_rig())
    assert card.name == "stage2"
    card.close()
    for name in ("auto", "UMC1820"):
        with pytest.raises(InterfaceError, match="plugged in"):
            card_opener(name)(two_output_rig())
    for name in ("", "file:", "alsa:", "tape:x"):
        with pytest.raises(InterfaceError, match="Unknown card"):
            card_opener(name)


def test_an_underrun_starts_again_with_a_full_buffer_and_says_what_was_lost(make: Make) -> None:
    stage = make()
    card = opened(stage)
    block = memoryview(bytes(BLOCK * 8))
    while card.write(block):
        pass
    began = time.monotonic()
    time.sleep(0.1)
    lost = card.write(block)
    longest = time.monotonic() - began
    counters = stage.counters()
    assert 0.1 * RATE - BLOCK - 2 <= lost <= longest * RATE + BLOCK
    assert counters.xruns >= 1
    assert counters.starts == 1 + counters.xruns
    silences = stage.events("silence")
    # After each gap a whole buffer of silence was queued at once: the next block is heard a full buffer later.
    time_line = stage.captured("S32_LE")
    assert len(time_line) >= sum(event.frames for event in silences)
    card.close()


def test_suspended_it_goes_on(make: Make) -> None:
    stage = make()
    card = opened(stage)
    block = memoryview(bytes(BLOCK * 8))
    card.write(block)
    stage.suspend()
    assert card.write(block) >= 0
    card.write(block)
    assert stage.counters().starts >= 2
    card.close()


def test_unplugged_while_suspended_is_unplugged(make: Make) -> None:
    stage = make(pace="fast")
    card = opened(stage)
    stage.suspend()
    real_drop = card._pcm.drop

    class Pulled:
        """The cable goes between the drop and the first write."""

        def __getattr__(self, name: str) -> object:
            return getattr(pcm, name)

        def drop(self) -> None:
            stage.unplug()
            real_drop()

    pcm, card._pcm = card._pcm, Pulled()
    with pytest.raises(InterfaceError, match="unplugged"):
        card.write(memoryview(bytes(BLOCK * 8)))
    card.close()


def test_unplugged_and_back_in_mid_song_the_song_is_where_the_clock_is(make: Make, tmp_path: Path) -> None:
    """In real time: the capture before and after the hole, against the sample clock of the engine."""
    stage = make()
    booth = Booth(open_card=lambda rig: AlsaCard(stage.hw_device, rig, "Stage"))
    song = coded(1_000_000)
    booth.load(0, write_song(tmp_path / "a.song", song))
    booth.schedule(1, 0)
    began = booth.clock
    booth.steps(100)
    stage.unplug()
    out_at = time.monotonic()
    wait_for(lambda: booth.steps(1) or not booth.engine.status().card)
    assert "unplugged" in booth.engine.status().trouble
    booth.steps(30)
    stage.plug()
    wait_for(lambda: booth.steps(1) or booth.engine.status().card)
    away = time.monotonic() - out_at
    booth.steps(150)
    status = booth.engine.status()
    heard = stage.captured("S32_LE") // S32_PER_WORD
    opens = stage.events("open")
    booth.close()
    assert np.array_equal(heard[:, 0], heard[:, 1]), "track and click never part"
    second = opens[1].position if opens[1].position else max(e.position for e in stage.events("close")[:1])
    places = heard[:, 0]
    after = np.flatnonzero(places)[np.flatnonzero(places) > second]
    # The last frames written are the clock's last, less the limiters' delay.
    assert status.song_frame == status.clock - began
    assert status.faults.unplugged == 1
    settled = places[after[-2_000:]]
    assert np.array_equal(settled, np.arange(settled[0], settled[0] + len(settled))), "no frame missing or twice"
    missing = settled[0] - places[np.flatnonzero(places[:second])[-1]]
    assert missing < (away + 2.0) * RATE + 200 * BLOCK + status.faults.lost_frames
    assert status.song_frame - LATENCY - settled[-1] <= QUEUE + BLOCK


def test_the_engine_obeys_again_after_a_stall(make: Make) -> None:
    import threading  # noqa: PLC0415 - the clock must go on while write blocks

    stage = make()
    booth = Booth(open_card=lambda rig: AlsaCard(stage.hw_device, rig, "Stage"))
    stage.stall()
    threading.Timer(0.5, stage.stall, [False]).start()
    before = booth.clock
    booth.steps(20)
    assert booth.clock >= before + 20 * BLOCK
    assert not booth.do(Cut, fade_frames=0)
    booth.close()
