"""A card that plays in real time to nobody."""

from appliance.engine.pace import Pace
from appliance.kernel import SampleFormat
from appliance.settings import Rig


class NullCard:
    """Keeps the time of a card with the rig's buffer."""

    name = "null"
    sample_format = SampleFormat.S32_LE

    def __init__(self, rig: Rig) -> None:
        self.outputs, self.block_frames, self.blocks = rig.outputs, rig.block_frames, rig.blocks
        self._pace = Pace(rig.block_frames / rig.rate_hz, rig.blocks)

    def write(self, block: memoryview) -> int:  # noqa: ARG002  # nobody listens
        self._pace.wait()
        return 0

    def close(self) -> None:
        pass
