"""A sound card in user space for tests of what really leaves the program: strict, timed, breakable, and it remembers.

Written as a plug-in for ALSA, built when a test first needs it. See stage.c for what it does and control.h for how it
is told and asked.
"""

from .build import CannotBuildError, build_card
from .stagecard import Counters, Event, StageCard
from .words import decode, encode

__all__ = ["CannotBuildError", "Counters", "Event", "StageCard", "build_card", "decode", "encode"]
