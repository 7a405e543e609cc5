"""Everything that is measured of one signal, and the meters of many signals that come side by side."""

from collections.abc import Sequence

import msgspec

from appliance.kernel import Hops, LoudnessMeter, Planar
from appliance.measurement.levels import ClippedRuns, Levels, measure_levels
from appliance.measurement.loudness import Loudness, measure_loudness
from appliance.measurement.spectrum import Spectrum, SpectrumMeter
from appliance.measurement.stereo import Stereo, StereoMeter
from appliance.units import gain_from_db


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One signal of one or two channels."""

    loudness: Loudness
    levels: Levels
    stereo: Stereo | None
    """None for a mono signal."""
    spectrum: Spectrum


class SignalMeters:
    """Signals that each are one or two of the channels of ``meter``, to which every block goes first."""

    def __init__(self, rate_hz: int, signals: Sequence[Sequence[int]], channels: int | None = None) -> None:
        """``channels`` is how many there are, where that is more than the signals use."""
        used = 1 + max((channel for signal in signals for channel in signal), default=0)
        self.meter = LoudnessMeter(rate_hz, channels or used)
        self.hops: Hops
        """Of all channels, once finished."""
        self._signals = [list(signal) for signal in signals]
        self._clipped = [ClippedRuns(rate_hz, len(signal)) for signal in signals]
        self._stereo = [StereoMeter(rate_hz) if len(signal) > 1 else None for signal in signals]
        self._spectrum = [SpectrumMeter(rate_hz, len(signal)) for signal in signals]

    def add(self, block: Planar) -> None:
        """What ``meter`` made of the block it took."""
        for signal, clipped, stereo, spectrum in zip(
            self._signals, self._clipped, self._stereo, self._spectrum, strict=True
        ):
            samples = block[signal]
            clipped.add(samples)
            spectrum.add(samples)
            if stereo:
                stereo.add(samples)

    def finish(self, gains_db: Sequence[float] | None = None) -> list[Measurement]:
        """Of each signal, as if it were so many dB louder. Call once, at the end."""
        self.hops = self.meter.finish()
        results = []
        for number, signal in enumerate(self._signals):
            gain_db = gains_db[number] if gains_db else 0.0
            part = self.hops.part(signal, gain_from_db(gain_db))
            loudness, stereo = measure_loudness(part.weighted), self._stereo[number]
            results.append(
                Measurement(
                    loudness=loudness,
                    levels=measure_levels(part, loudness.integrated_lufs, self._clipped[number]),
                    stereo=stereo.finish() if stereo else None,
                    spectrum=self._spectrum[number].finish(gain_db),
                )
            )
        return results
