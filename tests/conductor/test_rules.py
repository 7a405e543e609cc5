"""What presses do, one at a time: the sentences, the orders, and what becomes of a press that comes too early."""

import pytest
from stand_in import LIMITS, RATE, StandIn, three

from appliance.conductor.model import Cut, Item, Limits, Outcome, Reload, SetTracks, State
from appliance.conductor.rules import RULES, obey
from appliance.conductor.transport import NO_ENGINE, Transport
from appliance.control import commands
from appliance.control.commands import (
    Clear,
    ClickOnly,
    FadeOut,
    Go,
    Goto,
    GotoSection,
    Next,
    Panic,
    Pause,
    Play,
    Previous,
    Rejoin,
    Restart,
    Stop,
)
from appliance.songs.setlist import End

ALL = {0, 1, 2}
BEGUN_AT = 0


class Stage:
    """A transport on the stand-in engine."""

    def __init__(self, items: tuple[Item, ...] | None = None, limits: Limits = LIMITS) -> None:
        self.engine = StandIn()
        self.transport = Transport(limits, three() if items is None else items)
        self.ready: set[int] = set(ALL)
        self.more: dict[str, object] = {}
        self.look()

    def look(self) -> None:
        self.engine.obey(self.transport.observe(self.engine.view(self.ready, **self.more)))

    def press(self, command: commands.Command) -> Outcome:
        outcome = obey(self.transport, command)
        self.engine.obey(outcome.effects)
        return outcome

    def seconds(self, seconds: float) -> None:
        for _ in range(round(seconds * RATE / 50)):
            self.engine.run(10)
            self.look()

    @property
    def at(self) -> tuple[State, int]:
        return self.transport.state, self.transport.place

    @property
    def sounding(self) -> list[int]:
        return [v.segment.place for v in self.engine.voices if v.at < self.engine.clock]


def test_a_song_plays_to_its_end_and_the_next_is_cued() -> None:
    stage = Stage()
    assert stage.at == (State.CUED, 0)
    assert stage.press(Play()).sentence == "Song 1 plays."
    stage.seconds(1)
    assert (stage.at, stage.transport.timeline.position()) == ((State.PLAYING, 0), 1_000)
    stage.seconds(3.2)
    assert stage.at == (State.CUED, 1)
    assert not stage.sounding


def test_the_last_song_is_not_played_again_by_a_press_too_many() -> None:
    stage = Stage()
    stage.press(Goto(number=3))
    stage.press(Play())
    stage.seconds(4.2)
    assert stage.at == (State.EMPTY, 3)
    assert stage.press(Play()) == Outcome(False, "The setlist is over.")
    assert stage.press(Previous()).done
    assert stage.at == (State.CUED, 2)
    stage.press(Play())
    stage.seconds(4.2)
    assert stage.press(Restart()).sentence == "Song 1 is cued."


def test_a_press_while_loading_is_remembered_and_obeyed_once() -> None:
    stage = Stage()
    stage.ready = set()
    stage.look()
    stage.press(Next())
    assert stage.at == (State.CUEING, 1)
    assert stage.press(Play()).sentence == "Song 2 is being loaded, and starts as soon as it can."
    assert stage.press(Play()).done
    stage.seconds(1)
    assert not stage.sounding
    stage.ready = {1}
    stage.seconds(1)
    assert stage.at == (State.PLAYING, 1)
    assert [segment.place for segment in stage.engine.begun] == [1]


@pytest.mark.parametrize("command", [Stop(), Next(), Goto(number=1), Panic()])
def test_what_says_otherwise_takes_a_remembered_press_back(command: commands.Command) -> None:
    stage = Stage()
    stage.ready = set()
    stage.look()
    stage.press(Play())
    stage.press(command)
    stage.ready = set(ALL)
    stage.seconds(1)
    assert stage.transport.state is State.CUED
    assert not stage.engine.begun


def test_stop_fades_and_cues_the_song_from_its_start() -> None:
    stage = Stage()
    stage.press(Play())
    stage.seconds(1)
    assert stage.press(Stop()).effects == (Cut(50),)
    assert stage.transport.state is State.FADING
    stage.seconds(0.1)
    assert stage.at == (State.CUED, 0)
    assert stage.press(Stop()) == Outcome(False, "Nothing is playing.")
    stage.press(Play())
    assert stage.engine.voices[-1].segment.song_frame == 0


def test_a_long_fade_is_cut_short_by_play_and_by_stop() -> None:
    for command in (Play(), Stop()):
        stage = Stage()
        stage.press(Play())
        stage.seconds(1)
        stage.press(FadeOut(seconds=3))
        stage.seconds(0.5)
        assert stage.at == (State.FADING, 0)
        assert not stage.press(FadeOut(seconds=1)).done
        assert stage.press(command).effects[0] == Cut(50)
        stage.seconds(0.2)
        assert stage.transport.state is (State.PLAYING if command == Play() else State.CUED)
        assert not stage.engine.crossings


def test_next_in_a_fade_cues_the_next_song_when_it_is_over() -> None:
    stage = Stage()
    stage.press(Play())
    stage.seconds(1)
    stage.press(FadeOut(seconds=1))
    stage.press(Next())
    assert stage.at == (State.FADING, 1)
    stage.seconds(1.2)
    assert stage.at == (State.CUED, 1)


def test_pause_goes_on_where_it_was() -> None:
    stage = Stage()
    stage.press(Play())
    stage.seconds(1)
    assert stage.press(Pause()).sentence == "Song 1 is paused at 0:01."
    assert not stage.press(Pause()).done
    stage.seconds(1)
    assert stage.at == (State.PAUSED, 0)
    stage.press(Play())
    assert stage.engine.voices[-1].segment.song_frame == 1_000
    stage.seconds(0.2)
    stage.press(Pause())
    assert stage.press(Stop()).sentence.startswith("The music fades out")
    stage.seconds(0.2)
    assert (stage.at, stage.transport.frame) == ((State.CUED, 0), None)


@pytest.mark.parametrize("command", [Next(), Previous(), Goto(number=3), Go()])
def test_feet_slip(command: commands.Command) -> None:
    stage = Stage()
    stage.press(Next())
    stage.press(Play())
    stage.seconds(1)
    refused = stage.press(command)
    assert not refused.done
    assert "allow_skip_while_playing" in refused.sentence
    assert stage.at == (State.PLAYING, 1)


@pytest.mark.parametrize("command", [Next(), Previous(), Goto(number=3), Go()])
def test_skipping_where_the_rig_allows_it(command: commands.Command) -> None:
    limits = Limits(rate_hz=RATE, stop_fade=50, panic_fade=20, lead=20, allow_skip=True)
    stage = Stage(limits=limits)
    stage.press(Next())
    stage.press(Play())
    stage.seconds(1)
    assert stage.press(command).done
    stage.seconds(0.5)
    assert stage.at == (State.PLAYING, 0 if command == Previous() else 2)
    assert not stage.engine.crossings
    assert len(stage.engine.begun) == 2


def test_one_switch_plays_and_only_plays_while_nothing_does() -> None:
    stage = Stage()
    assert stage.press(Go()).sentence == "Song 1 plays."
    assert not stage.press(Go()).done


def test_restart_jumps_to_the_start_without_two_at_once() -> None:
    stage = Stage()
    stage.press(Play())
    stage.seconds(2)
    stage.press(Restart())
    stage.seconds(0.2)
    assert stage.transport.state is State.PLAYING
    assert 0 < (stage.transport.timeline.position() or 0) < 200


def test_sections_are_jumped_to_and_cued() -> None:
    stage = Stage()
    assert stage.press(GotoSection(name="cho")).sentence == "Song 1 is cued at Chorus."
    stage.press(Play())
    assert stage.engine.voices[-1].segment.song_frame == 2_000
    stage.seconds(1)
    stage.press(GotoSection(name="Verse"))
    stage.seconds(0.1)
    assert 100 < (stage.transport.timeline.position() or 0) < 250
    unknown = stage.press(GotoSection(name="Bridge"))
    assert unknown == Outcome(False, "Song 1 has no section Bridge. It has Verse, Chorus.")


@pytest.mark.parametrize(("end", "values"), [(End.CONTINUE, {}), (End.SEGUE, {"gap": 500}),
                                             (End.SEGUE, {"crossfade": 700})])  # fmt: skip
def test_what_follows_by_itself_comes_to_the_frame(end: End, values: dict[str, int]) -> None:
    stage = Stage(three(end, **values))
    stage.press(Play())
    stage.seconds(14)
    assert stage.at == (State.EMPTY, 3)
    first, second, third = stage.engine.begun
    assert first.at == BEGUN_AT, "with the first block"
    step = 4_000 + values.get("gap", 0) - values.get("crossfade", 0)
    assert third.at - second.at == second.at - BEGUN_AT == step
    assert set(stage.engine.crossings) == ({(0, 1), (1, 2)} if "crossfade" in values else set())
    assert second.fade_in == first.fade_out == values.get("crossfade", 0)


def test_a_press_in_the_gap_stops_what_would_follow() -> None:
    stage = Stage(three(End.SEGUE, gap=1_000))
    stage.press(Play())
    stage.seconds(4.5)
    assert stage.at == (State.PLAYING, 1)
    assert stage.transport.sentence == "Song 2 starts by itself after the gap."
    stage.press(Stop())
    stage.seconds(3)
    assert stage.at == (State.CUED, 1)
    assert len(stage.engine.begun) == 1


def test_what_follows_and_is_not_loaded_starts_when_it_is() -> None:
    stage = Stage(three(End.CONTINUE))
    stage.ready = {0}
    stage.press(Play())
    stage.seconds(4.5)
    assert (stage.at, stage.transport.wanted) == ((State.CUEING, 1), True)
    stage.ready = set(ALL)
    stage.seconds(0.2)
    assert stage.at == (State.PLAYING, 1)


def test_what_follows_and_cannot_be_loaded_says_so() -> None:
    stage = Stage(three(End.CONTINUE))
    stage.ready, stage.more = {0, 2}, {"failed": {1: "The prepared song is damaged."}}
    stage.press(Play())
    stage.seconds(4.5)
    assert stage.at == (State.FAULTED, 1)
    assert stage.press(Play()) == Outcome(False, "The prepared song is damaged.")
    assert stage.press(Clear()).effects == (Reload(1),)
    assert stage.press(Next()).done
    assert stage.press(Play()).sentence == "Song 3 plays."


def test_panic_is_obeyed_whatever_is_believed() -> None:
    stage = Stage()
    assert stage.press(Panic()).effects == (Cut(20),)
    stage.seconds(0.1)
    stage.press(Play())
    stage.seconds(1)
    stage.press(Panic())
    stage.engine.run(5)
    assert not stage.sounding
    stage.seconds(0.1)
    assert stage.at == (State.CUED, 0)


def test_click_only_and_rejoin_at_the_next_section() -> None:
    stage = Stage()
    assert not stage.press(ClickOnly()).done
    stage.press(Play())
    stage.seconds(0.5)
    assert stage.press(ClickOnly()).effects == (SetTracks(0, False, 20),)
    assert not stage.press(ClickOnly()).done
    stage.seconds(0.5)
    assert stage.engine.silenced == {0}
    assert stage.press(Rejoin()).sentence == "Song 1 plays with click only. The tracks come back at Chorus."
    stage.seconds(0.9)
    assert stage.engine.silenced == {0}
    stage.seconds(0.2)
    assert stage.engine.silenced == set()
    assert stage.transport.sentence == "Song 1 plays."
    assert not stage.press(Rejoin()).done
    stage.press(ClickOnly())
    assert stage.press(Rejoin()).effects == (SetTracks(0, True, 20),), "no section is left"


def test_the_tracks_are_there_again_when_the_song_is_played_again() -> None:
    stage = Stage()
    stage.press(Play())
    stage.seconds(0.5)
    stage.press(ClickOnly())
    stage.press(Restart())
    assert stage.engine.silenced == {0}, "not while the old part still fades"
    stage.seconds(0.3)
    assert (stage.engine.silenced, stage.transport.state) == (set(), State.PLAYING)


def test_an_engine_that_dies_is_named_and_the_song_is_cued_again() -> None:
    stage = Stage()
    stage.press(Next())
    stage.press(Play())
    stage.seconds(1)
    stage.more = {"engine": False}
    stage.look()
    assert (stage.at, stage.transport.sentence) == ((State.FAULTED, 1), NO_ENGINE)
    assert stage.press(Play()) == Outcome(False, NO_ENGINE)
    assert stage.press(Next()).done, "the place can be chosen meanwhile"
    stage.press(Previous())
    stage.engine, stage.more, stage.ready = StandIn(), {}, set()
    stage.look()
    assert stage.at == (State.CUEING, 1)
    stage.ready = set(ALL)
    stage.seconds(1)
    assert stage.at == (State.CUED, 1)
    assert not stage.engine.begun, "never by itself"


def test_an_engine_that_was_replaced_unnoticed_is_known_by_its_clock() -> None:
    stage = Stage()
    stage.press(Play())
    stage.seconds(1)
    stage.engine = StandIn()
    stage.engine.run(3)
    stage.look()
    assert stage.at == (State.CUED, 0)


def test_with_an_interface_in_trouble_nothing_is_started() -> None:
    stage = Stage()
    stage.more = {"trouble": "The interface is unplugged."}
    stage.look()
    assert stage.press(Play()) == Outcome(False, "The interface is unplugged.")


def test_a_song_that_somebody_else_cut_stays_cued() -> None:
    stage = Stage()
    stage.press(Play())
    stage.seconds(1)
    stage.engine.obey((Cut(50),))
    stage.seconds(0.2)
    assert stage.at == (State.CUED, 0)


def test_an_edit_while_a_song_plays_changes_what_follows() -> None:
    stage = Stage(three(End.CONTINUE))
    stage.press(Play())
    stage.seconds(1)
    one, two, three_ = stage.transport.items
    view = stage.engine.view(ALL)
    stage.engine.obey(stage.transport.change((one, three_, two), 0, True, view))
    stage.seconds(3.5)
    assert [segment.place for segment in stage.engine.begun] == [0, 1]
    assert stage.transport.item == three_
    assert not stage.engine.crossings
    stage.engine.obey(stage.transport.change((three_,), 0, True, stage.engine.view({0})))
    stage.seconds(4)
    assert stage.at == (State.EMPTY, 1)
    assert len(stage.engine.begun) == 2


def test_an_edit_keeps_a_remembered_press_for_the_same_song_only() -> None:
    for same in (True, False):
        stage = Stage()
        stage.ready = set()
        stage.look()
        stage.press(Play())
        stage.transport.change(three(End.CONTINUE), 0, same, stage.engine.view())
        assert stage.transport.wanted is same


def test_every_command_has_a_rule() -> None:
    assert set(RULES) == set(commands.Transport.__args__)
