"""The process that owns the interface, and how others talk to it."""

from appliance.engine.client import EngineClient
from appliance.engine.engine import Engine

__all__ = ["Engine", "EngineClient"]
