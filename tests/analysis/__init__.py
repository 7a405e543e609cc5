"""Acoustic measurements for tests, in double precision: what a listener would notice, as a number in dB.

Signals are float arrays of shape (frames,) or (frames, channels) with full scale at 1.0. Every measurement has a test
of its own against a signal whose answer is known on paper (test_analysis.py).
"""

from .distortion import ccif_imd_db, smpte_imd_db, thd_n_db, tone_amplitudes
from .levels import peak_db, residue_above_db, signal_to_error_db, true_peak_db
from .signals import (
    band_limited,
    bursts,
    ccif_tones,
    clipped_pink,
    pink_noise,
    quarter_rate_sine,
    sine,
    smpte_tones,
    spike,
    square,
)

__all__ = [
    "band_limited",
    "bursts",
    "ccif_imd_db",
    "ccif_tones",
    "clipped_pink",
    "peak_db",
    "pink_noise",
    "quarter_rate_sine",
    "residue_above_db",
    "signal_to_error_db",
    "sine",
    "smpte_imd_db",
    "smpte_tones",
    "spike",
    "square",
    "thd_n_db",
    "tone_amplitudes",
    "true_peak_db",
]
