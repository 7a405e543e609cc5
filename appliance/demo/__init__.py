"""A band that does not exist, and its delivery: for the demo, and for tests on realistic songs."""

from appliance.demo.band import Progress, Tools, render_band, truth_path

__all__ = ["Progress", "Tools", "render_band", "truth_path"]
