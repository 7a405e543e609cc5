"""The benchmark's results as Markdown."""

import functools
import os
import platform
import statistics
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import instructions
from peers import RATE_HZ

from appliance.kernel import Kernel
from appliance.settings import BusKind

CHANNELS = 32
PUBLISHED_DPL_NS = 120.0
GUARD = 0.0125
"""The mean square that a spike guard allows: about what music has."""

MULTIPLY_ADDS = 5
"""Of a section and sample: four multiply-adds and one multiplication, which takes the same unit for as long."""


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    head = list(head)
    print("\n| " + " | ".join(head) + " |")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def verdict(share: float, most: float) -> str:
    return f"1/{1 / share:.1f} ({'met' if share <= most else 'missed'})"


def machine(seconds: float) -> None:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [line.split(":")[1].strip() for line in info.splitlines() if line.startswith(("model name", "Model"))]
    isa = Kernel(RATE_HZ, [(1, BusKind.HOUSE)], 1).isa_name
    print(f"Machine: {names[0] if names else platform.machine()}, {os.cpu_count()} cores (one used), {isa}, ", end="")
    print(f"Linux {platform.release()}, load {os.getloadavg()[0]:.1f} besides, {datetime.now(UTC):%Y-%m-%d}. ", end="")
    print(f"{seconds:.0f} s of music.")


def chain(seconds: float, times: dict[str, float]) -> None:
    samples = seconds * RATE_HZ * CHANNELS
    faster = min(times["pedalboard"], times["ffmpeg"])
    print("\n## The whole chain\n\n32 channels, each 8 biquads and a limiter, 48 kHz, blocks of 256.")
    rows = []
    for name, cpu in times.items():
        share = f"1/{faster / cpu:.1f}" if name.startswith("Sidestage") else ""
        share = verdict(cpu / faster, 1 / 10) if name == "Sidestage" else share
        rows.append((name, f"{cpu:.3f}", f"{1e9 * cpu / samples:.2f}", f"{seconds / cpu:.0f}", share))
    table(("", "CPU s", "ns per sample and channel", "times real time", "of the faster peer (at most 1/10)"), rows)


def biquads(seconds: float, times: dict[str, float]) -> None:
    work = seconds * RATE_HZ * CHANNELS * 8
    ours = next(cpu for name, cpu in times.items() if name.startswith("Sidestage"))
    print("\n## Biquads alone\n\n8 sections for each of 32 channels, blocks of 256.")
    rows = [
        (name, f"{cpu:.3f}", f"{1e9 * cpu / work:.3f}", verdict(ours / cpu, 1 / 5) if name.startswith("scipy") else "")
        for name, cpu in times.items()
    ]
    table(("", "CPU s", "ns per sample, channel and section", "ours of this (at most 1/5)"), rows)


def stages(measured: dict[str, dict[str, float]]) -> None:
    print("\n## The stages, and the machine's limit")
    print("\nNanoseconds per sample and channel of one group of 8 channels in the cache. The limit is a loop of")
    print(
        f"nothing but multiply-adds of doubles; a section takes {MULTIPLY_ADDS} (4 multiply-adds and a multiplication)."
    )
    rows = []
    for isa, ns in measured.items():
        limit = 8 * MULTIPLY_ADDS * ns["multiply_add"]
        share = limit / ns["biquads"]
        met = f"{share:.0%} ({'met' if share > 0.5 else 'missed'})"
        rows.append((isa, f"{ns['biquads']:.2f}", f"{limit:.2f}", met, f"{ns['limiter']:.2f}", f"{ns['meters']:.2f}"))
    table(("", "8 biquads", "limit of 8 biquads", "of the limit (above half)", "limiter", "meters"), rows)


def limiters(measured: dict[str, dict[str, float]], dpl: dict[bool, list[float | None]]) -> None:
    print("\n## The limiter alone\n\nNanoseconds per sample and channel, with true-peak detection.")
    rows: list[tuple[object, ...]] = [("x42 dpl, published", f"{PUBLISHED_DPL_NS:.0f}", "")]
    heard = [ns for ns in dpl[True] if ns is not None]
    if heard:
        rows.append(("x42 dpl, here, in ffmpeg less ffmpeg", f"{statistics.median(heard):.0f}", ""))
    for isa, ns in measured.items():
        for name, stage in (("", "limiter"), (", with the spike guard", "guarded_limiter")):
            share = verdict(ns[stage] / PUBLISHED_DPL_NS, 1 / 10)
            rows.append((f"Sidestage, {isa}{name}", f"{ns[stage]:.2f}", share))
    table(("", "ns", "of the published 120 ns (at most 1/10)"), rows)


def counts() -> None:
    print("\n## Instructions per frame of 32 channels\n\nCounted, so they are the same on every machine.")
    rows: list[tuple[object, ...]] = []
    counted = {
        f"x86-64 {isa}, callgrind": functools.partial(instructions.by_callgrind, isa) for isa in instructions.ISAS
    }
    counted["aarch64, plugin of qemu-user"] = instructions.by_qemu
    for name, count in counted.items():
        buses, stems, filtered = (count(sections) for sections in (None, 0, 6))
        guarded = count(guard=GUARD)
        if isinstance(buses, str):
            rows.append((f"aarch64: {buses}", "", "", "", "", ""))
        else:
            rows.append((name, *(f"{n:.0f}" for n in (buses, guarded, stems, filtered)), f"{buses / CHANNELS:.1f}"))
    head = (
        "",
        "buses",
        "with spike guards",
        "from 32 stems",
        "with 6 biquads on each stem",
        "buses, per sample and channel",
    )
    table(head, rows)
