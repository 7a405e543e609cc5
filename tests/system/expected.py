"""What the outputs of the preset for eight must carry, from the song's file and a few lines of its own.

Nothing here asks the program: the file is read byte by byte, and the routing is written down again.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from oracle import BusSpec, model_chain

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


def gains(stems: list[dict[str, Any]], channels: int) -> NDArray[np.float64]:
    """From each channel of the song to each of the eight outputs."""
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
                out[channel, MIX] += share * 10 ** (-9 / 20)
        elif stem["role"] in {"click", "guide"}:
            for channel, share in both:
                out[channel, CLICK if stem["role"] == "click" else GUIDE] += share
                out[channel, MIX] += share * 10 ** (-6 / 20)
    return out


def expected_outputs(path: Path) -> NDArray[np.float64]:
    """(frames + the limiters' delay, 8), full scale 1.0."""
    file = read_file(path)
    return model_chain(file.words, gains(file.stems, file.words.shape[1]), BUSES, 48_000.0, range(8))
