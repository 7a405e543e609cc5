"""The conductor as a process."""

import gc
import os
import signal

from appliance.conductor.conductor import Conductor
from appliance.paths import Paths
from appliance.settings import Rig


def memory_budget_bytes(rig: Rig) -> int:
    """Of the machine's memory, what songs may take."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(total * rig.transport.memory_percent / 100)


def run_conductor(paths: Paths, rig: Rig) -> None:
    """Until SIGTERM or SIGINT; the engine plays on. Raises EngineError when another conductor is running."""
    conductor = Conductor(paths, rig, memory_budget_bytes(rig))
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: conductor.stop())
        gc.freeze()  # what was imported need not be looked at again while somebody presses a switch
        conductor.run()
    finally:
        conductor.close()
