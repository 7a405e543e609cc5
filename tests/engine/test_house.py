"""Whatever the rig, the song and the commands: click, guide and time code never come out of a house output."""

from pathlib import Path

import numpy as np
from booth import Booth, ScriptedCard, two_output_rig, wait_for, write_song
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settings.random_rigs import reckless_rigs

from appliance.kernel import SlotState
from appliance.messages import Cut, Load, Schedule, SetEarsEqualised, SetEq, SetGains, SetStemEq, SetTrim
from appliance.settings import BusKind, Rig
from appliance.songs.model import Role
from appliance.songs.routing import gain_matrix

FRAMES = 6_000
HOUSE_AND_EARS = two_output_rig().buses
BOOST = np.array([[4.0, 0, 0, 0, 0]], "<f8").tobytes()
PRIVATE = (Role.CLICK, Role.GUIDE, Role.TIMECODE)


def noise(channels: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(1 << 22), 1 << 22, (FRAMES, channels)).astype(np.int32)


@st.composite
def nights(draw: st.DrawFn) -> tuple[Rig, list[Role], list[tuple]]:
    """A rig, what the song's channels are, and what is commanded while it plays."""
    rig = draw(reckless_rigs())
    roles = draw(st.lists(st.sampled_from(PRIVATE), min_size=1, max_size=6))
    number = st.integers(0, 400)
    gain = st.one_of(st.floats(-8, 8, width=32), st.sampled_from((1.0, -1.0, 64.0, float("inf"), float("nan"))))
    count = len(roles) * rig.bus_channels
    act = st.one_of(
        st.tuples(st.just("gains"), st.lists(gain, min_size=count, max_size=count), number),
        st.tuples(st.just("schedule"), st.integers(0, FRAMES - 1), number),
        st.tuples(st.just("cut"), number, st.just(0)),
        st.tuples(st.just("trim"), st.integers(0, 5), st.floats(-60, 24)),
        st.tuples(st.just("stem eq"), st.integers(0, len(roles) - 1), number),
        st.tuples(st.just("ears"), st.booleans(), st.just(0)),
        st.tuples(st.just("reload"), st.just(0), st.just(0)),
    )
    return rig, roles, draw(st.lists(act, max_size=8))


def house_outputs(rig: Rig) -> list[int]:
    return [out - 1 for bus in rig.buses if bus.kind is BusKind.HOUSE for group in bus.patch for out in group]


def play(folder: Path, rig: Rig, roles: list[Role], acts: list[tuple]) -> np.ndarray:
    song = write_song(folder / "private.song", noise(len(roles), 1), roles)
    booth = Booth(rig, ScriptedCard(rig.outputs, rig.block_frames))
    try:
        everything = np.ones((len(roles), rig.bus_channels), "<f4").tobytes()
        booth.load(0, song, everything)
        routed = gain_matrix(rig, song.metadata.stems, song.channels)
        booth.do(SetGains, slot=0, gains=routed.astype("<f4").tobytes())  # refused where a send is louder than can be
        booth.schedule(1, 0)
        for act, a, b in acts:
            if act == "gains":
                booth.do(SetGains, slot=0, gains=np.array(a, "<f4").tobytes(), ramp_frames=b)
            elif act == "schedule":
                booth.do(Schedule, segment=2, slot=0, song_frame=a, fade_in=b)
            elif act == "cut":
                booth.do(Cut, fade_frames=a)
            elif act == "trim":
                booth.do(SetTrim, bus=a, trim_db=b, ramp_frames=0)
            elif act == "stem eq":
                assert not booth.do(SetStemEq, slot=0, channel=a, sections=BOOST, glide_frames=b)
            elif act == "ears":
                assert not booth.do(SetEarsEqualised, slot=0, on=a)
            elif not booth.do(Load, slot=0, path=str(song.path)):
                wait_for(lambda: booth.engine.player.slot_status(0).state is SlotState.READY)
                booth.do(SetGains, slot=0, gains=everything)
            booth.steps(3)
        assert not booth.do(SetGains, slot=0, gains=everything)
        booth.schedule(3, 0)
        booth.steps(12)
        return booth.card.words()
    finally:
        booth.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights())
def test_what_is_private_stays_out_of_the_house(tmp_path: Path, night: tuple[Rig, list[Role], list[tuple]]) -> None:
    rig, roles, acts = night
    heard = play(tmp_path, rig, roles, acts)
    house = house_outputs(rig)
    assert not heard[:, house].any()
    ears = [out for out in range(sum(bus.width for bus in rig.buses)) if out not in house]
    assert not ears or heard[:, ears].any(), "with gains of one everywhere the ears hear it: the test can see"


def test_a_song_that_calls_its_click_a_track_would_be_seen(tmp_path: Path) -> None:
    """The same engine, the same gains, another role: this is what the test above would see."""
    rig = Rig(outputs=2, buses=HOUSE_AND_EARS)
    heard = play(tmp_path, rig, [Role.TRACK], [])
    assert heard[:, house_outputs(rig)].any()


def test_an_equaliser_makes_nothing_of_silence(tmp_path: Path) -> None:
    rig = Rig(outputs=2, buses=HOUSE_AND_EARS)
    booth = Booth(rig)
    booth.load(0, write_song(tmp_path / "c.song", noise(1, 2), [Role.CLICK]), np.ones((1, 2), "<f4").tobytes())
    booth.schedule(1, 0)
    assert not booth.do(SetEq, bus=0, sections=BOOST, glide_frames=0)
    booth.steps(20)
    assert not booth.card.words()[:, 0].any()
    assert booth.card.words()[:, 1].any()
    booth.close()
