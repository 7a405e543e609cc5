"""A song of 16 stereo stems, a click and a guide mastered cold, warm and with another target; prints Markdown.

Each run is a process of its own on one core: CPU seconds and the highest memory that it held. Beside it, on the same
material: ffmpeg's loudnorm, both passes, on the stereo sum alone, which is how songs are made equally loud by hand.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import report
import soundfile
from bench_loudness import RATE_HZ, music
from msgspec.structs import replace

from appliance.mastering.jobs import Listed, master_set
from appliance.settings import LivePart, preset
from appliance.songs.prepared import Metadata, PreparedStem, read_header
from appliance.songs.prepared_writer import write_prepared
from appliance.vocabulary import Role
from appliance.workers import run

STEMS = 16
PERIOD_S = 20
MOST_MB = 400.0


def write(folder: Path, seconds: int) -> Path:
    """The song, and the sum of its tracks as a file."""
    tracks = music(PERIOD_S) / 8
    frames = len(tracks)
    beats = np.arange(frames) % (RATE_HZ // 2)
    click = 0.5 * np.sin(2 * np.pi * 1500 * beats / RATE_HZ) * np.exp(-beats / 300)
    speaks = np.arange(frames) % (4 * RATE_HZ) < RATE_HZ
    guide = 0.1 * np.random.default_rng(2).standard_normal(frames) * speaks
    shifted = [np.roll(tracks, n * 4321, axis=0) for n in range(STEMS)]
    block = np.concatenate([*shifted, click[:, np.newaxis], guide[:, np.newaxis]], axis=1)
    words = np.clip(np.rint(block * 2**23), -(2**23), 2**23 - 1).astype(np.int32)
    stems = [PreparedStem(name=f"Stem {n}", role=Role.TRACK, channels=[2 * n, 2 * n + 1]) for n in range(STEMS)]
    stems.append(PreparedStem(name="Click", role=Role.CLICK, channels=[2 * STEMS]))
    stems.append(PreparedStem(name="Guide", role=Role.GUIDE, channels=[2 * STEMS + 1]))
    path = folder / f"prepared-{RATE_HZ}.song"
    periods = seconds // PERIOD_S
    metadata = Metadata(title="Song", stems=stems)
    write_prepared(path, RATE_HZ, periods * frames, metadata, (words for _ in range(periods)))
    total = np.tile(np.sum(shifted, axis=0), (periods, 1))
    soundfile.write(folder / "sum.wav", np.clip(total, -1, 1), RATE_HZ, subtype="PCM_24")
    return path


def master_once(path: Path, target_lufs: float) -> None:
    """In this process; tells CPU seconds and memory on standard output."""
    rig = preset(8)
    settings = replace(rig.mastering, target_lufs=target_lufs, live=(LivePart.DRUMS, LivePart.VOCALS))
    listed = [Listed(title="Song", offset_lu=0.0, song=read_header(path))]
    before = time.process_time()
    whole = master_set(rig, settings, listed, lambda work, tasks, heard: run(work, tasks, 1, heard), lambda _: None)
    cpu = time.process_time() - before
    (result,) = whole.results
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak_mb = (
        int(status.split("VmHWM:")[1].split()[0]) / 1024
    )  # getrusage would tell the parent's, from before the exec
    print(json.dumps({"cpu": cpu, "mb": peak_mb, "reached": result.reached_lufs, "target": target_lufs}))


def ours(path: Path, target_lufs: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", str(path), "--target", str(target_lufs)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(said)
    if abs(found["reached"] - target_lufs) > 0.1:
        raise SystemExit(f"it came to {found['reached']} LUFS and not to {target_lufs}: the times mean nothing")
    return found


def loudnorm(folder: Path) -> float:
    """CPU seconds of both passes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    common = ["ffmpeg", "-nostats", "-threads", "1", "-i", str(folder / "sum.wav"), "-af"]
    first = [*common, "loudnorm=I=-18:TP=-1:print_format=json", "-f", "null", "-"]
    said = subprocess.run(first, check=True, capture_output=True, text=True).stderr
    found = json.loads(said[said.rindex("{") : said.rindex("}") + 1])
    measured = ":".join(
        f"measured_{name}={found[f'input_{key}']}"
        for name, key in (("I", "i"), ("TP", "tp"), ("LRA", "lra"), ("thresh", "thresh"))
    )
    second = [*common, f"loudnorm=I=-18:TP=-1:linear=true:{measured}", "-y", str(folder / "normal.wav")]
    subprocess.run(second, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--one", type=Path)
    parser.add_argument("--target", type=float, default=-18.0)
    options = parser.parse_args()
    if options.one:
        master_once(options.one, options.target)
        return
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder, options.seconds)
        peer = loudnorm(folder)
        runs = {
            "cold": ours(path, -20.0),
            "another target": ours(path, -21.0),
            "warm: nothing has changed": ours(path, -21.0),
        }
        rows = [
            ("ffmpeg loudnorm, the stereo sum, both passes", f"{peer:.1f}", f"{options.seconds / peer:.0f}", "1.0", "")
        ]
        for what, found in runs.items():
            cpu = found["cpu"]
            met = "met" if found["mb"] <= MOST_MB else "missed"
            rows.append(
                (
                    f"sidestage master, {what}", f"{cpu:.2f}", f"{options.seconds / cpu:.0f}", f"{peer / cpu:.1f}",
                    f"{found['mb']:.0f} ({met})",
                )
            )  # fmt: skip
        print(f"\nA song of {options.seconds} s: {STEMS} stereo stems, click and guide at {RATE_HZ} Hz, one core.\n")
        report.table(("", "CPU s", "times real time", "times loudnorm", f"peak MB, at most {MOST_MB:.0f}"), rows)


if __name__ == "__main__":
    main()
