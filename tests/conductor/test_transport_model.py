"""Any presses in any order, with an engine that is always a little ahead of what the transport knows."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stand_in import BLOCK, RATE, StandIn, song

from appliance.conductor.model import Limits, Outcome, State
from appliance.conductor.rules import obey
from appliance.conductor.transport import Transport
from appliance.control import commands
from appliance.songs.setlist import End

ENDS = st.one_of(
    st.just({"end": End.STOP}),
    st.just({"end": End.CONTINUE}),
    st.builds(lambda gap: {"end": End.SEGUE, "gap": gap}, st.integers(0, 600)),
    st.builds(lambda fade: {"end": End.SEGUE, "crossfade": fade}, st.integers(0, 600)),
)
SONGS = st.lists(st.tuples(st.integers(30, 3_000), ENDS), max_size=5)
SIMPLE = st.sampled_from([
    commands.Play(), commands.Go(), commands.Stop(), commands.Pause(), commands.Next(), commands.Previous(),
    commands.Restart(), commands.Panic(), commands.ClickOnly(), commands.Rejoin(), commands.Clear(),
])  # fmt: skip
PRESSES = st.one_of(
    SIMPLE,
    st.builds(commands.FadeOut, seconds=st.floats(0.05, 3)),
    st.builds(commands.Goto, number=st.integers(1, 6)),
    st.builds(commands.GotoSection, name=st.sampled_from(["Verse", "cho", "Bridge"])),
)
STARTERS = (commands.Play, commands.Go)
MOST_LATE = 3
"""Blocks that the engine is ahead of what it last said; the transport's lead is one more."""
SKIPS = (commands.Go, commands.Next, commands.Previous, commands.Goto)


class Nights(RuleBasedStateMachine):
    """``late``: blocks that the engine has played since it last spoke; an order arrives only then."""

    @initialize(songs=SONGS, skip=st.booleans(), loaded=st.integers(0, 5))
    def begin(self, songs: list[tuple[int, dict[str, object]]], skip: bool, loaded: int) -> None:
        items = tuple(song(n, frames, **end) for n, (frames, end) in enumerate(songs, start=1))
        self.transport = Transport(Limits(RATE, 50, 20, 20, skip), items)
        self.engine, self.alive, self.trouble = StandIn(), True, ""
        self.ready = set(range(min(loaded, len(songs))))
        self.failed: dict[int, str] = {}
        self.look()

    def look(self) -> None:
        view = self.engine.view(self.ready, engine=self.alive, trouble=self.trouble, failed=dict(self.failed))
        wanted = self.transport.wanted
        effects = self.transport.observe(view)
        if wanted and self.alive and not self.trouble and self.transport.place in self.ready - set(self.failed):
            fading = self.transport.timeline.fading
            assert fading or not self.transport.wanted, "a remembered press is obeyed the moment it can be"
        self.engine.obey(effects)

    @rule(blocks=st.integers(1, 300))
    def time(self, blocks: int) -> None:
        """The engine speaks 20 times a second."""
        for done in range(0, blocks, 10):
            self.engine.run(min(10, blocks - done))
            self.look()

    @rule(press=PRESSES, late=st.integers(0, 3))
    def press(self, press: commands.Command, late: int) -> None:
        unheard = (self.engine.clock - self.transport.view.clock) // BLOCK
        self.engine.run(min(late, MOST_LATE - unheard))
        before = (self.transport.state, self.transport.place, self.transport.wanted)
        outcome: Outcome = obey(self.transport, press)
        starts = [effect for effect in outcome.effects if type(effect).__name__ == "Start"]
        assert outcome.sentence
        assert len(starts) <= 1
        if isinstance(press, SKIPS) and before[0] is State.PLAYING:
            assert not outcome.done or self.transport.limits.allow_skip, "feet slip"
        if not outcome.done:
            assert not outcome.effects
            assert (self.transport.state, self.transport.place, self.transport.wanted) == before
        elif isinstance(press, STARTERS):
            assert len(starts) + self.transport.wanted == 1 or before[0] is State.PLAYING, "obeyed once, or remembered"
        if starts:
            assert starts[0].segment.place == self.transport.place
        self.engine.obey(outcome.effects)

    @rule()
    def play(self) -> None:
        self.press(commands.Play(), 0)

    @rule(seconds=st.integers(1, 4))
    def longer(self, seconds: int) -> None:
        self.time(seconds * RATE // BLOCK)

    @rule(place=st.integers(0, 4))
    def loaded(self, place: int) -> None:
        if self.alive and place < len(self.transport.items) and place not in self.failed:
            self.ready.add(place)
        self.look()

    @rule(place=st.integers(0, 4), fails=st.booleans())
    def fails(self, place: int, fails: bool) -> None:
        if place < len(self.transport.items) and place not in self.ready:
            self.failed[place] = "It is damaged."
        if not fails:
            self.failed.clear()
        self.look()

    @rule(trouble=st.sampled_from(["", "The interface is unplugged."]))
    def interface(self, trouble: str) -> None:
        self.trouble = trouble
        self.look()

    @precondition(lambda self: self.alive)
    @rule(noticed=st.booleans(), dies=st.integers(0, 4))
    def engine_dies(self, noticed: bool, dies: int) -> None:
        if dies:  # seldom: else nothing would ever play for long
            return
        self.alive = not (noticed or self.engine.clock <= BLOCK)
        self.engine, self.ready = StandIn(), set()
        self.engine.run()
        self.look()

    @precondition(lambda self: not self.alive)
    @rule()
    def engine_is_back(self) -> None:
        self.alive = True
        self.look()
        assert self.transport.state in {State.EMPTY, State.CUEING, State.FAULTED}

    @precondition(lambda self: not self.transport.turning)
    @rule(take=st.permutations(range(5)))
    def setlist_is_edited(self, take: list[int]) -> None:
        old = self.transport.items
        order = [n for n in take if n < len(old)]
        items = tuple(old[n] for n in order)
        same = self.transport.place < len(old)
        place = order.index(self.transport.place) if same else len(old)
        self.ready = {order.index(n) for n in self.ready if n < len(old)}
        self.failed = {order.index(n): why for n, why in self.failed.items()}
        for voice in self.engine.voices:
            voice.segment = replace(voice.segment, place=order.index(voice.segment.place))
        view = self.engine.view(self.ready, engine=self.alive, trouble=self.trouble, failed=dict(self.failed))
        self.engine.obey(self.transport.change(items, place, same, view))

    @invariant()
    def two_songs_sound_only_where_one_passes_into_the_next(self) -> None:
        if hasattr(self, "engine"):
            for older, newer in self.engine.crossings:
                item = self.transport.items[older]
                assert newer == older + 1, "not the song that follows"
                assert item.crossfade, "there was to be no crossfade"
            self.engine.crossings.clear()

    @invariant()
    def the_place_is_one_of_the_setlist(self) -> None:
        if hasattr(self, "transport"):
            t = self.transport
            assert 0 <= t.place <= len(t.items)
            assert (t.state is State.EMPTY) == (t.place == len(t.items)) or t.state is State.FAULTED

            assert not t.wanted or t.state in {State.CUEING, State.FADING}
            assert (t.timeline.current is not None) == (t.state is State.PLAYING)
            assert t.timeline.current is None or t.timeline.current.place == t.place

    @invariant()
    def every_state_has_its_sentence(self) -> None:
        if hasattr(self, "transport"):
            assert self.transport.sentence.endswith(".")
            assert len(self.transport.sentence.splitlines()) == 1

    @invariant()
    def nothing_plays_that_the_transport_does_not_know_of(self) -> None:
        if hasattr(self, "engine") and self.alive and self.transport.state in {State.CUED, State.CUEING, State.EMPTY}:
            waiting = [v for v in self.engine.voices if v.cut_end is None and v.end > self.engine.clock + 10 * BLOCK]
            assert not waiting


Nights.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestNights = Nights.TestCase
