"""What ``play`` and ``meter`` show: position, section, and a meter for each bus."""

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from appliance.messages import Bus, Status
from appliance.settings import Rig
from appliance.songs.prepared import PreparedSong
from appliance.units import clock

FLOOR_DB = -60.0
WIDTH = 30


def meters_table(rig: Rig, buses: Sequence[Bus]) -> Table:
    """One row for each bus: peak bar, true peak, loudness, gain reduction."""
    table = Table(
        Column("bus", no_wrap=True),
        Column("", no_wrap=True),
        *(Column(name, justify="right", no_wrap=True) for name in ("peak", "LUFS", "limiter")),
        box=None,
        padding=(0, 1),
    )
    for settings, bus in zip(rig.buses, buses, strict=False):
        table.add_row(
            f"{escape(settings.name)} [dim]{settings.kind.value}[/]",
            _bar(bus.sample_peak_dbfs, settings.ceiling_dbtp),
            _level(bus.true_peak_dbtp),
            _level(bus.momentary_lufs),
            f"-{bus.gain_reduction_db:.1f} dB" if bus.gain_reduction_db > 0.05 else "",
        )
    return table


def faults_line(status: Status) -> str:
    """What went wrong so far, or nothing."""
    faults = status.faults
    parts = [
        f"{faults.underruns} underruns" if faults.underruns else "",
        f"{faults.late_frames} frames late from the disk" if faults.late_frames else "",
        f"{faults.not_finite} samples that were no numbers" if faults.not_finite else "",
        f"{faults.unplugged} times unplugged" if faults.unplugged else "",
        f"{faults.refused_commands} commands refused" if faults.refused_commands else "",
    ]
    return ", ".join(part for part in parts if part)


def play_screen(rig: Rig, song: PreparedSong | None, place: str, playing: bool, status: Status) -> RenderableType:
    """The whole picture while songs play."""
    lines: list[RenderableType] = []
    if song is not None:
        frame = min(status.song_frame, song.frames)
        state = "playing" if playing else "stopped"
        lines.append(
            f"[bold]{escape(song.metadata.title)}[/]  {place}  {state}  [dim]{escape(_section(song, frame))}[/]"
        )
        lines.append(_position(frame, song))
    lines.append(meters_table(rig, status.buses))
    lines.append(f"[dim]{escape(status.card or 'no interface')}[/]")
    if status.trouble:
        lines.append(f"[red]{escape(status.trouble)}[/]")
    if trouble := faults_line(status):
        lines.append(f"[yellow]{trouble}[/]")
    lines.append("[dim]space: stop and go on   left/right: back, next   up/down: 10 s   q: quit[/]")
    return Group(*(Text.from_markup(line) if isinstance(line, str) else line for line in lines))


def _position(frame: int, song: PreparedSong) -> str:
    done = round(WIDTH * 2 * frame / song.frames)
    bar = "━" * done + "[dim]" + "─" * (WIDTH * 2 - done) + "[/]"
    return f"{clock(frame / song.rate_hz)} {bar} {clock(song.duration_s)}"


def _section(song: PreparedSong, frame: int) -> str:
    begun = [section.name for section in song.metadata.sections if section.start_frame <= frame]
    return begun[-1] if begun else ""


def _bar(peak_db: float, ceiling_db: float) -> str:
    share = 0.0 if math.isinf(peak_db) else max(0.0, 1 - peak_db / FLOOR_DB)
    filled = round(share * WIDTH)
    colour = "yellow" if peak_db > ceiling_db - 1 else "green"
    return f"[{colour}]{'█' * filled}[/][dim]{'·' * (WIDTH - filled)}[/]"


def _level(level_db: float) -> str:
    return "  -∞" if level_db < -99 else f"{level_db:.1f}"
