"""Lamps: each meaning has a shape in time of its own, and the loop may sleep between changes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.controls.lamps import Beat, Lamp, LampState, lamp_text, lit, next_change_s, pattern

STATES = {
    "ready": LampState(ready=True, next_cued=True),
    "loading": LampState(loading=True, next_loading=True),
    "remembered": LampState(loading=True, remembered=True),
    "playing": LampState(playing=True, ready=True),
    "on the beat": LampState(playing=True, beat=Beat(3.0, 0.5)),
    "in bars": LampState(playing=True, beat=Beat(3.0, 0.5, 4)),
    "paused": LampState(paused=True, ready=True),
    "fault": LampState(fault=True, ready=True),
    "refused": LampState(playing=True, refused_s=12.0),
    "nothing": LampState(),
}
moments = st.floats(0, 1e6)


def shape(lamp, state, start_s, seconds=0.5):
    """What an eye that knows no colour sees: on or off, every 10 ms."""
    return tuple(lit(lamp, state, start_s + number / 100) for number in range(round(seconds * 100)))


def flashes(lamp, state, seconds, start_s=360.0):
    samples = shape(lamp, state, start_s, seconds)
    return sum(now and not before for before, now in zip((False, *samples), samples, strict=False))


def test_one_lamp_tells_all_meanings_apart():
    shapes = {name: shape(Lamp.ALL, state, 12.0, 0.5 if name == "refused" else 4.0) for name, state in STATES.items()}
    shapes["refused"] *= 8
    assert len(set(shapes.values())) == len(STATES)


def test_what_each_lamp_shows():
    assert set(shape(Lamp.READY, STATES["ready"], 7.0)) == {True}
    assert set(shape(Lamp.NEXT, STATES["ready"], 7.0)) == {True}
    assert set(shape(Lamp.READY, STATES["playing"], 7.0)) == {False}
    assert set(shape(Lamp.FAULT, STATES["ready"], 7.0)) == {False}
    assert flashes(Lamp.FAULT, STATES["fault"], 18) == 30
    assert flashes(Lamp.READY, STATES["remembered"], 6) == 20
    assert flashes(Lamp.READY, STATES["loading"], 20) == 10
    assert flashes(Lamp.PLAYING, STATES["playing"], 10) == 10
    assert flashes(Lamp.PLAYING, STATES["on the beat"], 10) == 20


def test_the_beat_is_on_the_beat_and_the_first_of_a_bar_is_longer():
    state = LampState(playing=True, beat=Beat(bar_s=100.25, beat_s=0.4, beats=3))
    for beat in range(9):
        start_s = 100.25 + 0.4 * beat
        assert not lit(Lamp.PLAYING, state, start_s - 0.001)
        assert lit(Lamp.PLAYING, state, start_s + 0.001)
        assert lit(Lamp.PLAYING, state, start_s + 0.15) is (beat % 3 == 0)
        assert not lit(Lamp.PLAYING, state, start_s + 0.25)


def test_a_refusal_flickers_and_passes():
    state = STATES["refused"]
    assert flashes(Lamp.PLAYING, state, 0.5, 12.0) == 5
    assert pattern(Lamp.PLAYING, state, 12.5) == pattern(Lamp.PLAYING, STATES["playing"], 12.5)
    assert pattern(Lamp.PLAYING, state, 11.9) == pattern(Lamp.PLAYING, STATES["playing"], 11.9)


@given(st.sampled_from(sorted(STATES)), st.sampled_from(Lamp), st.floats(0, 1000))
def test_nothing_changes_before_the_loop_looks_again(name, lamp, start_s):
    state = STATES[name]
    ends_s = next_change_s(lamp, state, start_s) - 2e-6
    assert ends_s > start_s - 2e-6
    if math.isinf(ends_s):
        ends_s = start_s + 10
    for share in (0.01, 0.3, 0.7):
        assert lit(lamp, state, start_s + share * (ends_s - start_s)) == lit(lamp, state, start_s)


@pytest.mark.parametrize("name", ["playing", "in bars", "fault", "remembered", "refused"])
def test_a_loop_that_sleeps_as_long_as_it_may_misses_no_flash(name):
    state, now_s, seen = STATES[name], 12.0, []
    while now_s < 22.0:
        seen.append((now_s, lit(Lamp.ALL, state, now_s)))
        now_s = next_change_s(Lamp.ALL, state, now_s)
    assert len(seen) < 140
    woken = sum(now and not before for (_, before), (_, now) in zip([(0, False), *seen], seen, strict=False))
    assert woken == flashes(Lamp.ALL, state, 10, 12.0)


def test_the_terminal_shows_the_same():
    assert lamp_text(STATES["ready"], 7.0) == "● ready  ○ playing  ● next  ○ fault"
    assert lamp_text(STATES["playing"], 7.0, (Lamp.ALL,)) == "● all"
    assert lamp_text(STATES["playing"], 7.6, (Lamp.ALL,)) == "○ all"
