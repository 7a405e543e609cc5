"""From a pin's edge to a command, on gpiozero's mock pins and the appliance's own map."""

import select
import threading
import time

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from appliance.controls import Controls, GpioError, Leds, load_pins, pin_factory
from appliance.controls.clock import on_monotonic
from appliance.controls.footswitch import DEBOUNCE_S, Footswitches, is_raspberry_pi
from appliance.controls.lamps import LampState
from appliance.errors import SettingsError
from appliance.settings import ControlsSettings

PINS = load_pins()


class StoodOn(MockPin):
    """A pull-up does not lift a contact that is closed."""

    def _set_pull(self, value):
        self._pull = value


@pytest.fixture
def factory():
    pins = MockFactory()
    yield pins
    pins.close()


@pytest.fixture
def box(factory, tmp_path):
    """(controls, what they commanded, what they reported), without any device but the jacks."""
    made = []

    def make(**settings):
        actions, troubles = [], []
        controls = Controls(
            ControlsSettings(**settings), actions.append, troubles.append,
            input_folder=tmp_path / "input", sound_folder=tmp_path / "snd",
        )  # fmt: skip
        made.append(controls)
        return controls, actions, troubles

    yield make
    for controls in made:
        controls.close()


def wait(controls, seconds):
    """What the caller's loop does."""
    ends_s = time.monotonic() + seconds
    while (now_s := time.monotonic()) < ends_s:
        select.select([controls], [], [], max(0.0, min(controls.next_deadline(), ends_s) - now_s))
        controls.service()


def test_a_press_on_the_right_jack_plays(factory, box):
    controls, actions, _ = box()
    controls.attach(factory, PINS.switches)
    pressed_s = time.monotonic()
    factory.pin(PINS.switches["right"]).drive_low()
    wait(controls, 0.05)
    assert [action.command for action in actions] == ["play_or_next"]
    assert 0.0 <= actions[0].time_s - pressed_s < 0.02


def test_bounce_of_mock_pins_is_one_press_and_held_is_long(factory, box):
    controls, actions, _ = box(long_s=0.45)
    controls.attach(factory, PINS.switches)
    pin = factory.pin(PINS.switches["left"])
    for _ in range(5):
        pin.drive_low()
        pin.drive_high()
    pin.drive_low()
    wait(controls, 0.6)
    assert [action.command for action in actions] == ["restart"]


def test_the_loop_is_woken_by_another_thread(factory, box):
    """As lgpio's does: the edge is in a thread of the driver."""
    controls, actions, _ = box()
    controls.attach(factory, PINS.switches)
    controls.service()
    foot = threading.Timer(0.1, factory.pin(PINS.switches["right"]).drive_low)
    foot.start()
    assert select.select([controls], [], [], 5)[0]
    controls.service()
    foot.join()
    assert [action.command for action in actions] == ["play_or_next"]


def test_a_contact_that_is_closed_at_the_start_is_no_press(factory, box):
    """A mono plug shorts the ring; a foot may stand on the switch while the box starts."""
    controls, actions, troubles = box(stuck_s=5)
    pin = factory.pin(PINS.switches["right"], pin_class=StoodOn)
    pin.drive_low()
    controls.attach(factory, {"right": PINS.switches["right"]})
    assert pin.state is False
    wait(controls, 0.3)
    assert actions == []
    pin.drive_high()
    wait(controls, 0.1)
    assert (actions, troubles) == ([], [])
    pin.drive_low()
    wait(controls, 0.05)
    assert [action.command for action in actions] == ["play_or_next"]


def test_a_normally_closed_switch_works_the_other_way_round(factory, box):
    controls, actions, _ = box(normally_closed=("right",))
    pin = factory.pin(PINS.switches["right"])
    pin.function = "input"
    controls.attach(factory, {"right": PINS.switches["right"]})
    pin.drive_low()
    wait(controls, 0.05)
    assert actions == []
    pin.drive_high()
    wait(controls, 0.05)
    assert [action.command for action in actions] == ["play_or_next"]


def test_switches_are_pulled_up_and_debounced_and_closed(factory):
    edges = []
    switches = Footswitches(factory, {"right": 6}, lambda *edge: edges.append(edge))
    pin = factory.pin(6)
    assert (pin.function, pin.pull, pin.bounce, pin.edges) == ("input", "up", DEBOUNCE_S, "both")
    assert switches.closed("right") is False
    pin.drive_low()
    assert switches.closed("right") is True
    switches.close()
    pin.drive_high()
    assert [edge[:2] for edge in edges] == [("right", True)]


def test_a_pin_that_does_not_exist_is_one_sentence(factory):
    with pytest.raises(GpioError, match="cannot be reached"):
        Footswitches(factory, {"right": 99}, lambda *_: None)
    with pytest.raises(GpioError, match="cannot be reached"):
        Leds(factory, {"ready": 99})


def test_the_factory_is_chosen_never_guessed(tmp_path):
    model = tmp_path / "model"
    assert not is_raspberry_pi(model)
    model.write_bytes(b"Raspberry Pi 4 Model B Rev 1.5\0")
    assert is_raspberry_pi(model)
    assert isinstance(pin_factory("mock"), MockFactory)


def test_leds_follow_the_state(factory):
    leds = Leds(factory, PINS.lamps)
    pins = {name: factory.pin(number) for name, number in PINS.lamps.items()}
    state = LampState(ready=True, next_cued=True)
    leds.show(state, 100.0)
    assert {name for name, pin in pins.items() if pin.state} == {"ready", "next"}
    assert leds.next_change_s(state, 100.0) == float("inf")
    leds.show(LampState(playing=True, fault=True), 100.0)
    assert leds.next_change_s(LampState(playing=True), 100.0) == pytest.approx(100.5)
    assert "ready" not in {name for name, pin in pins.items() if pin.state}
    leds.close()
    assert not any(pin.state for pin in pins.values())
    with pytest.raises(SettingsError, match=r"pins.toml: lamps.disco"):
        Leds(factory, {"disco": 17})


@pytest.mark.parametrize(
    ("stamp_s", "expected_s"),
    [(99.99, 99.99), (1_700_000_000.0 - 0.01, 99.99), (100.5, 100.0), (12.0, 100.0), (0.0, 100.0)],
)
def test_stamps_of_either_clock_count(stamp_s, expected_s):
    assert on_monotonic(stamp_s, 100.0, 1_700_000_000.0) == pytest.approx(expected_s, abs=1e-6)
