"""Pedals that type: which are taken, what they press, and what happens when they go."""

import time

import pytest
from evdev import ecodes
from keyboards import FULL_KEYBOARD, Desk, PipeKeyboard

from appliance.controls.pedal import Pedals, key_name, looks_like_pedal
from appliance.controls.readiness import Poller
from appliance.settings import ControlsSettings

TWO_KEYS = [ecodes.KEY_PAGEUP, ecodes.KEY_PAGEDOWN]


@pytest.fixture
def stage(tmp_path):
    """(desk, pedals, poller, edges heard)."""
    edges, desk, poller = [], Desk(tmp_path / "input"), Poller()
    settings = ControlsSettings(keys={"f5": "extra"}, pedals=("My Own Box",))
    pedals = Pedals(poller, lambda *edge: edges.append(edge), settings, desk.folder, desk.open)
    yield desk, pedals, poller, edges
    pedals.close()
    poller.close()


@pytest.mark.parametrize(
    ("name", "keys", "axes", "taken"),
    [
        ("AirTurn DUO 200 Keyboard", FULL_KEYBOARD, False, True),
        ("PCsensor FootSwitch", FULL_KEYBOARD, True, True),
        ("my own box v2", FULL_KEYBOARD, False, True),
        ("Generic HID", TWO_KEYS, False, True),
        ("Generic HID", TWO_KEYS, True, False),
        ("Logitech K120", FULL_KEYBOARD, False, False),
        ("Power Button", [ecodes.KEY_POWER], False, False),
        ("Airturn without keys", [], False, False),
    ],
)
def test_only_pedals_are_taken(name, keys, axes, taken):
    capabilities = PipeKeyboard(name, keys, axes).capabilities()
    assert looks_like_pedal(name, capabilities, ["My Own Box"], ControlsSettings().keys) is taken


def test_keys_have_the_names_of_the_settings():
    names = [key_name(code) for code in (ecodes.KEY_PAGEDOWN, ecodes.KEY_B, ecodes.KEY_MUTE, 0x2FE)]
    assert names[:2] == ["pagedown", "b"]
    assert names[2] in {"mute", "min_interesting"}
    assert names[3] == str(0x2FE)
    assert {"pageup", "pagedown", "left", "right", "up", "down"} <= {key_name(code) for code in range(1, 120)}


def test_a_pedal_is_found_grabbed_and_heard_and_a_keyboard_is_left_alone(stage):
    desk, pedals, poller, edges = stage
    pedal = desk.plug(0, PipeKeyboard("AirTurn", FULL_KEYBOARD))
    keyboard = desk.plug(1, PipeKeyboard("Keyboard", FULL_KEYBOARD))
    pedals.scan()
    pedals.scan()
    assert (pedal.grabbed, keyboard.grabbed) == (True, False)
    assert (pedal.opened, keyboard.opened) == (1, 1)  # what is none of ours is not opened again and again
    assert pedals.names == ["AirTurn"]
    now_s = time.monotonic()
    pedal.key(ecodes.KEY_PAGEDOWN, 1, now_s)
    pedal.key(ecodes.KEY_PAGEDOWN, 2, now_s)  # the kernel's own repeat
    pedal.key(ecodes.KEY_PAGEDOWN, 0, now_s)
    pedal.key(ecodes.KEY_B, 1, now_s)
    pedal.key(ecodes.KEY_F5, 1, now_s)
    poller.run()
    assert [edge[:2] for edge in edges] == [("right", True), ("right", False), ("key:b", True), ("extra", True)]
    assert all(edge[2] == pytest.approx(now_s, abs=1e-5) for edge in edges)


def test_pulled_out_with_a_key_down_it_is_let_go_and_comes_back(stage):
    desk, pedals, poller, edges = stage
    first = desk.plug(0, PipeKeyboard("AirTurn", FULL_KEYBOARD))
    pedals.scan()
    first.key(ecodes.KEY_PAGEUP, 1)
    poller.run()
    desk.unplug(0)
    poller.run()
    assert [edge[:2] for edge in edges] == [("left", True), ("left", False)]
    assert (pedals.names, first.grabbed) == ([], False)
    pedals.scan()
    second = desk.plug(0, PipeKeyboard("AirTurn again", FULL_KEYBOARD))
    pedals.scan()
    second.key(ecodes.KEY_PAGEUP, 1)
    poller.run()
    assert [edge[:2] for edge in edges[2:]] == [("left", True)]


def test_a_device_that_cannot_be_opened_yet_is_tried_again(stage):
    """udev sets a device's group a moment after it appears."""
    desk, pedals, _, _ = stage
    pedal = desk.plug(0, PipeKeyboard("AirTurn", FULL_KEYBOARD))
    refusals = [PermissionError(13, "Permission denied")]

    def grab():
        if refusals:
            raise refusals.pop()
        pedal.grabbed = True

    pedal.grab = grab
    pedals.scan()
    assert pedals.names == []
    pedals.scan()
    assert pedals.names == ["AirTurn"]


def test_lost_events_let_go_of_what_is_held(stage):
    desk, pedals, poller, edges = stage
    pedal = desk.plug(0, PipeKeyboard("AirTurn", FULL_KEYBOARD))
    pedals.scan()
    pedal.key(ecodes.KEY_PAGEUP, 1)
    pedal.event(ecodes.EV_SYN, ecodes.SYN_DROPPED, 0)
    poller.run()
    assert [edge[:2] for edge in edges] == [("left", True), ("left", False)]
    pedal.key(ecodes.KEY_PAGEUP, 0)
    pedal.key(ecodes.KEY_PAGEUP, 1)
    poller.run()
    assert [edge[:2] for edge in edges[2:]] == [("left", True)]
