"""What is read from an engine that plays already."""

from pathlib import Path

import msgspec
from test_cues import cues_of

from appliance.conductor.cues import Cue
from appliance.conductor.recovery import Found, look
from appliance.kernel import SlotState
from appliance.messages import Faults, Scheduled, Slot, Status


def report(slots: dict[int, Cue | str], schedule: list[Scheduled], clock: int = 10_000, segment: int = 5) -> Status:
    def path(cue: Cue | str) -> str:
        return cue if isinstance(cue, str) else str(cue.playable.song.path.absolute())

    described = tuple(
        Slot(SlotState.READY if n in slots else SlotState.EMPTY, 0, 0, 0, 0, False, path(slots.get(n, "")))
        for n in range(8)
    )
    return Status(
        clock, 48_000, 126, bool(schedule), segment, 0, 0, len(schedule), "", "", described, (),
        Faults(0, 0, 0, 0, 0, 0, 0), 0, False, tuple(schedule),
    )  # fmt: skip


def test_nothing_plays(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "AB")
    found = look(report({2: cues[1], 5: "/elsewhere.song"}, []), cues, 0)
    assert found == Found({2: 1}, (5,), None, None, None, 0, 6, None)


def test_a_song_plays_and_the_next_is_on_the_schedule(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "ABC")
    now, then = Scheduled(5, 0, 9_000, 0, 90_000, False), Scheduled(6, 1, 99_000, 0, 1_000, False)
    found = look(report({0: cues[1], 1: cues[2]}, [now, then]), cues, 1)
    assert (found.current.id, found.current.place, found.current.position(10_000)) == (5, 1, 1_000)
    assert (found.ahead.id, found.ahead.place, found.next_id) == (6, 2, 7)


def test_the_next_song_had_begun_meanwhile(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "ABC")
    found = look(report({0: cues[1], 1: cues[2]}, [Scheduled(6, 1, 9_000, 0, 9_000, False)]), cues, 1)
    assert found.current.place == 2
    assert found.slots == {0: 1, 1: 2}


def test_in_the_gap_the_next_song_is_the_current_one(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "AB")
    found = look(report({0: cues[0], 1: cues[1]}, [Scheduled(6, 1, 12_000, 0, 9_000, False)]), cues, 0)
    assert (found.current.place, found.current.at, found.ahead) == (1, 12_000, None)


def test_one_song_passes_into_the_next(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "AB")
    both = [Scheduled(5, 0, 1_000, 0, 10_000, False), Scheduled(6, 1, 9_000, 0, 9_000, False)]
    found = look(report({0: cues[0], 1: cues[1]}, both), cues, 0)
    assert (found.current.place, found.tail.place) == (1, 0)


def test_what_was_stopped_is_on_its_way_to_silence(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "AB")
    found = look(report({0: cues[0]}, [Scheduled(5, 0, 9_000, 0, 2_400, True)]), cues, 0)
    assert (found.current, found.quiet_at) == (None, 11_400)


def test_a_song_that_is_played_twice_is_the_one_at_the_place(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "ABA")
    playing = [Scheduled(5, 0, 9_000, 0, 9_000, False)]
    assert look(report({0: cues[0]}, playing), cues, 0).current.place == 0
    assert look(report({0: cues[0]}, playing), cues, 1).current.place == 2
    assert look(report({0: cues[0], 1: cues[2]}, []), cues, 1).slots == {0: 2, 1: 0}


def test_a_song_that_ended_while_nobody_was_there_is_over(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "ABC")

    def over(segment: int, frame: int, slot: int = 0) -> int | None:
        status = msgspec.structs.replace(report({0: cues[0], 1: cues[1]}, []), song_frame=frame, slot=slot)
        return look(status, cues, 0, segment).over

    assert over(5, 1_000) == 0
    assert over(5, 999) is None, "it was stopped"
    assert over(0, 1_000) is None, "nothing was playing"
    assert over(4, 1_000, slot=1) == 1, "the next one had followed by itself"
    assert over(6, 1_000) is None, "of another engine"


def test_music_that_is_not_tonights_is_let_alone(tmp_path: Path) -> None:
    cues = cues_of(tmp_path, "A")
    found = look(report({0: "/elsewhere.song"}, [Scheduled(5, 0, 9_000, 0, 9_000, False)]), cues, 0)
    assert (found.current, found.foreign, found.slots) == (None, (), {})
