"""A card that writes what it hears to a WAV file."""

import contextlib
from pathlib import Path

import numpy as np
import soundfile

from appliance.engine.pace import Pace
from appliance.errors import InterfaceError
from appliance.kernel import SampleFormat
from appliance.settings import Rig


class FileCard:
    """32-bit WAV with all outputs, 24 bits of them used; RF64 beyond 4 GB. Paced or as fast as it can."""

    sample_format = SampleFormat.S32_LE

    def __init__(self, path: Path, rig: Rig, paced: bool) -> None:
        self.name = str(path)
        self.outputs, self.block_frames, self.blocks = rig.outputs, rig.block_frames, rig.blocks
        try:
            # RF64 begins as a plain WAV and becomes RF64 only when it must.
            self._file = soundfile.SoundFile(path, "w", rig.rate_hz, rig.outputs, "PCM_32", format="RF64")
        except (soundfile.LibsndfileError, OSError) as error:
            raise InterfaceError(f"The file cannot be written: {error}.", str(path)) from error
        self._pace = Pace(rig.block_frames / rig.rate_hz, rig.blocks) if paced else None

    def write(self, block: memoryview) -> int:
        try:
            self._file.write(np.frombuffer(block, dtype="<i4").reshape(-1, self.outputs))
        except soundfile.LibsndfileError as error:
            raise InterfaceError(f"The file cannot be written: {error}.", self.name) from error
        if self._pace:
            self._pace.wait()
        return 0

    def close(self) -> None:
        with contextlib.suppress(soundfile.LibsndfileError):  # a full disk has been told of when it was written to
            self._file.close()
