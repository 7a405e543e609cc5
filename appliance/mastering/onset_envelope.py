"""How strongly something begins, for each millisecond of a signal."""

import numpy as np
from numpy.typing import NDArray

from appliance.kernel import Planar
from appliance.mastering.click_track import hop_frames

HIGHEST_RATE_HZ = 50_000
"""Above hearing there are only converters' noises: higher rates are halved first."""
SMOOTH_HOPS = (3, 3, 10)
"""All of it, the high part, the low part: a low note's own waves are no onsets."""
RISE_HOPS = 3
"""Levels so long before and after are compared: 6 ms, as fast as anything is struck."""
QUIET = 1e-3
"""Of the loud parts' power: what rises from 30 dB below them is not louder an onset."""

Series = NDArray[np.float64]


class OnsetEnvelope:
    """Takes blocks of whole hops; only the last may have another length."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz, self._hop = rate_hz, hop_frames(rate_hz)
        self._fold = max(1, round(rate_hz / HIGHEST_RATE_HZ))
        self._powers: list[Series] = [np.zeros((3, 0))]
        self.times_s: Series = np.zeros(0)

    def add(self, block: Planar) -> None:
        """Samples of shape (channels, frames), whose powers are added."""
        hops = block.shape[1] // self._hop
        pieces = block[:, : hops * self._hop].reshape(len(block), hops, self._hop)
        folded = pieces[..., : self._hop // self._fold * self._fold]
        folded = folded.reshape(len(block), hops, -1, self._fold).mean(axis=3) if self._fold > 1 else folded
        edges = np.diff(folded, axis=2)
        low = folded.mean(axis=2)
        powers = (
            np.einsum("chf,chf->h", folded, folded),
            np.einsum("chf,chf->h", edges, edges),
            np.einsum("ch,ch->h", low, low),
        )
        self._powers.append(np.array(powers, np.float64))

    def finish(self) -> Series:
        """The sum of the rises in level of all bands; ``times_s`` says when."""
        powers = np.concatenate(self._powers, axis=1)
        self.times_s = (np.arange(powers.shape[1]) + 0.5) * self._hop / self._rate_hz
        strength = np.zeros(powers.shape[1])
        for power, hops in zip(powers, SMOOTH_HOPS, strict=True):
            if power.any():
                level = np.log10(np.convolve(power, np.ones(hops) / hops, "same") + QUIET * np.percentile(power, 95))
                padded = np.pad(level, RISE_HOPS, mode="edge")
                strength += np.maximum(0.0, padded[2 * RISE_HOPS :] - padded[: -2 * RISE_HOPS])
        return strength
