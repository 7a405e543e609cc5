"""The other end of the engine's channel, for every process that commands or watches it."""

from appliance.engine_client.client import EngineClient

__all__ = ["EngineClient"]
