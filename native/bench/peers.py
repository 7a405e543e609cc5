"""The same work done by others: pedalboard, ffmpeg, scipy; and x42's limiter hosted by ffmpeg."""

import resource
import shutil
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pedalboard import HighpassFilter, Limiter, PeakFilter, Pedalboard
from scipy.signal import sosfilt

RATE_HZ = 48_000
BLOCK = 256
PEAKS_HZ = (80, 250, 500, 1_200, 2_500, 4_500, 9_000)
HIGH_PASS_HZ = 35
GAIN_DB = 3.0
Q = 0.9
CEILING_DB = -6.0
DPL = r"http\\\://gareus.org/oss/lv2/dpl#stereo"

Signal = NDArray[np.float32]


def pedalboards() -> list[Pedalboard]:
    def one() -> Pedalboard:
        peaks = [PeakFilter(frequency, GAIN_DB, Q) for frequency in PEAKS_HZ]
        return Pedalboard([HighpassFilter(HIGH_PASS_HZ), *peaks, Limiter(CEILING_DB, 50.0)])

    return [one() for _ in range(16)]


def by_pedalboard(boards: list[Pedalboard], pairs: list[Signal]) -> None:
    for board, pair in zip(boards, pairs, strict=True):
        board.process(pair, RATE_HZ, buffer_size=BLOCK, reset=False)


def ffmpeg_chain() -> str:
    peaks = [f"equalizer=f={frequency}:t=q:w={Q}:g={GAIN_DB}" for frequency in PEAKS_HZ]
    limit = f"alimiter=limit={10 ** (CEILING_DB / 20):.6f}:level=0:attack=2.6:release=50"
    return ",".join([f"highpass=f={HIGH_PASS_HZ}", *peaks, limit])


def ffmpeg_seconds(source: Path, channels: int, filters: str, out: Path | str = "/dev/null") -> float:
    """CPU time of one run over a file of floats. Without a layout ffmpeg passes 8 channels by its filters untouched."""
    layout = {2: "stereo", 8: "7.1"}[channels]
    stream = ["-f", "f32le", "-ar", str(RATE_HZ), "-ac", str(channels), "-channel_layout", layout, "-i", str(source)]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", "-filter_threads", "1", *stream]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, "-af", filters, "-f", "f32le", str(out)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def dpl_ns(source: Path, frames: int, true_peak: bool) -> float | None:
    """Nanoseconds of x42's limiter per sample and channel, hosted by ffmpeg, without the hosting; None if not there."""
    listed = shutil.which("lv2ls") and subprocess.run(["lv2ls"], capture_output=True, text=True, check=True).stdout
    if not listed or "dpl#stereo" not in listed:
        return None
    filters = f"lv2=p={DPL}:c=threshold=-6|release=0.05|truepeak={int(true_peak)}"
    return 1e9 * (ffmpeg_seconds(source, 2, filters) - ffmpeg_seconds(source, 2, "anull")) / frames / 2


def by_sosfilt(sections: NDArray[np.floating], x: NDArray[np.floating]) -> None:
    """(frames, channels) in blocks, each going on where the last one ended."""
    state = np.zeros((len(sections), 2, x.shape[1]), x.dtype)
    sections = sections.astype(x.dtype)
    for at in range(0, len(x), BLOCK):
        _, state = sosfilt(sections, x[at : at + BLOCK], axis=0, zi=state)
