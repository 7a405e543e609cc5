"""Learning what is pressed: pure logic, and through the whole of the controls."""

import select
import time

import msgspec
import pytest
from evdev import ecodes
from gpiozero.pins.mock import MockFactory
from keyboards import FULL_KEYBOARD, Desk, PipeKeyboard

from appliance.controls import Bindings, Controls, learn, load_pins
from appliance.errors import SettingsError
from appliance.settings import ControlsSettings, load_rig, preset, save_rig
from appliance.settings.triggers import parse_trigger

DEFAULT = ControlsSettings()


def test_a_free_trigger_is_bound_without_a_word():
    lesson = learn(DEFAULT, parse_trigger("note 60"), "section chorus")
    assert (lesson.conflict, lesson.costs) == ("", ())
    assert lesson.sentence == '"note 60" means section chorus.'
    assert Bindings(lesson.settings).command(parse_trigger("note 60")) == "section chorus"
    assert Bindings(lesson.settings).command(parse_trigger("right press")) == "play_or_next"
    assert Bindings(DEFAULT).command(parse_trigger("note 60")) is None


def test_a_conflict_is_named():
    lesson = learn(DEFAULT, parse_trigger("left long"), "panic")
    assert lesson.conflict == '"left long" means restart now; that is given up.'
    assert Bindings(lesson.settings).command(parse_trigger("left long")) == "panic"
    assert learn(DEFAULT, parse_trigger("left long"), "restart").conflict == ""


def test_a_program_of_its_own_names_what_all_programs_do():
    lesson = learn(DEFAULT, parse_trigger("program 7"), "panic")
    assert lesson.conflict == '"program 7" means goto 7 now; that is given up.'
    bindings = Bindings(lesson.settings)
    assert bindings.command(parse_trigger("program 7")) == "panic"
    assert bindings.command(parse_trigger("program 8")) == "goto 8"


def test_what_makes_a_press_slower_says_so():
    double = learn(DEFAULT, parse_trigger("right double"), "rejoin")
    assert double.costs == ('"right press" (play_or_next) then acts 0.4 s later: a second press may follow.',)
    long = learn(DEFAULT, parse_trigger("right long"), "rejoin")
    assert long.costs == (
        '"right press" (play_or_next) then acts when the switch is let go: it may become a long press.',
    )


def test_holding_can_be_learned_as_repeating_but_not_beside_a_long_press():
    lesson = learn(DEFAULT, parse_trigger("right long"), "next", repeat=True)
    assert lesson.settings.bindings["right repeat"] == "next"
    with pytest.raises(SettingsError, match="only mean one of the two"):
        learn(DEFAULT, parse_trigger("left long"), "next", repeat=True)


def test_a_second_partner_is_refused():
    with pytest.raises(SettingsError, match="together with another switch already"):
        learn(DEFAULT, parse_trigger("left+key:b both"), "next")


def test_what_was_learned_is_saved_with_the_rig(tmp_path):
    lesson = learn(DEFAULT, parse_trigger("key:b press"), "panic")
    rig = preset(4)
    save_rig(msgspec.structs.replace(rig, controls=lesson.settings), tmp_path / "rig.toml")
    assert load_rig(tmp_path / "rig.toml").controls == lesson.settings


def test_learning_hears_everything_and_does_nothing(tmp_path):
    heard, actions = [], []
    desk = Desk(tmp_path / "input")
    pedal = desk.plug(0, PipeKeyboard("AirTurn", FULL_KEYBOARD))
    pins = load_pins().switches
    with MockFactory() as factory:
        settings = ControlsSettings(double_s=0.2, long_s=0.3)
        controls = Controls(
            settings, actions.append, lambda _: None,
            input_folder=desk.folder, sound_folder=tmp_path / "snd", open_keyboard=desk.open,
        )  # fmt: skip
        controls.attach(factory, pins)
        controls.service()
        assert controls.devices == ["AirTurn"]
        controls.learn(lambda trigger: heard.append(str(trigger)))
        factory.pin(pins["right_ring"]).drive_low()
        wait(controls, 0.4)
        factory.pin(pins["right_ring"]).drive_high()
        for value in (1, 0):
            pedal.key(ecodes.KEY_B, value, time.monotonic())
            wait(controls, 0.1)
        wait(controls, 0.3)
        assert heard == ["right_ring long", "key:b press"]
        assert actions == []
        controls.learn(None)
        pedal.key(ecodes.KEY_PAGEDOWN, 1, time.monotonic())
        wait(controls, 0.05)
        assert [action.command for action in actions] == ["play_or_next"]
        controls.close()


def wait(controls, seconds):
    ends_s = time.monotonic() + seconds
    while (now_s := time.monotonic()) < ends_s:
        select.select([controls], [], [], max(0.0, min(controls.next_deadline(), ends_s) - now_s))
        controls.service()
