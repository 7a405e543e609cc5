"""MIDI on raw ports: a foot controller's notes, controllers and programs.

Wiring: none. Every MIDI input of every interface is heard, found within a second of being plugged in. The ports are
read as the files that ALSA gives them (/dev/snd/midiC1D0): no sequencer and no library to compile is needed.
Whatever bytes come, they are a message that is bound, or nothing.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from mido import Message, Parser

from appliance.controls.readiness import Poller, Ports
from appliance.settings import ControlsSettings
from appliance.settings.triggers import Trigger, TriggerKind

SOUND_FOLDER = Path("/dev/snd")
READ_BYTES = 4096
LONGEST_MESSAGE = 65_536
"""Bytes without a message that ends: a system-exclusive message that never does is thrown away."""
ON = 64
"""Controllers are on from the middle of their range: so MIDI has it for pedals."""

SYSTEM = 0xF0
REALTIME = 0xF8
"""From here on status bytes are of the whole system, and of its clock."""

OnTrigger = Callable[[Trigger], None]


def data_bytes(status: int) -> int:
    """How many follow a channel message's status byte: programs and channel pressure have one, all others two."""
    return 1 if 0xC0 <= status < 0xE0 else 2


class MidiReader:
    """The bytes of one port as triggers. Pure, but for what is remembered of controllers."""

    def __init__(self, settings: ControlsSettings) -> None:
        self._settings = settings
        self._parser = Parser()
        self._unfinished = 0
        self._status = 0
        self._missing = 0
        self._values: dict[tuple[int, int], int] = {}

    def read(self, data: bytes) -> list[Trigger]:
        """What the bytes mean; anything else is nothing."""
        self._unfinished += len(data)
        if self._unfinished > LONGEST_MESSAGE:
            self._parser, self._unfinished = Parser(), 0
        self._parser.feed(self._whole(data))
        found = []
        for message in self._parser:
            self._unfinished = 0
            trigger = self._trigger(message)
            if trigger is not None:
                found.append(trigger)
        return found

    def _whole(self, data: bytes) -> bytearray:
        """The bytes as mido reads them: without clock and active sensing, which would cut a message in two, and with
        the status byte that running status leaves out.
        """
        whole = bytearray()
        for byte in data:
            if byte >= REALTIME:
                continue
            if byte >= 0x80:
                self._status, self._missing = (byte, data_bytes(byte)) if byte < SYSTEM else (0, 0)
            elif self._status:
                if self._missing == 0:
                    whole.append(self._status)
                    self._missing = data_bytes(self._status)
                self._missing -= 1
            whole.append(byte)
        return whole

    def _trigger(self, message: Message) -> Trigger | None:
        wanted = self._settings.midi_channel
        if message.type not in {"note_on", "control_change", "program_change"}:
            return None
        if wanted and message.channel != wanted - 1:
            return None
        if message.type == "note_on":
            return Trigger(TriggerKind.NOTE, number=message.note) if message.velocity > 0 else None
        if message.type == "program_change":
            song = message.program - self._settings.first_program + 1
            return Trigger(TriggerKind.PROGRAM, number=song) if song >= 1 else None
        return self._controller(message.channel, message.control, message.value)

    def _controller(self, channel: int, control: int, value: int) -> Trigger | None:
        """It acts when it comes on, and when it says the same again: some pedals never send that they are off.

        An expression pedal on its way up says something new with each message, so it acts once.
        """
        before = self._values.get((channel, control), 0)
        self._values[channel, control] = value
        acts = value >= ON and (before < ON or before == value)
        return Trigger(TriggerKind.CONTROLLER, number=control) if acts else None


class RawPort:
    """One file of /dev/snd."""

    def __init__(self, path: Path, settings: ControlsSettings) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._reader = MidiReader(settings)
        self.name = path.name

    def fileno(self) -> int:
        return self._fd

    def read(self) -> list[Trigger]:
        """What has arrived. Raises OSError when the port is gone."""
        data = os.read(self._fd, READ_BYTES)
        if not data:
            raise OSError(f"{self.name} has ended")
        return self._reader.read(data)

    def close(self) -> None:
        os.close(self._fd)


class MidiPorts:
    """All MIDI inputs. The same trigger twice within the lock-out counts once, whatever ports it comes by."""

    def __init__(
        self, poller: Poller, on_trigger: OnTrigger, settings: ControlsSettings, folder: Path = SOUND_FOLDER
    ) -> None:
        self._on_trigger = on_trigger
        self._ports: Ports[RawPort] = Ports(
            poller, folder, "midiC*D*", lambda path: RawPort(path, settings), self._read, lambda _: None
        )
        self.scan = self._ports.scan
        self.close = self._ports.close

    @property
    def names(self) -> list[str]:
        """The files that are read."""
        return [port.name for port in self._ports.open_ports]

    def _read(self, port: RawPort) -> None:
        with contextlib.suppress(BlockingIOError):
            for trigger in port.read():
                self._on_trigger(trigger)
