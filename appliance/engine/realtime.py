"""What keeps the audio thread on time: first-in-first-out scheduling, locked memory, no garbage collection."""

import ctypes
import gc
import os

PRIORITY = 70
"""Above the kernel's threaded interrupts (50), below the watchdog and migration threads (99)."""
MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4


def become_realtime() -> bool:
    """Make the calling thread real-time and lock the process's memory; False where the system does not grant both.

    The caller has built everything by then: what exists is frozen out of the collector, which stays off.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    granted = True
    try:
        # A thread that this one starts later begins at normal priority.
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except PermissionError:
        granted = False
    libc = ctypes.CDLL(None, use_errno=True)
    # What is there is brought in and locked now; what comes later as it is first touched, or the mapping of a song
    # of half a gigabyte would be filled in one stretch, with every other mapping of the process waiting for it.
    return libc.mlockall(MCL_CURRENT) == 0 and libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 and granted
