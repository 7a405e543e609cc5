"""The process that owns the interface."""

from appliance.engine.engine import Engine

__all__ = ["Engine"]
