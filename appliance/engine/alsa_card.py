"""An ALSA interface through pyalsaaudio.

pyalsaaudio takes whatever the card offers when it cannot have what was asked, so everything is compared with what was
asked before a sample is written: two channels of int32 played as eight of float are noise at full scale. Only ``hw:``
devices are opened, because ``default`` and ``plug:`` convert and route without a word.
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import alsaaudio

from appliance.errors import InterfaceError
from appliance.kernel import SampleFormat
from appliance.settings import Rig
from appliance.settings.interfaces import Interface, list_interfaces

UNDERRUN = -32
"""-EPIPE, returned and not raised: the block is lost and the stream prepared again."""
SUSPENDED, DISCONNECTED = 7, 8
FORMATS = {
    SampleFormat.S32_LE: alsaaudio.PCM_FORMAT_S32_LE,
    SampleFormat.S24_3LE: alsaaudio.PCM_FORMAT_S24_3LE,
    SampleFormat.S24_LE: alsaaudio.PCM_FORMAT_S24_LE,
    SampleFormat.S16_LE: alsaaudio.PCM_FORMAT_S16_LE,
}
"""In order of preference. S32 first: it is what class-compliant interfaces of more than two channels have."""
FALLBACK_BLOCK_FRAMES = 512
"""For interfaces that refuse shorter blocks."""


class AlsaCard:
    """A PCM opened with exactly the rate, channels, format and buffer that it was asked for."""

    def __init__(self, device: str, rig: Rig, name: str, outputs: int | None = None) -> None:
        """Raises InterfaceError with what is wrong and what the interface offers instead."""
        self.name, self.rate_hz, self.blocks = name, rig.rate_hz, rig.blocks
        self.outputs = outputs or rig.outputs
        self._pcm = self._open(device, rig)
        self._silence = bytes(self.blocks * self.block_frames * self.outputs * self.sample_format.bytes_per_sample)
        self._written_at = time.monotonic()
        # ALSA starts on the first write; a full buffer of silence is the head start that every later block relies on.
        try:
            self._pcm.write(self._silence)
        except alsaaudio.ALSAAudioError as error:  # pulled out between opening and now
            self.close()
            raise InterfaceError(_opening_sentence(str(error)), self.name) from error

    def _open(self, device: str, rig: Rig) -> Any:
        offers: list[str] = []
        refused: alsaaudio.ALSAAudioError | None = None
        for sample_format, block_frames in self._attempts(rig):
            try:
                pcm = alsaaudio.PCM(
                    type=alsaaudio.PCM_PLAYBACK, mode=alsaaudio.PCM_NORMAL, device=device, rate=self.rate_hz,
                    channels=self.outputs, format=FORMATS[sample_format], periodsize=block_frames,
                    periods=self.blocks,
                )  # fmt: skip
            except alsaaudio.ALSAAudioError as error:
                if "Invalid argument" in str(error):  # this combination alone is impossible
                    refused = error
                    continue
                raise InterfaceError(_opening_sentence(str(error)), self.name) from error
            got = pcm.info()
            if (
                got["rate"] == self.rate_hz
                and got["channels"] == self.outputs
                and got["format_name"] == sample_format.name
                and got["period_size"] == block_frames
                and got["periods"] == self.blocks
                and got["buffer_size"] == block_frames * self.blocks
            ):
                self.sample_format, self.block_frames = sample_format, block_frames
                return pcm
            offers.append(
                f"{got['channels']} outputs at {got['rate']} Hz, {got['format_name']}, {got['periods']} blocks of"
                f" {got['period_size']}"
            )
            pcm.close()
        if not offers:
            raise InterfaceError(_opening_sentence(str(refused)), self.name) from refused
        raise InterfaceError(
            f"The rig asks for {self.outputs} outputs at {self.rate_hz} Hz in {self.blocks} blocks of"
            f" {rig.block_frames}, the interface offers {offers[0]}. Change rig.toml or choose another interface.",
            self.name,
        )

    @staticmethod
    def _attempts(rig: Rig) -> Iterator[tuple[SampleFormat, int]]:
        for block_frames in dict.fromkeys((rig.block_frames, max(rig.block_frames, FALLBACK_BLOCK_FRAMES))):
            for sample_format in FORMATS:
                yield sample_format, block_frames

    def write(self, block: memoryview) -> int:
        try:
            return self._write(block)
        except alsaaudio.ALSAAudioError as error:
            raise InterfaceError(
                "The interface is unplugged. Plug it in; the show continues by itself.", self.name
            ) from error

    def _write(self, block: memoryview) -> int:
        frame_bytes = len(block) // self.block_frames
        while block:
            try:
                written = self._pcm.write(block)
            except alsaaudio.ALSAAudioError:
                if self._pcm.state() != SUSPENDED:
                    raise
                self._pcm.drop()
                return self._start_again()
            if written == UNDERRUN:
                return self._start_again()
            # A part is taken when the stream breaks in the middle of a block; the rest meets what broke it.
            block = block[written * frame_bytes :]
        self._written_at = time.monotonic()
        return 0

    def _start_again(self) -> int:
        """A full buffer of silence, and the frames by which the songs must jump to be where they would have been."""
        self._pcm.write(self._silence)
        now = time.monotonic()
        passed = round((now - self._written_at) * self.rate_hz)
        self._written_at = now
        return max(0, passed - self.block_frames)

    def close(self) -> None:
        # Without drop, close waits for the queue to be played, for ever where the card's clock has stopped. An
        # unplugged card refuses to drop.
        with contextlib.suppress(alsaaudio.ALSAAudioError):
            self._pcm.drop()
        self._pcm.close()


def open_interface(rig: Rig, name: str = "auto") -> AlsaCard:
    """The interface of that short name, or the one with the most outputs. Raises InterfaceError."""
    wanted = rig.interface if name == "auto" else name
    interface = find_interface(wanted)
    outputs = max(rig.outputs, interface.outputs or 0)
    return AlsaCard(f"hw:CARD={interface.card_id},DEV=0", rig, interface.name, outputs)


def find_interface(wanted: str) -> Interface:
    """By its short name, or for ``auto`` the one with the most outputs. Raises InterfaceError."""
    found = list_interfaces()
    if not found:
        raise InterfaceError("No interface is plugged in. Plug it in; the show continues by itself.")
    if wanted == "auto":
        return max(found, key=lambda interface: interface.outputs or 0)
    for interface in found:
        if interface.card_id == wanted:
            return interface
    names = ", ".join(interface.card_id for interface in found)
    raise InterfaceError(f"This interface is not plugged in. There is: {names}.", wanted)


def _opening_sentence(error: str) -> str:
    if "busy" in error:
        return "Another program uses the interface. End it and try again."
    if "No such" in error:
        return "The interface is not there. Plug it in; the show continues by itself."
    if "Permission" in error:
        return "This user may not use sound. Add it to the group audio."
    return f"The interface cannot be opened: {error}."
