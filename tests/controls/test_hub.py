"""All controls together: one descriptor, one deadline, one switch by several ways."""

import os
import select
import time

import pytest
from evdev import ecodes
from gpiozero.pins.mock import MockFactory
from keyboards import FULL_KEYBOARD, Desk, PipeKeyboard

from appliance.controls import Controls, TerminalFeet, load_pins
from appliance.settings import ControlsSettings

PINS = load_pins().switches


class Stage:
    """Controls with a pedal, a jack and a MIDI port; ``commands`` is what arrived."""

    def __init__(self, folder, factory, **settings):
        self.actions, self.troubles = [], []
        self.factory = factory
        self.settings = ControlsSettings(**settings)
        self.desk = Desk(folder / "input")
        self.pedal = self.desk.plug(0, PipeKeyboard("AirTurn", FULL_KEYBOARD))
        (folder / "snd").mkdir()
        os.mkfifo(folder / "snd" / "midiC1D0")
        self.controls = Controls(
            self.settings, self.actions.append, self.troubles.append,
            input_folder=self.desk.folder, sound_folder=folder / "snd", open_keyboard=self.desk.open,
        )  # fmt: skip
        self.controls.attach(factory, PINS)
        self.controls.service()
        self.midi = os.open(folder / "snd" / "midiC1D0", os.O_WRONLY)
        self.feet = TerminalFeet(factory, PINS, self.settings)

    @property
    def commands(self):
        return [action.command for action in self.actions]

    def wait(self, seconds):
        ends_s = time.monotonic() + seconds
        while (now_s := time.monotonic()) < ends_s:
            due_s = min(self.controls.next_deadline(), self.feet.next_deadline() or ends_s, ends_s)
            select.select([self.controls], [], [], max(0.0, due_s - now_s))
            self.feet.service(time.monotonic())
            self.controls.service()

    def close(self):
        os.close(self.midi)
        self.controls.close()


@pytest.fixture
def stage(tmp_path):
    made = []
    with MockFactory() as factory:

        def make(**settings):
            made.append(Stage(tmp_path, factory, **settings))
            return made[-1]

        yield make
        for one in made:
            one.close()


def test_jack_pedal_and_midi_all_command(stage):
    on = stage()
    assert set(on.controls.devices) == {"AirTurn", "midiC1D0"}
    os.write(on.midi, b"\xc0\x04")
    on.wait(0.05)
    on.pedal.key(ecodes.KEY_PAGEDOWN, 1, time.monotonic())
    on.pedal.key(ecodes.KEY_PAGEDOWN, 0, time.monotonic())
    on.wait(0.2)
    on.factory.pin(PINS["right"]).drive_low()
    on.wait(0.05)
    assert on.commands == ["goto 5", "play_or_next", "play_or_next"]


def test_jack_and_pedal_are_one_switch(stage):
    """Held on the jack, a tap on the pedal is nothing new; and the press ends when both are up."""
    on = stage()
    right = on.factory.pin(PINS["right"])
    right.drive_low()
    on.wait(0.25)
    for value in (1, 0):
        on.pedal.key(ecodes.KEY_PAGEDOWN, value, time.monotonic())
        on.wait(0.2)
    right.drive_high()
    on.wait(0.1)
    assert on.commands == ["play_or_next"]
    on.pedal.key(ecodes.KEY_PAGEDOWN, 1, time.monotonic())
    on.wait(0.05)
    assert on.commands == ["play_or_next"] * 2


def test_a_left_pedal_and_a_right_jack_are_both(stage):
    on = stage(both_s=0.3)
    on.pedal.key(ecodes.KEY_PAGEUP, 1, time.monotonic())
    on.wait(0.02)
    on.factory.pin(PINS["right"]).drive_low()
    on.wait(0.4)
    assert on.commands == ["panic"]


def test_the_same_note_twice_within_the_lock_out_counts_once(stage):
    on = stage(bindings={"note 60": "rejoin"})
    os.write(on.midi, b"\x90\x3c\x40\x90\x3c\x40")
    on.wait(0.03)
    os.write(on.midi, b"\x90\x3d\x40")
    on.wait(0.2)
    os.write(on.midi, b"\x90\x3c\x40")
    on.wait(0.05)
    assert on.commands == ["rejoin", "rejoin"]


def test_an_edge_that_waited_in_the_driver_counts_by_its_own_time(stage):
    """Let go after 0.3 s, heard of after 0.7 s, when 0.5 s would have been a long press: it was a short one."""
    on = stage(long_s=0.5, double_s=0.2)
    now_s = time.monotonic()
    on.pedal.key(ecodes.KEY_PAGEUP, 1, now_s - 0.7)
    on.pedal.key(ecodes.KEY_PAGEUP, 0, now_s - 0.4)
    on.controls.service()
    assert on.commands == ["stop"]


def test_edges_count_in_the_order_in_which_they_were_made(stage):
    """The right foot is heard of first; the left one was down before it, so the two are one movement."""
    on = stage()
    on.factory.pin(PINS["right"]).drive_low()
    on.pedal.key(ecodes.KEY_PAGEUP, 1, time.monotonic() - 0.03)
    on.controls.service()
    assert on.commands == []


def test_keys_of_the_terminal_are_feet(stage):
    on = stage(long_s=0.4, double_s=0.3, both_s=0.4)
    for keys, expected in (("j", "play_or_next"), ("f", "stop"), ("F", "restart"), ("b", "panic")):
        assert on.feet.typed(keys, time.monotonic())
        on.wait(0.9)
        assert on.commands[-1] == expected
    on.feet.typed("f", time.monotonic())
    on.wait(0.2)
    on.feet.typed("f", time.monotonic())
    on.wait(0.4)
    on.feet.typed("x", time.monotonic())
    on.wait(0.5)
    on.feet.typed("x", time.monotonic())
    on.wait(0.1)
    assert on.commands == ["play_or_next", "stop", "restart", "panic", "previous", "restart"]
    assert not on.feet.typed("q", time.monotonic())
    assert on.feet.next_deadline() is None


def test_a_chattering_jack_is_reported_once_and_the_pedal_still_works(stage):
    on = stage()
    left = on.factory.pin(PINS["left"])
    for _ in range(60):
        left.drive_low()
        on.wait(0.005)
        left.drive_high()
        on.wait(0.005)
    assert [trouble.switch for trouble in on.troubles] == ["left"]
    on.pedal.key(ecodes.KEY_PAGEDOWN, 1, time.monotonic())
    on.wait(0.05)
    assert on.commands[-1] == "play_or_next"
