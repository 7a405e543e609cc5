"""What tests ask of the meter, of libebur128 and of an independent model."""

import ctypes
import ctypes.util
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from appliance.kernel import Hops, Isa, LoudnessMeter

Audio = NDArray[np.floating]


def measured(samples: Audio, rate_hz: int, block_s: int | None = None, isa: Isa = Isa.BEST) -> Hops:
    """Hops of samples (frames, channels), in one block or in blocks of so many seconds."""
    meter = LoudnessMeter(rate_hz, samples.shape[1], isa)
    step = block_s * rate_hz if block_s else max(1, len(samples))
    for start in range(0, len(samples), step):
        meter.take(samples[start : start + step])
    return meter.finish()


def available_isas() -> Iterator[Isa]:
    for isa in Isa:
        try:
            LoudnessMeter(48_000, 1, isa)
        except ValueError:
            continue
        yield isa


class Ebur128:
    """libebur128 by ctypes; ``ebur128.h`` has the numbers of the modes."""

    M, S, I, LRA, SAMPLE_PEAK, TRUE_PEAK = 1, 3, 5, 11, 17, 49  # noqa: E741 - the names of the loudness standard

    def __init__(self, rate_hz: int, channels: int, mode: int = I | LRA | TRUE_PEAK) -> None:
        self._library = library()
        self.channels = channels
        self._state = ctypes.c_void_p(self._library.ebur128_init(channels, rate_hz, mode))

    def add(self, samples: Audio) -> None:
        data = np.ascontiguousarray(samples, np.float32)
        result = self._library.ebur128_add_frames_float(self._state, data.ctypes.data_as(ctypes.c_void_p), len(data))
        assert result == 0

    def read(self, name: str) -> float:
        """``loudness_global``, ``loudness_range``, ``loudness_momentary`` or ``loudness_shortterm``."""
        value = ctypes.c_double()
        assert getattr(self._library, f"ebur128_{name}")(self._state, ctypes.byref(value)) == 0
        return value.value

    def true_peak_db(self) -> float:
        value, highest = ctypes.c_double(), 0.0
        for channel in range(self.channels):
            assert self._library.ebur128_true_peak(self._state, channel, ctypes.byref(value)) == 0
            highest = max(highest, value.value)
        return float(20.0 * np.log10(highest))

    def close(self) -> None:
        self._library.ebur128_destroy(ctypes.byref(self._state))


def library() -> ctypes.CDLL:
    """Skips the test where it is not installed."""
    name = ctypes.util.find_library("ebur128")
    if name is None:
        pytest.skip("libebur128 is not here: install libebur128-dev")
    loaded = ctypes.CDLL(name)
    loaded.ebur128_init.restype = ctypes.c_void_p
    loaded.ebur128_init.argtypes = [ctypes.c_uint, ctypes.c_ulong, ctypes.c_int]
    loaded.ebur128_add_frames_float.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    for one in ("loudness_global", "loudness_range", "loudness_momentary", "loudness_shortterm"):
        getattr(loaded, f"ebur128_{one}").argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    loaded.ebur128_true_peak.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p]
    loaded.ebur128_destroy.argtypes = [ctypes.c_void_p]
    return loaded


# BS.1770-5 tables 1 and 2, for 48 kHz.
SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])


def model_windows(samples: Audio, window_s: float, step_s: float) -> NDArray[np.float64]:
    """K-weighted mean squares of windows at 48 kHz, each by itself, summed over channels: BS.1770 as it is written."""
    y = lfilter(*HIGH_PASS, lfilter(*SHELF, np.asarray(samples, np.float64), axis=0), axis=0)
    window, step = round(48_000 * window_s), round(48_000 * step_s)
    sums = np.concatenate([[0.0], np.cumsum(np.sum(y**2, axis=1))])
    starts = np.arange(0, len(y) - window + 1, step)
    return (sums[starts + window] - sums[starts]) / window


def model_lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(power))


def model_gated(powers: NDArray[np.float64], relative_lu: float) -> NDArray[np.float64]:
    loud = [p for p in powers if p > 0 and model_lufs(p) > -70]
    threshold = model_lufs(sum(loud) / len(loud)) + relative_lu
    return np.array([p for p in loud if model_lufs(p) > threshold])
