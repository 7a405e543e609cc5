"""The user-space sound card must be as strict and as breakable as a real one, and hear every bit."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from card import CannotBuildError, StageCard, build_card, decode, encode
from card.stagecard import FORMATS

alsaaudio = pytest.importorskip("alsaaudio", reason="pyalsaaudio is missing")

BITS = {"S32_LE": 32, "S24_LE": 24, "S24_3LE": 24, "S16_LE": 16}
UNDERRUN = -32  # what pyalsaaudio returns for -EPIPE
RUNNING, SUSPENDED, DISCONNECTED = 3, 7, 8

Make = Callable[..., StageCard]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a card and leads this process's next openings to it."""
    try:
        build_card()
    except CannotBuildError as error:
        pytest.skip(str(error))
    cards: list[StageCard] = []

    def made(*arguments, **options) -> StageCard:
        folder = tmp_path / str(len(cards))
        folder.mkdir()
        card = StageCard(folder, *arguments, **options)
        cards.append(card)
        for key, value in card.environment.items():
            monkeypatch.setenv(key, value)
        return card

    yield made
    for card in cards:
        card.stall(False)
        card.close()


def play_on(card: StageCard, alsa_format: str = "S32_LE", device: str | None = None, **options) -> alsaaudio.PCM:
    settings = {"rate": 48_000, "channels": card.channels, "periodsize": 256, "periods": 4, **options}
    kind = getattr(alsaaudio, f"PCM_FORMAT_{alsa_format}")
    return alsaaudio.PCM(type=alsaaudio.PCM_PLAYBACK, device=device or card.device, format=kind, **settings)


def noise(frames: int, channels: int, alsa_format: str = "S32_LE") -> np.ndarray:
    top = 2 ** (BITS[alsa_format] - 1)
    return np.random.default_rng(frames).integers(-top, top, (frames, channels)).astype(np.int32)


def silence(card: StageCard, frames: int) -> bytes:
    return bytes(4 * card.channels * frames)


def wait_until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.001)


@pytest.mark.parametrize("channels", [2, 8, 18, 32])
@pytest.mark.parametrize("alsa_format", FORMATS)
def test_it_hears_every_bit(make: Make, alsa_format: str, channels: int) -> None:
    card = make(channels, pace="fast")
    words = noise(10_007, channels, alsa_format)
    pcm = play_on(card, alsa_format)
    for part in np.array_split(words, [256, 512, 700, 5_000]):
        assert pcm.write(encode(part, alsa_format)) == len(part)
    pcm.close()
    assert np.array_equal(card.captured(alsa_format), words)
    words[5_003, channels - 1] ^= 1
    assert not np.array_equal(card.captured(alsa_format), words)


@pytest.mark.parametrize("alsa_format", FORMATS)
def test_it_hears_every_bit_in_real_time(make: Make, alsa_format: str) -> None:
    card = make(18)
    words = noise(9_600, 18, alsa_format)
    pcm = play_on(card, alsa_format, periodsize=2_048)
    begun = time.monotonic()
    pcm.write(encode(words, alsa_format))
    pcm.close()  # drains
    took = time.monotonic() - begun
    assert np.array_equal(card.played(alsa_format)[-len(words) :], words)
    assert took > 0.199
    assert card.counters().played == len(words)


def test_words_of_24_bits_by_hand() -> None:
    assert decode(b"\x01\x00\x80\xff\xff\x7f", "S24_3LE", 2).tolist() == [[-8_388_607, 8_388_607]]
    assert decode(b"\x01\x00\x80\x55\xff\xff\x7f\xaa", "S24_LE", 2).tolist() == [[-8_388_607, 8_388_607]]
    assert encode(np.array([[-2, 5]]), "S24_3LE") == b"\xfe\xff\xff\x05\x00\x00"


def test_it_keeps_time_and_drifts_as_told(make: Make) -> None:
    card = make(2)
    spans = []
    for ppm in (0, 200_000):
        card.drift(ppm)
        pcm = play_on(card, periodsize=1024)
        begun = time.monotonic()
        pcm.write(silence(card, 19_200))
        pcm.close()
        spans.append(time.monotonic() - begun)
    assert 0.399 < spans[0] < 0.6
    assert spans[1] < spans[0] * 0.95
    assert spans[1] > 0.333 - 1e-3


def test_it_agrees_to_nothing_that_it_cannot_do(make: Make) -> None:
    """pyalsaaudio takes what is left, silently: the program must compare, and here is something to compare."""
    card = make(8, rate=48_000, formats=["S24_3LE"], pace="fast", period_step=48)
    pcm = play_on(card, "S32_LE", rate=44_100, channels=2, periodsize=256)
    info = pcm.info()
    assert (info["rate"], info["channels"], info["format_name"]) == (48_000, 8, "S24_3LE")
    assert info["period_size"] % 48 == 0
    assert info["period_size"] != 256
    pcm.close()
    card = make(2, rate=[44_100, 96_000], pace="fast")
    for rate in (44_100, 96_000):
        pcm = play_on(card, rate=rate)
        assert pcm.info()["rate"] == rate
        pcm.close()


def test_it_answers_to_the_names_of_hardware(make: Make) -> None:
    card = make(4, pace="fast")
    pcm = play_on(card, device="hw:CARD=Stage,DEV=0")
    pcm.write(silence(card, 100))
    pcm.close()
    assert card.counters().played == 100
    with pytest.raises(alsaaudio.ALSAAudioError):
        play_on(card, device="hw:CARD=Other,DEV=0")


def test_it_has_one_owner(make: Make) -> None:
    card = make(2, pace="fast")
    pcm = play_on(card)
    with pytest.raises(alsaaudio.ALSAAudioError, match="busy"):
        play_on(card)
    pcm.close()
    play_on(card).close()
    assert card.counters().opens == 2


def test_a_writer_in_time_makes_no_underrun_and_the_smallest_fill_shows_the_margin(make: Make) -> None:
    card = make(2)
    pcm = play_on(card, periodsize=2_048)
    assert card.counters().min_fill is None
    pcm.write(silence(card, 8_192))
    time.sleep(0.05)
    pcm.write(silence(card, 2_048))
    counters = card.counters()
    pcm.close()
    assert counters.xruns == 0
    assert counters.starts == 1
    assert 0 < counters.min_fill < 8_192 - 0.05 * 48_000


def test_a_late_writer_gets_an_underrun_and_the_time_line_shows_how_long(make: Make) -> None:
    card = make(2)
    first, lost, second = noise(1_024, 2), noise(256, 2), noise(4_096, 2)
    pcm = play_on(card, periodsize=1_024)
    pcm.write(encode(first, "S32_LE"))
    begun = time.monotonic()
    time.sleep(0.1)
    assert pcm.write(encode(lost, "S32_LE")) == UNDERRUN
    assert pcm.write(encode(second, "S32_LE")) == len(second)
    late = time.monotonic() - begun
    pcm.close()
    counters = card.counters()
    assert (counters.xruns, counters.starts, counters.played) == (1, 2, 5_120)
    assert counters.min_fill < -0.05 * 48_000
    assert 0.1 * 48_000 - 1_024 - 48 < counters.silence < late * 48_000
    (gap,) = card.events("silence")
    assert (gap.position, gap.frames) == (1_024, counters.silence)
    heard = card.captured("S32_LE")
    assert np.array_equal(heard[:1_024], first)
    assert not heard[1_024 : 1_024 + gap.frames].any()
    assert np.array_equal(heard[1_024 + gap.frames :], second)
    assert np.array_equal(card.played("S32_LE"), np.vstack([first, second]))


@pytest.mark.parametrize("pace", ["real", "fast"])
def test_one_underrun_can_be_forced(make: Make, pace: str) -> None:
    card = make(2, pace=pace)
    pcm = play_on(card, periodsize=2_048)
    pcm.write(silence(card, 2_048))
    card.force_xrun()
    assert pcm.write(silence(card, 2_048)) == UNDERRUN
    assert pcm.write(silence(card, 2_048)) == 2_048
    assert pcm.write(silence(card, 2_048)) == 2_048
    pcm.close()
    counters = card.counters()
    assert counters.xruns == 1
    assert counters.played + counters.lost == 3 * 2_048
    assert (counters.lost > 0) == (pace == "real")
    assert sum(event.frames for event in card.events("lost")) == counters.lost


@pytest.mark.parametrize("pace", ["real", "fast"])
def test_unplugged_it_is_gone_at_once_and_comes_back_when_opened_anew(make: Make, pace: str) -> None:
    card = make(2, pace=pace)
    pcm = play_on(card)
    pcm.write(silence(card, 1_024))
    card.unplug()
    with pytest.raises(alsaaudio.ALSAAudioError, match="No such device"):
        pcm.write(silence(card, 1_024))
    assert pcm.state() == DISCONNECTED
    card.plug()
    with pytest.raises(alsaaudio.ALSAAudioError, match="No such device"):
        pcm.write(silence(card, 256))
    with pytest.raises(alsaaudio.ALSAAudioError, match="No such device"):
        pcm.drop()  # as with a kernel's card: nothing but closing is left
    pcm.close()
    card.unplug()
    with pytest.raises(alsaaudio.ALSAAudioError, match="No such device"):
        play_on(card)
    card.plug()
    pcm = play_on(card)
    assert pcm.write(silence(card, 256)) == 256
    pcm.close()
    assert card.counters().opens == 2


def test_a_cable_that_was_out_for_a_moment_is_noticed_too(make: Make) -> None:
    card = make(2, pace="fast")
    pcm = play_on(card)
    pcm.write(silence(card, 256))
    card.unplug()
    card.plug()
    with pytest.raises(alsaaudio.ALSAAudioError, match="No such device"):
        pcm.write(silence(card, 256))
    pcm.close()


def test_every_gap_has_its_place(make: Make) -> None:
    card = make(2)
    parts = [noise(frames, 2) for frames in (1_024, 1_500, 2_000)]
    pcm = play_on(card, periodsize=1_024)
    for part in parts:
        if card.counters().starts:
            time.sleep(0.1)
            assert pcm.write(silence(card, 1)) == UNDERRUN
        assert pcm.write(encode(part, "S32_LE")) == len(part)
    pcm.close()
    assert len(card.events("silence")) == 2
    assert np.array_equal(card.played("S32_LE"), np.vstack(parts))


class Writer(threading.Thread):
    """Writes for ever; notes what ended it, and when."""

    def __init__(self, pcm: alsaaudio.PCM, block: bytes) -> None:
        super().__init__(daemon=True)
        self.pcm, self.block, self.wrote, self.failure, self.ended = pcm, block, 0, "", 0.0

    def run(self) -> None:
        try:
            while True:
                self.wrote += self.pcm.write(self.block)
        except alsaaudio.ALSAAudioError as error:
            self.ended = time.monotonic()
            self.failure = str(error)


def test_a_blocked_writer_learns_of_the_unplugging(make: Make) -> None:
    delays_ms = []
    for _ in range(5):
        card = make(2)
        writer = Writer(play_on(card), silence(card, 48_000))
        writer.start()
        wait_until(lambda card=card: card.counters().played > 1_000)
        begun = time.monotonic()
        card.unplug()
        writer.join(2.0)
        while not writer.failure and writer.is_alive():
            writer.join(2.0)
        assert "No such device" in writer.failure
        delays_ms.append((writer.ended - begun) * 1e3)
    # Half a millisecond at most by the card; the rest is the machine's own lateness, so the best of five counts.
    assert min(delays_ms) < 1.5


def test_a_stalled_clock_holds_the_writer_until_it_goes_on(make: Make) -> None:
    card = make(2)
    writer = Writer(play_on(card), silence(card, 256))
    writer.start()
    wait_until(lambda: writer.wrote > 2_048)
    card.stall()
    time.sleep(0.1)
    held = writer.wrote
    time.sleep(0.3)
    assert writer.wrote == held
    card.stall(False)
    wait_until(lambda: writer.wrote > held + 2_048)
    assert card.counters().xruns == 0 or card.counters().min_fill < 0  # a stall itself is no underrun
    card.stall()
    time.sleep(0.05)
    card.unplug()
    writer.join(2.0)
    assert "No such device" in writer.failure


def test_suspended_it_wants_to_be_prepared_again(make: Make) -> None:
    card = make(2)
    pcm = play_on(card, periodsize=1_024)
    pcm.write(silence(card, 2_048))
    card.suspend()
    for _ in range(2):
        with pytest.raises(alsaaudio.ALSAAudioError, match="Streams pipe"):
            pcm.write(silence(card, 256))
    assert pcm.state() == SUSPENDED
    pcm.drop()
    assert pcm.write(silence(card, 2_048)) == 2_048
    assert pcm.state() == RUNNING
    pcm.close()
    assert card.counters().lost > 0
    assert card.counters().xruns == 0


def test_another_process_plays_on_it(make: Make) -> None:
    """As the program does: with nothing but the environment."""
    card = make(8, pace="fast")
    program = (
        "import alsaaudio\n"
        f"pcm = alsaaudio.PCM(device={card.hw_device!r}, rate=48000, channels=8, format=alsaaudio.PCM_FORMAT_S32_LE)\n"
        "pcm.write(bytes(range(256)) * 32)\n"
    )
    subprocess.run([sys.executable, "-c", program], env={**os.environ, **card.environment}, check=True)
    assert np.array_equal(card.captured("S32_LE"), decode(bytes(range(256)) * 32, "S32_LE", 8))
    assert card.counters().opens == 1


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("card.build.HEADER", tmp_path / "none.h")
    with pytest.raises(CannotBuildError, match="libasound2-dev"):
        build_card()
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(CannotBuildError, match="gcc"):
        build_card()


def test_it_has_no_undefined_behaviour(make: Make) -> None:
    library = build_card(["-fsanitize=undefined", "-fno-sanitize-recover=all", "-static-libubsan"])
    card = make(18, pace="real", library=library)
    words = noise(4_000, 18, "S24_3LE")
    pcm = play_on(card, "S24_3LE")
    pcm.write(encode(words, "S24_3LE"))
    card.force_xrun()
    assert pcm.write(encode(words, "S24_3LE")) != len(words)
    pcm.write(encode(words, "S24_3LE"))
    card.unplug()
    with pytest.raises(alsaaudio.ALSAAudioError):
        pcm.write(encode(words, "S24_3LE"))
    pcm.close()
