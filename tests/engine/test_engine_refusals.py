"""Every command in a state that does not allow it: a sentence, a count, and the music goes on."""

import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from booth import BLOCK, Booth, coded, straight, wait_for, write_song
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.kernel import SlotState, SongFault
from appliance.messages import (
    AnyCommand,
    Cut,
    Load,
    Quit,
    Schedule,
    SetEarsEqualised,
    SetEq,
    SetGains,
    SetGuard,
    SetStemEq,
    SetTrim,
    Subscribe,
    Unload,
)

Open = Callable[..., Booth]
OUT_OF_RANGE = "A number in this command is out of range."
BUSY = "That song is still playing or loading."
NOTHING_THERE = "No song is loaded there."
FLAT = np.array([[1.0, 0, 0, 0, 0]], "<f8").tobytes()


@pytest.fixture
def booth(open_booth: Open, tmp_path: Path) -> Booth:
    booth = open_booth()
    booth.load(0, write_song(tmp_path / "a.song", coded(24_000)))
    return booth


@pytest.mark.parametrize(
    ("kind", "values", "refusal"),
    [
        (Load, {"slot": 8, "path": "/x"}, OUT_OF_RANGE),
        (Load, {"slot": -1, "path": "/x"}, OUT_OF_RANGE),
        (Load, {"slot": 1, "path": "x" * 1_024}, OUT_OF_RANGE),
        (Unload, {"slot": 8}, OUT_OF_RANGE),
        (Unload, {"slot": -1}, OUT_OF_RANGE),
        (Schedule, {"segment": 1, "slot": 1}, NOTHING_THERE),
        (Schedule, {"segment": 1, "slot": 8}, NOTHING_THERE),
        (Schedule, {"segment": -1, "slot": 0}, OUT_OF_RANGE),
        (Schedule, {"segment": 2**32, "slot": 0}, OUT_OF_RANGE),
        (Schedule, {"segment": 1, "slot": 2**32}, OUT_OF_RANGE),
        (Schedule, {"segment": 1, "slot": 0, "song_frame": 24_000}, OUT_OF_RANGE),
        (Schedule, {"segment": 1, "slot": 0, "frames": 0}, OUT_OF_RANGE),
        (Schedule, {"segment": 1, "slot": 0, "at": 2**63}, OUT_OF_RANGE),
        (Schedule, {"segment": 1, "slot": 0, "at": 2**70}, OUT_OF_RANGE),
        (Schedule, {"segment": 1, "slot": 0, "fade_in": 2**32}, OUT_OF_RANGE),
        (Cut, {"fade_frames": 2**32}, OUT_OF_RANGE),
        (Cut, {"fade_frames": 1, "at": 2**64 - 1}, OUT_OF_RANGE),
        (SetGains, {"slot": 1, "gains": straight()}, OUT_OF_RANGE),
        (SetGains, {"slot": 0, "gains": straight(1)}, OUT_OF_RANGE),
        (SetGains, {"slot": 0, "gains": straight() + b"x"}, "This cannot be set"),
        (SetGains, {"slot": 0, "gains": b""}, ""),
        (SetGains, {"slot": -1, "gains": straight()}, "This cannot be set"),
        (SetGains, {"slot": 0, "gains": straight(), "ramp_frames": -1}, "This cannot be set"),
        (SetTrim, {"bus": 2, "trim_db": 0.0, "ramp_frames": 0}, "This cannot be set"),
        (SetTrim, {"bus": 0, "trim_db": math.nan, "ramp_frames": 0}, "This cannot be set"),
        (SetTrim, {"bus": 0, "trim_db": 1e9, "ramp_frames": 0}, "This cannot be set"),
        (SetGuard, {"bus": 2, "rms_dbfs": -20.0}, "This cannot be set"),
        (SetGuard, {"bus": 0, "rms_dbfs": math.nan}, "This cannot be set"),
        (SetGuard, {"bus": 0, "rms_dbfs": -90.0}, "This cannot be set"),
        (SetGuard, {"bus": 0, "rms_dbfs": 1e9}, "This cannot be set"),
        (SetGuard, {"bus": -1, "rms_dbfs": None}, "This cannot be set"),
        (SetEq, {"bus": 2, "sections": FLAT, "glide_frames": 0}, "This cannot be set"),
        (SetEq, {"bus": 0, "sections": FLAT * 9, "glide_frames": 0}, "This cannot be set"),
        (SetEq, {"bus": 0, "sections": FLAT[:-1], "glide_frames": 0}, "This cannot be set"),
        (
            SetEq,
            {"bus": 0, "sections": np.array([[1.0, 0, 0, 0, 1.5]]).tobytes(), "glide_frames": 0},
            "This cannot be set: the filter is not stable.",
        ),
        (SetStemEq, {"slot": 0, "channel": 2, "sections": FLAT}, OUT_OF_RANGE),
        (SetStemEq, {"slot": 0, "channel": 0, "sections": FLAT * 9}, OUT_OF_RANGE),
        (SetStemEq, {"slot": 1, "channel": 0, "sections": FLAT}, NOTHING_THERE),
        (SetStemEq, {"slot": -1, "channel": 0, "sections": FLAT}, "This cannot be set"),
        (SetStemEq, {"slot": 0, "channel": 0, "sections": FLAT[:-1]}, "This cannot be set"),
        (
            SetStemEq,
            {"slot": 0, "channel": 0, "sections": np.array([[1.0, 0, 0, 0, 1.5]]).tobytes()},
            "This cannot be set: the filter is not stable.",
        ),
        (SetEarsEqualised, {"slot": 8, "on": True}, NOTHING_THERE),
        (SetEarsEqualised, {"slot": 2**32, "on": True}, "This cannot be set"),
    ],
)
def test_a_refusal_has_a_sentence_and_a_count(booth: Booth, kind: type, values: dict, refusal: str) -> None:
    said = booth.do(kind, **values)
    assert said.startswith(refusal)
    assert said.endswith(".")
    assert booth.engine.status().faults.refused_commands == 1
    booth.schedule(1, 0)
    booth.steps(4)
    assert np.array_equal(booth.heard(), coded(24_000)[: len(booth.heard())])


def test_the_song_that_plays_stays_where_it_is(booth: Booth, tmp_path: Path) -> None:
    other = write_song(tmp_path / "b.song", coded(24_000, 300_000))
    booth.schedule(1, 0, at=5_000)
    for _ in range(2):  # waiting, then playing
        assert booth.do(Load, slot=0, path=str(other.path)) == BUSY
        assert booth.do(Unload, slot=0) == BUSY
        booth.steps(25)
    assert booth.card.words()[-1, 0] < 24_000
    booth.steps(100)
    assert not booth.do(Unload, slot=0)
    wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.EMPTY)
    assert booth.do(Schedule, segment=2, slot=0) == NOTHING_THERE


def test_what_is_wrong_with_a_song_is_in_its_slot(booth: Booth, tmp_path: Path) -> None:
    whole = write_song(tmp_path / "whole.song", coded(24_000)).path.read_bytes()
    cases = {
        "none.song": (None, SongFault.CANNOT_OPEN),
        "text.song": (b"a letter from home" * 100, SongFault.NOT_PREPARED),
        "cut.song": (whole[:-1], SongFault.WRONG_LENGTH),
        "version.song": (whole[:8] + b"\x02" + whole[9:], SongFault.OTHER_VERSION),
        "header.song": (whole[:300] + b"\xff" + whole[301:], SongFault.DAMAGED_HEADER),
    }
    for name, (data, fault) in cases.items():
        if data is not None:
            (tmp_path / name).write_bytes(data)
        assert not booth.do(Load, slot=3, path=str(tmp_path / name))
        wait_for(lambda: booth.engine.player.slot_status(3).state is SlotState.FAILED)
        assert booth.engine.status().slots[3].fault == fault
        assert booth.do(Schedule, segment=1, slot=3) == NOTHING_THERE
    other_rate = write_song(tmp_path / "rate.song", coded(1_000), rate_hz=44_100)
    assert not booth.do(Load, slot=3, path=str(other_rate.path))
    wait_for(lambda: booth.engine.player.slot_status(3).fault is SongFault.OTHER_RATE)


def test_quit_ends_the_loop_with_a_fade(open_booth: Open, tmp_path: Path) -> None:
    booth = open_booth()
    booth.load(0, write_song(tmp_path / "a.song", np.full((48_000, 2), 800_000)))
    booth.schedule(1, 0)
    booth.steps(10)
    assert not booth.do(Quit)
    booth.engine.run()
    heard = booth.card.words()[:, 0] / 800_000
    assert np.abs(np.diff(heard))[BLOCK:].max() < 0.001
    silent = len(heard) - 1 - np.flatnonzero(heard)[-1]
    assert silent >= booth.card.blocks * BLOCK, "the card's queue must be silent when it is let go"


def test_a_guard_holds_what_is_too_loud_until_it_is_taken_away(booth: Booth, tmp_path: Path) -> None:
    booth.load(1, write_song(tmp_path / "loud.song", np.full((96_000, 2), 2**21)))
    booth.schedule(1, 1)
    booth.steps(40)
    assert booth.card.words()[-1].tolist() == [2**21, 2**21]
    assert not booth.do(SetGuard, bus=1, rms_dbfs=-20.0)
    booth.steps(40)
    assert booth.card.words()[-1] == pytest.approx([2**21, 2**23 * 0.1], rel=1e-3)
    assert not booth.do(SetGuard, bus=1, rms_dbfs=None)
    booth.steps(120)
    assert booth.card.words()[-1].tolist() == [2**21, 2**21]


NUMBERS = st.one_of(st.integers(-(2**63), 2**64 - 1), st.integers(-3, 70), st.integers(0, 30_000))


@st.composite
def commands(draw: st.DrawFn) -> AnyCommand:
    """Any command that the types allow."""
    kinds = (Load, Unload, SetGains, SetStemEq, SetEarsEqualised, Schedule, Cut, SetTrim, SetEq, SetGuard, Subscribe)
    kind = draw(st.sampled_from(kinds))
    chosen: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        chosen[field.name] = draw(
            {
                int: NUMBERS,
                float: st.floats(),
                float | None: st.one_of(st.none(), st.floats()),
                bool: st.booleans(),
                str: st.sampled_from(("", "/dev/null", "/proc/self/mem", "a\0b", "/dev/zero", "x" * 5_000)),
                bytes: st.one_of(st.binary(max_size=90), st.just(straight()), st.just(FLAT)),
            }[field.type]
        )
    return kind(**chosen)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(commands(), max_size=20))
def test_whatever_the_numbers_say_the_engine_goes_on(booth: Booth, wild: list[AnyCommand]) -> None:
    before = booth.clock
    for command in wild:
        refusal = booth.engine.obey(command)
        assert refusal == "" or (refusal.endswith(".") and "\n" not in refusal)
    booth.steps(2)
    assert booth.clock == before + 2 * BLOCK
    status = booth.engine.status()
    assert status.segments <= 64
    peak = np.abs(booth.card.words()[-2 * BLOCK :]).max()
    assert peak <= 2**23 * 10 ** (-1 / 20) + 1
