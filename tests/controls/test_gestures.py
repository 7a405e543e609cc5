"""The rule of when a press acts, at its edges; and switches that are broken."""

import pytest

from appliance.controls.contact import CLOSURES_MAX, Contact
from appliance.controls.gestures import Gesture, GestureMachine, Trouble
from appliance.settings import ControlsSettings
from appliance.settings.triggers import parse_trigger


def machine(*triggers, **settings):
    return GestureMachine([parse_trigger(text) for text in triggers], ControlsSettings(**settings))


def heard(box, *edges, until=10.0):
    """(what, when) of all that is decided; an edge is (switch, closed, time)."""
    events = []
    for switch, closed, time_s in edges:
        events += box.feed(switch, closed, time_s)
    events += box.advance(until)
    return [(str(e.trigger) if isinstance(e, Gesture) else e.kind, pytest.approx(e.time_s)) for e in events]


def tap(switch, at_s, held_s=0.1):
    return (switch, True, at_s), (switch, False, at_s + held_s)


@pytest.mark.parametrize(
    ("triggers", "settings", "held_s", "decided_s"),
    [
        (["a press"], {}, 0.1, 0.0),
        (["a press", "a repeat"], {}, 0.1, 0.0),
        (["a press", "a+b both"], {}, 0.1, 0.0),
        (["a press", "a long"], {}, 0.1, 0.13),
        (["a press", "a long"], {}, 0.7, 0.73),
        (["a press", "a double"], {}, 0.1, 0.4),
        (["a press", "a double"], {}, 2.0, 0.4),
        (["a press", "a double", "a long"], {}, 0.1, 0.4),
        (["a press", "a double", "a long"], {}, 0.7, 0.73),
        (["a press", "a double", "a long"], {"at_once": ("a",)}, 0.1, 0.0),
        (["a press", "a double"], {"double_s": 0.25}, 0.1, 0.25),
    ],
)
def test_a_press_acts_as_early_as_it_can_be_told(triggers, settings, held_s, decided_s):
    assert heard(machine(*triggers, **settings), *tap("a", 0.0, held_s)) == [("a press", decided_s)]


def test_long_acts_while_it_is_held_and_double_with_the_second_down_edge():
    box = machine("a press", "a long", "a double")
    assert box.feed("a", True, 0.0) == []
    assert box.next_deadline() == pytest.approx(0.4)
    assert box.advance(0.79) == []
    assert [str(event.trigger) for event in box.advance(0.8)] == ["a long"]
    assert heard(box, ("a", False, 3.0), until=4.0) == []
    assert heard(box, *tap("a", 5.0), ("a", True, 5.3)) == [("a double", 5.3)]


def test_at_once_long_and_double_come_on_top():
    box = machine("a press", "a long", "a double", at_once=("a",))
    assert heard(box, *tap("a", 0.0), *tap("a", 0.3), until=2) == [("a press", 0.0), ("a double", 0.3)]
    assert heard(box, *tap("a", 5.0, 1.0)) == [("a press", 5.0), ("a long", 5.8)]


def test_three_quick_taps_are_a_double_and_a_press():
    box = machine("a press", "a double")
    assert heard(box, *tap("a", 0.0), *tap("a", 0.25), *tap("a", 0.5)) == [("a double", 0.25), ("a press", 0.9)]


def test_the_lock_out_is_of_one_switch_only():
    box = machine("a press", "b press")
    edges = (*tap("a", 0.0, 0.05), *tap("b", 0.1, 0.03), *tap("a", 0.14, 0.01), *tap("a", 0.2, 0.05))
    assert heard(box, *sorted(edges, key=lambda edge: edge[2])) == [
        ("a press", 0.0),
        ("b press", 0.1),
        ("a press", 0.2),
    ]


def test_a_plug_that_a_kick_drum_shakes_is_still_held():
    gaps = [(("a", False, at_s), ("a", True, at_s + 0.02)) for at_s in (0.2, 0.35, 0.5, 0.79)]
    box = machine("a press", "a long")
    assert heard(box, ("a", True, 0.0), *[edge for gap in gaps for edge in gap], ("a", False, 2.0)) == [
        ("a long", 0.81)
    ]


def test_a_release_just_before_the_long_press_is_a_press():
    assert heard(machine("a press", "a long"), *tap("a", 0.0, 0.79)) == [("a press", 0.82)]


def test_holding_repeats_until_it_is_let_go():
    box = machine("a press", "a repeat")
    edges = [("a", True, 0.0)]
    events = heard(box, *edges, until=0.6) + heard(box, until=0.85) + heard(box, until=1.1)
    assert events == [("a press", 0), ("a repeat", 0.6), ("a repeat", 0.85), ("a repeat", 1.1)]
    assert heard(box, ("a", False, 1.25), until=3.0) == []


def test_steps_that_a_stalled_process_missed_are_not_made_up_for():
    box = machine("a press", "a repeat")
    assert heard(box, ("a", True, 0.0), until=3.0) == [("a press", 0), ("a repeat", 0.6)]
    assert heard(box, until=3.24) == []
    assert heard(box, until=3.25) == [("a repeat", 3.25)]


def test_both_is_nothing_when_let_go_early_and_once_when_held():
    box = machine("a press", "a long", "b press", "a+b both")
    slip = (("a", True, 0.0), ("b", True, 0.05), ("a", False, 0.9), ("b", False, 0.9))
    assert heard(box, *slip, until=2) == []
    held = (("a", True, 3.0), ("b", True, 3.05), ("a", False, 9.0), ("b", False, 9.0))
    assert heard(box, *held) == [("a+b both", 4.05)]


def test_both_in_two_movements_is_two_presses_too_but_no_long_one():
    box = machine("a press", "a long", "b press", "a+b both")
    held = (("b", True, 0.0), ("a", True, 0.5), ("a", False, 3.0), ("b", False, 3.0))
    assert heard(box, *held, until=4) == [("b press", 0.0), ("a+b both", 1.5)]
    aborted = (("b", True, 5.0), ("a", True, 5.5), ("a", False, 6.4), ("b", False, 6.4))
    assert heard(box, *aborted, until=8) == [("b press", 5.0)]


def test_a_short_press_on_one_while_the_other_is_held_counts():
    box = machine("a press", "a long", "b press", "a+b both")
    assert heard(box, ("b", True, 0.0), *tap("a", 0.5), ("b", False, 0.9)) == [("b press", 0.0), ("a press", 0.63)]


def test_a_single_press_that_waits_for_its_second_survives_both():
    box = machine("a press", "a double", "b press", "a+b both")
    edges = (*tap("a", 0.0), ("b", True, 0.3), ("a", True, 0.35), ("a", False, 2.0), ("b", False, 2.0))
    assert heard(box, *edges) == [("b press", 0.3), ("a press", 0.35), ("a+b both", 1.35)]


def test_both_waits_for_a_contact_that_is_open_just_then():
    box = machine("a press", "b press", "b long", "a+b both")
    edges = (("b", True, 0.0), ("a", True, 0.02), ("a", False, 1.01), ("a", True, 1.03))
    assert heard(box, *edges, until=2) == [("a+b both", 1.03)]
    box = machine("a press", "b press", "b long", "a+b both")
    edges = (("b", True, 0.0), ("a", True, 0.02), ("a", False, 1.01), ("b", False, 1.5))
    assert heard(box, *edges) == []


def test_both_is_over_when_one_is_let_go_even_if_it_returns_within_the_lock_out():
    box = machine("a press", "b press", "b long", "a+b both")
    edges = (("b", True, 0.0), ("a", True, 0.02), ("a", False, 0.07), ("a", True, 0.12))
    assert heard(box, *edges, until=5) == []


def test_both_in_no_time_acts_with_the_second():
    box = machine("a press", "a long", "b press", "a+b both", both_s=0.0)
    assert heard(box, ("a", True, 0.0), ("b", True, 0.05), ("a", False, 0.2), ("b", False, 0.2)) == [("a+b both", 0.05)]


def test_a_switch_that_is_closed_at_the_start_is_no_press():
    box = machine("a press", "a long")
    box.begin_closed("a", 0.0)
    assert heard(box, ("a", False, 5.0), until=6) == []
    assert heard(box, *tap("a", 7.0)) == [("a press", 7.13)]


def test_a_stuck_switch_is_reported_ignored_and_taken_back():
    box = machine("a press", "b press", "a+b both", stuck_s=10)
    assert heard(box, ("a", True, 0.0), until=30) == [("a press", 0), (Contact.STUCK, 10)]
    assert heard(box, *tap("b", 31, 2.0), until=40) == [("b press", 31)]  # and no panic with it
    assert heard(box, ("a", False, 50), until=51) == [(Contact.WELL, 50.2)]
    assert heard(box, *tap("a", 52), until=53) == [("a press", 52)]


def test_a_switch_that_is_stuck_from_the_start_is_reported():
    box = machine("a press", stuck_s=10)
    box.begin_closed("a", 100.0)
    events = box.advance(120.0)
    assert [type(event) for event in events] == [Trouble]
    assert events[0].sentence == "The switch a has been held down for 10 s, so it is ignored until it is let go."
    assert box.next_deadline() is None


@pytest.mark.parametrize("period_s", [0.004, 0.02, 0.07, 0.12, 0.16])
def test_a_chattering_switch_is_reported_and_ignored(period_s):
    box = machine("a press", "b press", "b long")
    edges = [("a", number % 2 == 0, number * period_s / 2) for number in range(int(6 / period_s) * 2)]
    events = heard(box, *edges, until=6.5)
    presses = [what for what, _ in events if what == "a press"]
    assert (Contact.CHATTERS in [what for what, _ in events]) is True
    assert len(presses) <= CLOSURES_MAX
    assert events[-1][0] is Contact.CHATTERS  # and then silence
    assert heard(box, *tap("b", 6.6), until=10) == [("b press", 6.73), (Contact.WELL, pytest.approx(8, abs=0.2))]
    assert heard(box, *tap("a", 11), until=12) == [("a press", 11)]


def test_nothing_comes_of_what_a_chattering_switch_began():
    box = machine("a press", "a long")
    edges = [("a", number % 2 == 0, number * 0.01) for number in range(61)]
    assert heard(box, *edges, until=5) == [(Contact.CHATTERS, 0.51)]


def test_a_fast_foot_is_no_chatter():
    box = machine("a press")
    edges = [edge for number in range(25) for edge in tap("a", number * 0.19, 0.08)]
    assert [what for what, _ in heard(box, *edges)] == ["a press"] * 25


def test_unknown_switches_and_times_that_run_backwards_are_harmless():
    box = machine("a press")
    assert heard(box, *tap("z", 0.0), until=2.0) == []
    assert heard(box, ("a", True, 0.5), until=2.0) == [("a press", 0.5)]
    assert heard(box, ("a", False, 0.9), ("a", True, 0.2), until=2.0) == []
    assert heard(box, ("a", False, 3.0), ("a", True, 3.5), until=4.0) == [("a press", 3.5)]
