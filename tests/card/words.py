"""Between the interface's bytes and integers, written down separately from the program's own packing."""

import numpy as np
from numpy.typing import NDArray


def decode(raw: bytes, alsa_format: str, channels: int) -> NDArray[np.int32]:
    """The words of a capture: (frames, channels), each at its own scale (24-bit words reach 2**23)."""
    if alsa_format == "S24_3LE":
        parts = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
        words = parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16
        words = (words ^ 0x800000) - 0x800000
    elif alsa_format == "S24_LE":
        # The top byte of the word is no part of the sample.
        words = (np.frombuffer(raw, dtype="<i4").astype(np.int32) << 8) >> 8
    else:
        words = np.frombuffer(raw, dtype={"S32_LE": "<i4", "S16_LE": "<i2"}[alsa_format]).astype(np.int32)
    return words.reshape(-1, channels)


def encode(words: NDArray[np.integer], alsa_format: str) -> bytes:
    """The same backwards."""
    wide = np.ascontiguousarray(words, dtype="<i4")
    if alsa_format == "S24_3LE":
        return wide.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return wide.astype({"S32_LE": "<i4", "S24_LE": "<i4", "S16_LE": "<i2"}[alsa_format]).tobytes()
