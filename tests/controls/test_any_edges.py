"""Whatever edges come, in whatever order: nothing breaks, time runs forwards, and it comes to rest."""

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.controls.gestures import Gesture, GestureMachine
from appliance.settings import ControlsSettings
from appliance.settings.triggers import parse_trigger

TRIGGERS = [
    parse_trigger(text)
    for text in ("a press", "a long", "a double", "b press", "c press", "c long", "a+b both", "c double")
]
SETTINGS = ControlsSettings(at_once=("c",))
SWITCHES = "abcz"

edges = st.lists(
    st.tuples(
        st.sampled_from(SWITCHES), st.booleans(), st.one_of(st.floats(0, 0.01), st.floats(0, 2), st.floats(0, 30))
    ),
    max_size=60,
)


def play(made, wake):
    """All events; between edges it sleeps as the machine asks, or not at all."""
    machine, events, now_s = GestureMachine(TRIGGERS, SETTINGS), [], 0.0
    for switch, closed, later_s in made:
        now_s += later_s
        while wake and (due_s := machine.next_deadline()) is not None and due_s <= now_s:
            events += machine.advance(due_s)
        events += machine.feed(switch, closed, now_s)
    for switch in SWITCHES:
        events += machine.feed(switch, False, now_s)
    while (due_s := machine.next_deadline()) is not None:
        assert due_s <= now_s + 3.0  # all are up: nothing is undecided for long
        events += machine.advance(due_s)
    return events


@settings(max_examples=300, deadline=None)
@given(edges)
def test_nothing_breaks_and_sleeping_changes_nothing(made):
    events = play(made, wake=True)
    assert events == play(made, wake=False)
    assert [event.time_s for event in events] == sorted(event.time_s for event in events)


@settings(max_examples=300, deadline=None)
@given(edges)
def test_no_switch_presses_twice_within_the_lock_out(made):
    last_s = {}
    for event in play(made, wake=True):
        if isinstance(event, Gesture) and event.trigger in {parse_trigger("b press"), parse_trigger("c press")}:
            assert event.time_s - last_s.get(event.trigger, -1.0) >= SETTINGS.lockout_s
            last_s[event.trigger] = event.time_s
