"""Measure the kernel against others and against the machine, and print Markdown: ``make bench``.

One process, one core, CPU time. Competitors take turns in an order that is reversed each round; the median counts.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import instructions
import numpy as np
import ours
import peers
import report

ROUNDS = 5
CHANNELS = 32


def cpu_seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def alternate(runs: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median CPU time of each, after one turn that does not count."""
    seen: dict[str, list[float]] = {name: [] for name in runs}
    for round_number in range(ROUNDS + 1):
        names = list(runs) if round_number % 2 else list(reversed(runs))
        for name in names:
            seconds = runs[name]()
            if round_number:
                seen[name].append(seconds)
            print(f"round {round_number} of {ROUNDS}: {name} {seconds:.3f} s", file=sys.stderr)
    return {name: statistics.median(seconds) for name, seconds in seen.items()}


def music(seconds: float) -> np.ndarray:
    """Noise that falls as music does, loud enough to keep every limiter at work: (frames, channels)."""
    random = np.random.default_rng(1)
    frames = round(seconds * peers.RATE_HZ)
    spectrum = np.fft.rfft(random.standard_normal((frames, CHANNELS)), axis=0)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))[:, np.newaxis]
    x = np.fft.irfft(spectrum, frames, axis=0)
    return np.ascontiguousarray(0.25 * x / np.std(x), dtype=np.float32)


def chains(x: np.ndarray, folder: Path) -> dict[str, float]:
    boards, pairs = peers.pedalboards(), [np.ascontiguousarray(x[:, 2 * i : 2 * i + 2].T) for i in range(16)]
    files = []
    for number in range(4):
        files.append(folder / f"{number}.f32")
        x[:, 8 * number : 8 * number + 8].tofile(files[-1])
    peers.ffmpeg_seconds(files[0], 8, peers.ffmpeg_chain(), folder / "out.f32")
    heard = np.fromfile(folder / "out.f32", np.float32)
    if len(heard) < 0.99 * 8 * len(x) or np.array_equal(heard[: 8 * len(x)], x[:, :8].ravel()[: len(heard)]):
        raise SystemExit("ffmpeg passed its input through; its time would mean nothing")
    buses, metered, stems = ours.BusChain(x), ours.BusChain(x, metered=True), ours.WholeKernel(x)
    filtered = ours.WholeKernel(x, stem_sections=6)
    filters = peers.ffmpeg_chain()
    runs = {
        "pedalboard": lambda: cpu_seconds(lambda: peers.by_pedalboard(boards, pairs)),
        "ffmpeg": lambda: sum(peers.ffmpeg_seconds(file, 8, filters) for file in files),
        "ffmpeg, reading and writing alone": lambda: sum(peers.ffmpeg_seconds(file, 8, "anull") for file in files),
        "Sidestage": lambda: cpu_seconds(buses.run),
        "Sidestage and its meters": lambda: cpu_seconds(metered.run),
        "Sidestage from 24-bit stems to S32, with a full matrix": lambda: cpu_seconds(stems.run),
        "Sidestage, and each stem through 6 biquads of its own": lambda: cpu_seconds(filtered.run),
    }
    result = alternate(runs)
    ours.assert_at_work(buses, metered, stems, filtered)
    return result


def biquads(x: np.ndarray) -> dict[str, float]:
    sections = np.insert(ours.sections(), 3, 1.0, axis=1)
    with_eq, without = ours.BusChain(x), ours.BusChain(x, bands=0)
    doubles = x.astype(np.float64)
    runs = {
        "sosfilt f64": lambda: cpu_seconds(lambda: peers.by_sosfilt(sections, doubles)),
        "sosfilt f32": lambda: cpu_seconds(lambda: peers.by_sosfilt(sections, x)),
        "8 sections": lambda: cpu_seconds(with_eq.run),
        "0 sections": lambda: cpu_seconds(without.run),
    }
    times = alternate(runs)
    return {
        "scipy sosfilt, f64": times["sosfilt f64"],
        "scipy sosfilt, f32": times["sosfilt f32"],
        "Sidestage, f64 (8 sections less 0)": times["8 sections"] - times["0 sections"],
    }


def stages() -> dict[str, dict[str, float]]:
    """Nanoseconds of each stage, by instruction set."""
    out: dict[str, dict[str, float]] = {}
    for program in sorted((instructions.BUILD / "bench").glob("stages_*")):
        name = program.name.removeprefix("stages_")
        if not program.is_file() or not os.access(program, os.X_OK) or not ours.has(name):
            continue
        lines = subprocess.run([str(program), "1"], check=True, capture_output=True, text=True).stdout.splitlines()
        out[name] = {stage: float(ns) for stage, ns in (line.split() for line in lines)}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of music that each competitor processes")
    seconds: float = parser.parse_args().seconds
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    instructions.build(instructions.BUILD)
    x = music(seconds)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pair = folder / "pair.f32"
        np.tile(x[:, :2], (4, 1)).tofile(pair)
        dpl = {tp: [peers.dpl_ns(pair, 4 * len(x), tp) for _ in range(ROUNDS)] for tp in (False, True)}
        chain, eq = chains(x, folder), biquads(x)
    measured = stages()
    report.machine(seconds)
    report.chain(seconds, chain)
    report.biquads(seconds, eq)
    report.limiters(measured, dpl)
    report.stages(measured)
    report.counts()


if __name__ == "__main__":
    main()
