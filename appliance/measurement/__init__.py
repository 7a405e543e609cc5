"""Loudness, peaks, stereo image and spectrum of songs: of their stems, and of what leaves the box."""

from appliance.measurement.buses import BusMeasurement, BusPass, measure_buses
from appliance.measurement.levels import Levels
from appliance.measurement.limiter import LimiterWork
from appliance.measurement.loudness import Loudness, measure_loudness
from appliance.measurement.signals import Measurement, SignalMeters
from appliance.measurement.song import SongMeasurement, StemMeasurement, measure_song
from appliance.measurement.spectrum import Spectrum
from appliance.measurement.stereo import Stereo

__all__ = [
    "BusMeasurement",
    "BusPass",
    "Levels",
    "LimiterWork",
    "Loudness",
    "Measurement",
    "SignalMeters",
    "SongMeasurement",
    "Spectrum",
    "StemMeasurement",
    "Stereo",
    "measure_buses",
    "measure_loudness",
    "measure_song",
]
