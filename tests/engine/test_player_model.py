"""Random schedules against a model of the player in a few lines: what each frame must be, from the rules alone."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from booth import LATENCY, S32_PER_WORD, smooth, two_output_rig, wait_for, write_song
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from appliance.kernel import FadeCurve, Player, SampleFormat, Segment, SlotState, kernel_for_rig
from appliance.kernel.player import block_buffer

FRAMES = 9_000
FULL = 2.0**23
REJOIN = 256
SONGS = [np.random.default_rng(n).integers(-(1 << 19), 1 << 19, (FRAMES, 2)).astype(np.int32) for n in (1, 2)]


@dataclass
class Entry:
    segment: Segment
    at: int
    frames: int
    cut: tuple[int, int, float] | None = None
    """From where, to where, and the level that it begins with."""
    rejoin: int | None = None

    def cut_level(self, clock: int) -> float:
        if self.cut is None or clock < self.cut[0]:
            return 1.0
        begin, end, level = self.cut
        return 0.0 if clock >= end else level * smooth((end - clock) / (end - begin))

    def level(self, clock: int) -> float:
        s, gone = self.segment, clock - self.at
        left = self.frames - gone
        if not 0 <= gone < self.frames:
            return 0.0
        level = self.cut_level(clock)
        for x, length in ((gone, s.fade_in), (left, s.fade_out)):
            if x < length:
                level *= smooth(x / length) if s.curve is FadeCurve.SMOOTH else np.sin(np.pi / 2 * x / length)
        if self.rejoin is not None and clock < self.rejoin + REJOIN:
            level *= smooth((clock - self.rejoin) / REJOIN)
        return level


@dataclass
class Model:
    clock: int = 0
    entries: list[Entry] = field(default_factory=list)
    out: list[np.ndarray] = field(default_factory=list)

    def schedule(self, s: Segment) -> None:
        self.entries.append(Entry(s, max(s.at, self.clock), min(s.frames, FRAMES - s.song_frame)))

    def cut(self, at: int, fade: int) -> None:
        at = max(at, self.clock)
        self.entries = [entry for entry in self.entries if entry.at < at]
        for entry in self.entries:
            if entry.cut and entry.cut[1] <= at + fade:
                continue
            begin = max(self.clock, entry.cut[0]) if entry.cut and entry.cut[0] < at else at
            entry.cut = (begin, at + fade, entry.cut_level(begin))

    def skip(self, frames: int) -> None:
        self.clock += frames
        for entry in self.entries:
            if entry.at < self.clock:
                entry.rejoin = self.clock

    def render(self, frames: int) -> None:
        block = np.zeros((frames, 2))
        for entry in self.entries:
            for n in range(max(0, entry.at - self.clock), min(frames, entry.at + entry.frames - self.clock)):
                clock = self.clock + n
                word = SONGS[entry.segment.slot][entry.segment.song_frame + clock - entry.at]
                block[n] += word * entry.level(clock)
        self.out.append(block)
        self.clock += frames


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("songs")
    return [write_song(folder / f"{n}.song", words).path for n, words in enumerate(SONGS)]


FADES = st.sampled_from((0, 0, 1, 7, 100, 480, 1_000))


@st.composite
def segments(draw: st.DrawFn, hard: bool) -> Segment:
    fades = st.just(0) if hard else FADES
    return Segment(
        id=draw(st.integers(0, 99)), slot=draw(st.integers(0, 1)), at=draw(st.integers(0, 4_000)),
        song_frame=draw(st.one_of(st.integers(0, 2_000), st.integers(0, FRAMES - 1))),
        frames=draw(st.sampled_from((1, 2, 255, 256, 257, 1_500, 3_000, 2**40))),
        fade_in=draw(fades), fade_out=draw(fades), curve=draw(st.sampled_from(FadeCurve)),
    )  # fmt: skip


def acts(hard: bool) -> st.SearchStrategy:
    one = [
        st.tuples(st.just("render"), st.sampled_from((1, 100, 256, 256, 300, 512))),
        st.tuples(st.just("schedule"), segments(hard)),
        st.tuples(st.just("cut"), st.integers(0, 4_000), st.just(0) if hard else FADES),
    ]
    if not hard:
        one.append(st.tuples(st.just("skip"), st.integers(1, 700)))
    # At most six schedules: so many words of a sixteenth cannot reach a ceiling.
    return st.lists(st.one_of(one), max_size=14).filter(lambda a: sum(x[0] == "schedule" for x in a) <= 6)


def played(songs: list[Path], script: list[tuple]) -> tuple[np.ndarray, Model, Player]:
    kernel = kernel_for_rig(two_output_rig(), SampleFormat.S32_LE, 2)
    player, model = Player(kernel), Model()
    try:
        for slot, path in enumerate(songs):
            player.load(slot, path)
            wait_for(lambda slot=slot: player.slot_status(slot).state is SlotState.READY)
            player.set_gains(slot, np.eye(2, dtype=np.float32), 0)
        pointer, view = block_buffer(1_024 * kernel.frame_bytes)
        out = []
        for act, *values in [*script, *[("render", 512)] * 4]:
            if act == "render":
                player.render_into(pointer, values[0])
                out.append(bytes(view[: values[0] * kernel.frame_bytes]))
            else:
                getattr(player, act)(*values)
            getattr(model, act)(*values)
            assert player.status().clock == model.clock
        return np.frombuffer(b"".join(out), "<i4").reshape(-1, 2), model, player
    finally:
        player.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts(hard=True))
def test_without_fades_every_bit_is_the_songs(songs: list[Path], script: list[tuple]) -> None:
    heard, model, _ = played(songs, script)
    expected = np.vstack(model.out)
    assert np.array_equal(heard[LATENCY:], expected[: len(heard) - LATENCY] * S32_PER_WORD)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts(hard=False))
def test_with_fades_cuts_and_losses_it_is_within_a_millionth(songs: list[Path], script: list[tuple]) -> None:
    heard, model, player = played(songs, script)
    expected = np.vstack(model.out) / FULL
    error = np.abs(heard[LATENCY:] / 2.0**31 - expected[: len(heard) - LATENCY])
    event(f"{sum(act[0] == 'schedule' for act in script)} segments")
    assert error.max() < 1e-6
    status = player.status()
    assert status.late_frames == 0
    sounding = [e for e in model.entries if e.at + e.frames > model.clock and not (e.cut and e.cut[1] <= model.clock)]
    assert status.segments == len(sounding)
