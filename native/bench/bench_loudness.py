"""Loudness, range and true peak of a stereo file against libebur128, and of whole songs; prints Markdown.

One core, CPU time. Competitors take turns in an order that is reversed each round; the median counts. All read the
same floats from memory, in blocks, and must come to the same numbers.
"""

import argparse
import ctypes
import ctypes.util
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import report
from numpy.typing import NDArray

from appliance.kernel import Isa, LoudnessMeter
from appliance.measurement import measure_song
from appliance.measurement.loudness import integrated_lufs, range_edges_lufs
from appliance.settings import preset
from appliance.songs.prepared import Metadata, PreparedStem, read_header
from appliance.songs.prepared_writer import write_prepared
from appliance.vocabulary import Role

RATE_HZ = 48_000
ROUNDS = 7
AT_LEAST = 10.0
BLOCK_S = 8
MODES = 5 | 11 | 49
"""EBUR128_MODE_I, _LRA and _TRUE_PEAK of ebur128.h."""

Reading = tuple[float, float, float]
"""Integrated loudness in LUFS, range in LU, true peak in dBTP."""


def music(seconds: int) -> NDArray[np.float32]:
    """Noise that falls as music does, with loud and soft sections: (frames, 2)."""
    random = np.random.default_rng(1)
    frames = seconds * RATE_HZ
    spectrum = np.fft.rfft(random.standard_normal((frames, 2)), axis=0)
    frequency = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    spectrum *= np.where(frequency < 16_000, 1 / np.sqrt(np.maximum(frequency, 20)), 0)[:, np.newaxis]
    x = np.fft.irfft(spectrum, frames, axis=0)
    level = np.interp(np.arange(frames), np.linspace(0, frames, 20), random.uniform(0.02, 0.2, 20))
    return np.ascontiguousarray(level[:, np.newaxis] * x / np.std(x), dtype=np.float32)


def by_ebur128(library: ctypes.CDLL, x: NDArray[np.float32]) -> Reading:
    library.ebur128_init.restype = ctypes.c_void_p
    library.ebur128_init.argtypes = [ctypes.c_uint, ctypes.c_ulong, ctypes.c_int]
    library.ebur128_add_frames_float.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    state = ctypes.c_void_p(library.ebur128_init(2, RATE_HZ, MODES))
    for at in range(0, len(x), RATE_HZ):
        library.ebur128_add_frames_float(state, x[at:].ctypes.data, min(RATE_HZ, len(x) - at))
    value = ctypes.c_double()
    found = []
    for name in ("loudness_global", "loudness_range"):
        getattr(library, f"ebur128_{name}")(state, ctypes.byref(value))
        found.append(value.value)
    peaks = []
    for channel in (0, 1):
        library.ebur128_true_peak(state, ctypes.c_uint(channel), ctypes.byref(value))
        peaks.append(value.value)
    library.ebur128_destroy(ctypes.byref(state))
    return found[0], found[1], float(20 * np.log10(max(peaks)))


def by_us(isa: Isa, x: NDArray[np.float32]) -> Reading:
    meter = LoudnessMeter(RATE_HZ, 2, isa)
    for at in range(0, len(x), BLOCK_S * RATE_HZ):
        meter.take(x[at : at + BLOCK_S * RATE_HZ])
    hops = meter.finish()
    lower, upper = range_edges_lufs(hops.weighted, step_hops=100)  # as often as libebur128 looks
    return integrated_lufs(hops.weighted), upper - lower, float(20 * np.log10(hops.true_peak.max()))


def seconds_of(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def alternate(runs: dict[str, Callable[[], Reading]]) -> dict[str, float]:
    seen: dict[str, list[float]] = {name: [] for name in runs}
    for round_number in range(ROUNDS + 1):
        for name in runs if round_number % 2 else reversed(runs):
            seconds = seconds_of(runs[name])
            if round_number:  # the first warms caches and clocks
                seen[name].append(seconds)
            print(f"round {round_number} of {ROUNDS}: {name} {seconds:.3f} s", file=sys.stderr)
    return {name: statistics.median(seconds) for name, seconds in seen.items()}


def check(readings: dict[str, Reading]) -> None:
    expected = readings["libebur128"]
    for name, reading in readings.items():
        for ours, theirs, most in zip(reading, expected, (0.05, 0.05, 0.1), strict=True):
            if abs(ours - theirs) > most:
                raise SystemExit(f"{name} reads {reading} where libebur128 reads {expected}: the times mean nothing")


def against_ebur128(seconds: int) -> None:
    path = ctypes.util.find_library("ebur128")
    if path is None:
        raise SystemExit("install libebur128-dev")
    library, x = ctypes.CDLL(path), music(seconds)
    runs: dict[str, Callable[[], Reading]] = {"libebur128": lambda: by_ebur128(library, x)}
    for isa in list(Isa)[1:]:
        try:
            name = LoudnessMeter(RATE_HZ, 2, isa).isa_name
        except ValueError:
            continue
        runs[f"Sidestage, {name}"] = lambda isa=isa: by_us(isa, x)  # type: ignore[misc]
    readings = {name: run() for name, run in runs.items()}
    check(readings)
    times = alternate(runs)
    rows = []
    for name, cpu in times.items():
        faster = times["libebur128"] / cpu
        best = name == f"Sidestage, {LoudnessMeter(RATE_HZ, 2).isa_name}"
        met = f" ({'met' if faster >= AT_LEAST else 'missed'})" if best else ""
        numbers = [f"{value:.2f}" for value in readings[name]]
        rows.append((name, f"{cpu:.3f}", f"{seconds / cpu:.0f}", f"{faster:.1f}{met}", *numbers))
    head = ("", "CPU s", "times real time", "times libebur128", "I LUFS", "LRA LU", "true peak dBTP")
    print(
        f"\nIntegrated loudness, range and true peak of {seconds} s of stereo at {RATE_HZ} Hz; asked for are ", end=""
    )
    print(f"{AT_LEAST:.0f} times libebur128 by the best instruction set.")
    report.table(head, rows)


def whole_song(seconds: int) -> None:
    """Everything that is measured of 16 stereo stems on the buses of the 8-output preset."""
    x = (music(10) * 2**23 * 0.3).astype(np.int32)
    block = np.tile(x, (1, 16))
    stems = [PreparedStem(name=f"Stem {n}", role=Role.TRACK, channels=[2 * n, 2 * n + 1]) for n in range(16)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.song"
        blocks = (block for _ in range(seconds // 10))
        write_prepared(path, RATE_HZ, seconds // 10 * len(block), Metadata(title="Song", stems=stems), blocks)
        song = read_header(path)
        rows = []
        for what, with_stems in (("buses behind their limiters", False), ("and all stems", True)):
            cpu = seconds_of(lambda with_stems=with_stems: measure_song(preset(8), song, with_stems))  # type: ignore[misc]
            status = Path("/proc/self/status").read_text(encoding="utf-8")
            peak = next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))
            rows.append((what, f"{cpu:.1f}", f"{song.duration_s / cpu:.0f}", peak))
    print(f"\nA song of {song.duration_s:.0f} s with 16 stereo stems, everything that `sidestage measure` measures.")
    report.table(("", "CPU s", "times real time", "memory peak MB, benchmark included"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="of music")
    seconds: int = parser.parse_args().seconds
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    report.machine(seconds)
    whole_song(seconds)
    against_ebur128(seconds)


if __name__ == "__main__":
    main()
