"""The engine as a process: parts built in order, ended in reverse."""

import signal
from pathlib import Path

from appliance.engine.card import card_opener
from appliance.engine.engine import Engine
from appliance.engine.link import Link
from appliance.engine.realtime import become_realtime
from appliance.settings import Rig


def run_engine(rig: Rig, card: str, socket_path: Path) -> None:
    """Until Quit, SIGTERM or SIGINT. Raises EngineError when another engine runs there."""
    link = Link(socket_path)
    try:
        engine = Engine(rig, card_opener(card), link)
    except BaseException:
        link.close()
        raise
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: engine.stop())
        engine.run(realtime=become_realtime())
    finally:
        engine.close()
