"""Pedals that type: page turners on USB or Bluetooth, which the system takes for keyboards.

Wiring: none. Plug it in, or pair it once; it is found within a second, also in mid-show. It is grabbed, so that it
types nowhere else. Only what looks like a pedal is taken, or what ``[controls] pedals`` names: a keyboard for typing
stays one.
"""

import contextlib
import fcntl
import struct
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from evdev import InputDevice, ecodes

from appliance.controls.clock import from_driver
from appliance.controls.readiness import Poller, Ports
from appliance.settings import ControlsSettings

INPUT_FOLDER = Path("/dev/input")
KNOWN_NAMES = (
    "airturn", "blueturn", "coda music", "cuvave", "donner", "foot switch", "footswitch", "irig", "m-vave", "page turn",
    "pageflip", "pageturn", "pedal", "stomp",
)  # fmt: skip
"""Parts of names. Pedals on Bluetooth claim all the keys of a keyboard, so that nothing else tells them from one."""
FEW_KEYS = 16
"""A device with no more keys, of which one turns pages, is a pedal whatever it calls itself."""

OnKey = Callable[[str, bool, float, str], None]
"""Switch, whether it is down, time in seconds of CLOCK_MONOTONIC, and which key of which device that is."""

EVIOCSCLOCKID = 0x400445A0
CLOCK_MONOTONIC = 1


class KeyEvent(Protocol):
    """What evdev tells of a key."""

    type: int
    code: int
    value: int

    def timestamp(self) -> float: ...


class Keyboard(Protocol):
    """What of an evdev ``InputDevice`` is used."""

    name: str

    def fileno(self) -> int: ...
    def capabilities(self) -> dict[int, list[int]]: ...
    def read(self) -> Iterable[KeyEvent]: ...
    def grab(self) -> None: ...
    def close(self) -> None: ...


def open_keyboard(path: Path) -> Keyboard:
    """A device of /dev/input, its events stamped on the monotonic clock. Raises OSError."""
    device = InputDevice(str(path), readonly=True)
    fcntl.ioctl(device.fileno(), EVIOCSCLOCKID, struct.pack("i", CLOCK_MONOTONIC))
    return device


def key_name(code: int) -> str:
    """A key as rig.toml calls it: KEY_PAGEDOWN is ``pagedown``, BTN_LEFT is ``left``; one without a name a number."""
    known = ecodes.bytype[ecodes.EV_KEY].get(code, str(code))
    first = known if isinstance(known, str) else known[0]
    return first.lower().removeprefix("key_").removeprefix("btn_")


def looks_like_pedal(
    name: str, capabilities: Mapping[int, Sequence[int]], named: Iterable[str], keys: Iterable[str]
) -> bool:
    """Whether a device is a pedal: by its name, or because it has few keys, one of ``keys`` among them, and no axes."""
    codes = capabilities.get(ecodes.EV_KEY, ())
    if not codes:
        return False
    if any(part.casefold() in name.casefold() for part in (*KNOWN_NAMES, *named)):
        return True
    axes = ecodes.EV_REL in capabilities or ecodes.EV_ABS in capabilities
    return not axes and len(codes) <= FEW_KEYS and any(key_name(code) in set(keys) for code in codes)


class Pedals:
    """All pedals that are plugged in. Keys are switches as ``settings.keys`` says; others ``key:`` and a name."""

    def __init__(
        self,
        poller: Poller,
        on_key: OnKey,
        settings: ControlsSettings,
        folder: Path = INPUT_FOLDER,
        opener: Callable[[Path], Keyboard] = open_keyboard,
    ) -> None:
        self._settings = settings
        self._on_key = on_key
        self._open = opener
        self._down: dict[int, dict[int, str]] = {}
        """For each device (by its descriptor) the keys that are down and their switches."""
        self._ports: Ports[Keyboard] = Ports(poller, folder, "event*", self._take, self._read, self._gone)
        self.scan = self._ports.scan
        self.close = self._ports.close

    @property
    def names(self) -> list[str]:
        """What the pedals call themselves."""
        return [device.name for device in self._ports.open_ports]

    def _take(self, path: Path) -> Keyboard | None:
        device = self._open(path)
        try:
            if looks_like_pedal(device.name, device.capabilities(), self._settings.pedals, self._settings.keys):
                device.grab()
                self._down[device.fileno()] = {}
                return device
        except OSError:
            device.close()
            raise
        device.close()
        return None

    def _read(self, device: Keyboard) -> None:
        with contextlib.suppress(BlockingIOError):
            for event in device.read():
                self._event(device, event)

    def _event(self, device: Keyboard, event: KeyEvent) -> None:
        down = self._down[device.fileno()]
        time_s = from_driver(event.timestamp())
        if event.type == ecodes.EV_SYN and event.code == ecodes.SYN_DROPPED:
            self._let_go(device, time_s)  # the kernel lost events; a key that seems held may be up
        elif event.type == ecodes.EV_KEY and event.value == 1 and event.code not in down:
            name = key_name(event.code)
            down[event.code] = self._settings.keys.get(name, f"key:{name}")
            self._on_key(down[event.code], True, time_s, f"{device.fileno()}/{event.code}")
        elif event.type == ecodes.EV_KEY and event.value == 0 and event.code in down:
            self._on_key(down.pop(event.code), False, time_s, f"{device.fileno()}/{event.code}")

    def _let_go(self, device: Keyboard, time_s: float) -> None:
        for code, switch in self._down[device.fileno()].items():
            self._on_key(switch, False, time_s, f"{device.fileno()}/{code}")
        self._down[device.fileno()].clear()

    def _gone(self, device: Keyboard) -> None:
        self._let_go(device, time.monotonic())
        del self._down[device.fileno()]
