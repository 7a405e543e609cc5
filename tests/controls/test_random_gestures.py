"""10,000 random gestures on switches that bounce: no command lost, none doubled, none late."""

import pytest
from feet import BOUNCE_S, evening

from appliance.controls.gestures import Gesture, GestureMachine, Trouble
from appliance.settings import ControlsSettings

SETTINGS = ControlsSettings()


def play(machine, edges, until_s, wake):
    """Feed the edges, sleeping in between exactly as the machine asks (``wake``) or not at all."""
    events = []
    for switch, closed, time_s in edges:
        while wake and (due_s := machine.next_deadline()) is not None and due_s <= time_s:
            events += machine.advance(due_s)
        events += machine.feed(switch, closed, time_s)
    while (due_s := machine.next_deadline()) is not None and due_s <= until_s:
        events += machine.advance(due_s)
    return events


@pytest.mark.parametrize("wake", [True, False], ids=["exact sleeps", "late wakes"])
def test_ten_thousand_gestures(wake):
    machine = GestureMachine(SETTINGS.actions(), SETTINGS)
    counted = 0
    for start_s, intention, edges in evening(10_000, seed=20_26):
        events = play(machine, edges, start_s + intention.lasts_s + 0.41, wake)
        assert not [event for event in events if isinstance(event, Trouble)]
        assert [str(event.trigger) for event in events] == intention.meant, (intention, edges)
        if intention.meant:
            assert isinstance(events[-1], Gesture)
            assert events[-1].time_s - start_s <= intention.decided + BOUNCE_S + 1e-6, intention
        counted += 1
    assert counted == 10_000


def test_an_evening_ends_at_rest():
    """Nothing is left undecided, so that the caller sleeps until the next edge."""
    machine = GestureMachine(SETTINGS.actions(), SETTINGS)
    for start_s, intention, edges in evening(500, seed=4):
        play(machine, edges, start_s + intention.lasts_s + 0.41, True)
        assert machine.next_deadline() is None


def test_edges_that_arrive_late_count_by_their_own_time():
    """A process that stood still gets a whole evening at once: the same gestures at the same times."""
    heard = []
    for wake in (True, False):
        machine = GestureMachine(SETTINGS.actions(), SETTINGS)
        edges = [edge for _, _, made in evening(300, seed=11) for edge in made]
        heard.append(play(machine, edges, edges[-1][2] + 5, wake))
    assert heard[0] == heard[1]
    assert len(heard[0]) > 200
