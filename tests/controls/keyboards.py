"""Keyboards as /dev/input has them, on pipes: for machines without uinput, and in its place where the test is of time.

The bytes are those of the kernel (struct input_event), read with evdev's own event type.
"""

import os
import struct

from evdev import InputEvent, ecodes

EVENT = struct.Struct("@llHHi")
FULL_KEYBOARD = list(range(1, 120))


class PipeKeyboard:
    """One device. ``press`` and ``release`` are the player's side, everything else is what the program sees."""

    def __init__(self, name, keys, axes=False):
        self.name = name
        self.grabbed = False
        self.opened = 0
        self._keys = keys
        self._axes = axes
        self._read, self._write = os.pipe2(os.O_NONBLOCK)

    def capabilities(self):
        return {ecodes.EV_SYN: [0], ecodes.EV_KEY: self._keys, **({ecodes.EV_REL: [0, 1]} if self._axes else {})}

    def fileno(self):
        return self._read

    def grab(self):
        self.grabbed = True

    def read(self):
        data = os.read(self._read, EVENT.size * 64)
        if not data:
            raise OSError("no such device")
        for second, micro, type_, code, value in EVENT.iter_unpack(data):
            yield InputEvent(second, micro, type_, code, value)

    def close(self):
        self.grabbed = False

    def event(self, type_, code, value, time_s=0.0):
        second, micro = divmod(round(time_s * 1e6), 1_000_000)
        os.write(self._write, EVENT.pack(second, micro, type_, code, value))

    def key(self, code, value, time_s=0.0):
        self.event(ecodes.EV_KEY, code, value, time_s)
        self.event(ecodes.EV_SYN, ecodes.SYN_REPORT, 0, time_s)

    def pull_out(self):
        os.close(self._write)


class Desk:
    """A folder that stands for /dev/input, and what is plugged in there."""

    def __init__(self, folder):
        self.folder = folder
        self.devices = {}

    def plug(self, number, keyboard):
        self.folder.mkdir(exist_ok=True)
        path = self.folder / f"event{number}"
        path.touch()
        self.devices[path] = keyboard
        return keyboard

    def unplug(self, number):
        path = self.folder / f"event{number}"
        path.unlink()
        self.devices.pop(path).pull_out()

    def open(self, path):
        self.devices[path].opened += 1
        return self.devices[path]
