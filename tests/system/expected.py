"""What the outputs of the preset for eight must carry, from the song's file and a few lines of its own.

Nothing here asks the program: the file is read byte by byte, and the routing is written down again.
"""

import json
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from oracle import BusSpec, EqBand, model_chain

OWN = {"bass": 2, "drums": 3, "percussion": 3, "vocals": 4, "keys": 4}
"""Bus channels of the parts that have an output of their own: counted from 0, after front-of-house left and right."""
CLICK, GUIDE, MIX = 5, 6, 7
BUSES = [BusSpec(2), *[BusSpec(1)] * 3, *[BusSpec(1, ceiling_db=-6.0)] * 3]


@dataclass(frozen=True)
class File:
    """A prepared song as docs/prepared-song.md describes it."""

    words: NDArray[np.int32]
    stems: list[dict[str, Any]]


def read_file(path: Path) -> File:
    raw = path.read_bytes()
    header_bytes, rate, channels = struct.unpack_from("<III", raw, 12)
    frames, = struct.unpack_from("<Q", raw, 24)  # fmt: skip
    offset, size = struct.unpack_from("<II", raw, 48)
    assert rate == 48_000
    octets = np.frombuffer(raw, np.uint8, frames * channels * 3, header_bytes).reshape(-1, 3).astype(np.int32)
    words = octets[:, 0] | octets[:, 1] << 8 | octets[:, 2] << 16
    words = (words ^ 0x800000) - 0x800000
    return File(words.reshape(frames, channels), json.loads(raw[offset : offset + size])["stems"])


def gains(
    stems: list[dict[str, Any]], channels: int, mastered: list[dict[str, Any]] | None = None
) -> NDArray[np.float64]:
    """From each channel of the song to each of the eight outputs."""
    out = _delivered_gains(stems, channels)
    for stem, decided in zip(stems, mastered or [], strict=mastered is not None):
        for channel in stem["channels"]:
            out[channel, :CLICK] *= 10 ** (decided.get("house_gain_db", 0.0) / 20)
            out[channel, CLICK:] *= 10 ** (decided.get("ears_gain_db", 0.0) / 20)
    return out


def _delivered_gains(stems: list[dict[str, Any]], channels: int) -> NDArray[np.float64]:
    out = np.zeros((channels, 8))
    for stem in stems:
        level = 10 ** (stem.get("gain_db", 0.0) / 20)
        left, right = stem["channels"][0], stem["channels"][-1]
        both = [(channel, level / len(stem["channels"])) for channel in stem["channels"]]
        if stem["role"] == "track":
            own = OWN.get(stem.get("part") or "")
            if own is None:
                out[left, 0] += level
                out[right, 1] += level
            for channel, share in both:
                if own is not None:
                    out[channel, own] += share
                out[channel, MIX] += share
        elif stem["role"] in {"click", "guide"}:
            for channel, share in both:
                out[channel, CLICK if stem["role"] == "click" else GUIDE] += share
                out[channel, MIX] += share
    return out


def expected_outputs(path: Path) -> NDArray[np.float64]:
    """(frames + the limiters' delay, 8), full scale 1.0; as it is mastered, where that was written beside the song."""
    file = read_file(path)
    mastered = path.with_name("mastered-48000.json")
    if not mastered.exists():
        return model_chain(file.words, gains(file.stems, file.words.shape[1]), BUSES, 48_000.0, range(8))
    decided = json.loads(mastered.read_text(encoding="utf-8"))["mastering"]
    start, end = decided.get("start_frame", 0), decided["end_frame"]
    matrix = gains(file.stems, file.words.shape[1], decided["stems"])
    equalisers = {
        channel: [EqBand(**band) for band in one["eq"]]
        for stem, one in zip(file.stems, decided["stems"], strict=True)
        for channel in stem["channels"]
        if "eq" in one
    }
    guards = dict(zip(("Click", "Guide", "Ears mix"), BUSES[4:], strict=True))
    ears = [replace(bus, plain=True, guard_dbfs=decided["guards_dbfs"].get(name)) for name, bus in guards.items()]
    fade = _smooth(np.arange(end - start), decided.get("fade_in_frames", 0))
    fade *= _smooth(end - start - np.arange(end - start), decided.get("fade_out_frames", 0))
    return model_chain(
        file.words[start:end], matrix, [*BUSES[:4], *ears], 48_000.0, range(8), fade=fade, stem_eq=equalisers
    )


def _smooth(way: NDArray[np.integer], frames: int) -> NDArray[np.float64]:
    """Slope and curvature are 0 at both ends."""
    t = np.minimum(way / frames, 1.0) if frames else np.ones(len(way))
    return t**3 * (10 - 15 * t + 6 * t**2)
