"""Which interfaces are plugged in, by the names that ``rig.toml`` may use. Reads what the kernel's driver tells."""

import re
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc/asound")
"""Asking the driver's own pages opens no device, so that a show on the same card is not disturbed."""

_CARD = re.compile(r"^ *(?P<number>\d+) \[(?P<id>[^\]]+)\]: *(?P<driver>.*?) - (?P<name>.*)$")


@dataclass(frozen=True)
class Interface:
    """A card that can play. What the driver does not tell is None or empty."""

    card_id: str
    name: str
    outputs: int | None
    rates_hz: tuple[int, ...]
    formats: tuple[str, ...]


def list_interfaces(proc: Path = PROC) -> list[Interface]:
    """The cards that can play, in the system's order. Empty where the system has no sound at all."""
    try:
        text = (proc / "cards").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for match in filter(None, map(_CARD.match, text.splitlines())):
        folder = proc / f"card{match['number']}"
        if any(folder.glob("pcm*p")):
            found.append(_interface(match["id"].strip(), match["name"].strip(), folder))
    return found


def _interface(card_id: str, name: str, folder: Path) -> Interface:
    channels: list[int] = []
    rates: set[int] = set()
    formats: dict[str, None] = {}
    # Only USB drivers tell; each alternate setting has lines of its own.
    for stream in sorted(folder.glob("stream*")):
        playback = (
            stream.read_text(encoding="utf-8", errors="replace").partition("Playback:")[2].partition("Capture:")[0]
        )
        channels += map(int, re.findall(r"Channels: (\d+)", playback))
        for line in re.findall(r"Rates: (.*)", playback):
            if "continuous" not in line:
                rates.update(map(int, re.findall(r"\d+", line)))
        formats.update(dict.fromkeys(re.findall(r"Format: (\S+)", playback)))
    return Interface(card_id, name, max(channels, default=None), tuple(sorted(rates)), tuple(formats))
