"""A stem that ends in the middle of a wave, before its song does, would click there: its last moments are eased.

Only where the last sample stands out of silence; everything else comes through bit for bit. Where the song itself
begins and ends, mastering eases all stems together.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from appliance.preparation.decode import Block

STEP = 10 ** (-50 / 20)
"""A jump to silence from less is not heard beside anything that plays."""
FADE_OUT_S = 0.005


def eased_end(blocks: Iterable[Block], rate_hz: int) -> Iterator[Block]:
    """The same frames. ``blocks`` are of shape (frames, channels); the last FADE_OUT_S of them are held back."""
    tail = round(FADE_OUT_S * rate_hz)
    held: Block | None = None
    for block in blocks:
        joined = block if held is None else np.concatenate([held, block])
        if len(joined) > tail:
            yield joined[:-tail]
        held = joined[-tail:]
    if held is not None and len(held):
        stands_out = np.abs(held[-1]) > STEP
        # A raised cosine that begins near 1 and would reach 0 with the frame after the last.
        level = 0.5 + 0.5 * np.cos(np.pi * (np.arange(len(held)) + 0.5) / len(held))
        yield np.where(stands_out[np.newaxis, :], held * level[:, np.newaxis], held)
