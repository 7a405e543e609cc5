"""What a song that loads costs the audio thread, and how long a press takes. Run by hand: python bench_engine.py [S]

Plays on the tests' interface in real time and prints a table.
The figures are of this machine and its load.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import numpy as np  # noqa: E402 - the tests' helpers are found first
from booth import LATENCY, RATE, Booth, coded, write_song  # noqa: E402
from card import StageCard  # noqa: E402

from appliance.engine.alsa_card import AlsaCard  # noqa: E402
from appliance.engine.realtime import become_realtime  # noqa: E402
from appliance.kernel import SlotState  # noqa: E402
from appliance.messages import Cut, Load, Unload  # noqa: E402
from appliance.songs.model import Role  # noqa: E402

STEMS = 16
MINUTES = 5


def big_song(folder: Path) -> Path:
    """Noise of 16 stems and five minutes, 691 MB."""
    block = np.random.default_rng(1).integers(-(1 << 18), 1 << 18, (RATE * 10, STEMS)).astype(np.int32)
    words = np.tile(block, (MINUTES * 6, 1))
    return write_song(folder / "big.song", words, [Role.TRACK] * STEMS).path


def measured(booth: Booth, stage: StageCard, seconds: float, each_block: Callable[[], None]) -> str:
    worst: list[int] = []
    booth.steps(40)
    stage._signed[14] = 2**63 - 1  # the smallest fill, from here on
    xruns = stage.counters().xruns
    for _ in range(round(seconds * RATE / 256)):
        before = time.perf_counter_ns()
        booth.engine.player.render_into(booth.engine._pointer, 256)
        worst.append(time.perf_counter_ns() - before)
        lost = booth.engine._card.write(booth.engine._block)
        if lost:
            booth.engine.player.skip(lost)
        each_block()
    counters = stage.counters()
    micro = np.array(worst) / 1e3
    return (
        f"render median {np.median(micro):.0f} us, p99.9 {np.quantile(micro, 0.999):.0f} us, worst {micro.max():.0f} us"
        f""
        f"   min_fill {counters.min_fill} frames  underruns {counters.xruns - xruns}"
    )


def presses(booth: Booth, stage: StageCard, count: int) -> str:
    """From the command to the song's first frame, in frames of the interface's own time line."""
    waits = []
    for number in range(count):
        for _ in range(number % 7 + 3):
            booth.engine.step()
        # Frames that the interface still has to play when the command comes, and the block that is rendered then.
        pressed = booth.clock
        booth.schedule(number, 0)
        booth.steps(1)
        status = booth.engine.status()
        waits.append(status.clock - status.song_frame - pressed + LATENCY + booth.engine._card.blocks * 256)
        booth.do(Cut, fade_frames=0)
    return (
        f"press to first sample: {min(waits)} to {max(waits)} frames = {1e3 * max(waits) / RATE:.1f} ms"
        f" ({booth.engine._card.blocks} blocks queued, {LATENCY} of the limiters), {count} starts"
    )


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name, StageCard(Path(name), 2) as stage:
        folder = Path(name)
        os.environ.update(stage.environment)
        big = big_song(folder)
        booth = Booth(open_card=lambda rig: AlsaCard(stage.hw_device, rig, "Stage"))
        booth.load(0, write_song(folder / "a.song", np.tile(coded(RATE, channels=2), (600, 1))))
        print("real-time scheduling:", become_realtime())
        booth.schedule(1, 0)
        print("one song playing:      ", measured(booth, stage, seconds, lambda: None))
        loads = 0

        def load_again() -> None:
            nonlocal loads
            state = booth.engine.player.slot_status(1).state
            if state is SlotState.EMPTY:
                loads += not booth.do(Load, slot=1, path=str(big))
            elif state is SlotState.READY:
                booth.do(Unload, slot=1)

        print("while another loads:   ", measured(booth, stage, seconds, load_again), f"  loads begun {loads}")
        booth.do(Cut, fade_frames=0)
        print(presses(booth, stage, 200))
        booth.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
