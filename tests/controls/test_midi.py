"""MIDI: what acts, what does not, and bytes that are no MIDI at all."""

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from appliance.controls.midi import LONGEST_MESSAGE, MidiPorts, MidiReader
from appliance.controls.readiness import Poller
from appliance.settings import ControlsSettings


def heard(*data, **settings):
    reader = MidiReader(ControlsSettings(**settings))
    return [str(trigger) for chunk in data for trigger in reader.read(bytes(chunk))]


def test_notes_programs_and_controllers():
    assert heard([0x90, 60, 100, 0x80, 60, 0, 0x90, 61, 0]) == ["note 60"]
    assert heard([0xC0, 4]) == ["program 5"]
    assert heard([0xC0, 4], first_program=1) == ["program 4"]
    assert heard([0xC0, 0], first_program=1) == []
    assert heard([0xB0, 64, 127, 0xB0, 64, 0]) == ["cc 64"]
    assert heard([0xE0, 1, 2, 0xD0, 5, 0xA0, 60, 3]) == []


def test_a_channel_may_be_chosen():
    messages = [0x90, 60, 1, 0x99, 61, 1]
    assert heard(messages) == ["note 60", "note 61"]
    assert heard(messages, midi_channel=10) == ["note 61"]


def test_a_controller_that_never_says_off_acts_each_time_and_a_sweep_acts_once():
    assert heard([0xB0, 64, 127] * 3) == ["cc 64"] * 3
    assert heard([byte for value in range(0, 128, 3) for byte in (0xB0, 11, value)]) == ["cc 11"]
    assert heard([0xB0, 64, 127, 0xB0, 64, 0, 0xB0, 64, 127]) == ["cc 64"] * 2


def test_clock_in_the_middle_running_status_and_single_bytes():
    stream = bytes([0xF8, 0x90, 0xF8, 60, 0xFE, 100, 61, 0xF8, 100, 62, 100, 0xC0, 1, 2])
    expected = ["note 60", "note 61", "note 62", "program 2", "program 3"]
    assert heard(stream) == expected
    assert heard(*([byte] for byte in stream)) == expected


def test_an_endless_message_does_not_fill_the_memory():
    reader = MidiReader(ControlsSettings())
    reader.read(b"\xf0")
    for _ in range(3 * LONGEST_MESSAGE // 1000):
        assert reader.read(bytes(1000).replace(b"\0", b"\x01")) == []
        assert len(reader._parser._tok._bytes) <= LONGEST_MESSAGE
    assert [str(trigger) for trigger in reader.read(b"\x90\x3c\x40")] == ["note 60"]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_are_harmless_and_the_next_message_is_heard(chunks):
    reader = MidiReader(ControlsSettings())
    for chunk in chunks:
        reader.read(chunk)
    assert [str(trigger) for trigger in reader.read(b"\xf7\x90\x3c\x40")][-1:] == ["note 60"]


@given(st.integers(0, 2**32))
def test_whole_messages_are_heard_however_they_are_cut(seed):
    dice = random.Random(seed)
    numbers = [dice.randrange(128) for _ in range(30)]
    stream = b"".join(Message("note_on", note=number, velocity=1).bin() for number in numbers)
    cuts = sorted(dice.randrange(len(stream)) for _ in range(8))
    chunks = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert heard(*chunks) == [f"note {number}" for number in numbers]


def test_ports_come_and_go(tmp_path):
    """A FIFO is read as /dev/snd's files are."""
    path, found, poller = tmp_path / "midiC1D0", [], Poller()
    ports = MidiPorts(poller, found.append, ControlsSettings(), tmp_path)
    (tmp_path / "pcmC1D0p").touch()
    ports.scan()
    assert ports.names == []
    os.mkfifo(path)
    ports.scan()
    player = os.open(path, os.O_WRONLY)
    os.write(player, b"\x90\x3c\x40")
    poller.run()
    assert [str(trigger) for trigger in found] == ["note 60"]
    assert ports.names == ["midiC1D0"]
    os.close(player)
    path.unlink()
    poller.run()
    assert ports.names == []
    ports.scan()
    ports.close()
    poller.close()


@pytest.mark.parametrize("number", [0, 127])
def test_numbers_at_the_ends(number):
    assert heard([0x90, number, 1]) == [f"note {number}"]
    assert heard([0xC0, number]) == [f"program {number + 1}"]
