"""Songs as they leave the box: measured inside, the same as the file that the engine writes."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from analysis import pink_noise, sine
from measurement.songs import RATE_HZ, busy, rig, write_song

from appliance.engine.offline import render_song
from appliance.errors import PreparedSongError
from appliance.kernel import Kernel
from appliance.measurement import Measurement, SignalMeters, SongMeasurement, measure_song
from appliance.measurement.chain import bus_blocks
from appliance.settings import Bus, BusKind, Rig
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

SECONDS = 7.3
CLICK = np.sin(np.arange(RATE_HZ) * 0.2) * (np.arange(RATE_HZ) % (RATE_HZ // 2) < 600)


@pytest.fixture
def song(tmp_path: Path) -> PreparedSong:
    """Loud enough that the house's limiter works and the ears' one too."""
    frames = round(SECONDS * RATE_HZ)
    click = np.resize(CLICK, frames)[:, np.newaxis]
    stems = [
        ("Keys", Role.TRACK, np.clip(busy(SECONDS, 0.35), -1, 1)),
        ("Bass", Role.TRACK, np.clip(busy(SECONDS, 0.2, 2, channels=1), -1, 1)),
        ("Click", Role.CLICK, 0.9 * click),
    ]
    return write_song(tmp_path / "a.song", stems, gain_db=2.0)


def outputs(rig: Rig, song: PreparedSong, folder: Path) -> np.ndarray:
    """What the engine writes for the interface, without the latency before it."""
    render_song(rig, song, folder / "out.wav")
    words, _ = soundfile.read(folder / "out.wav", dtype="int32", always_2d=True)
    latency = Kernel(rig.rate_hz, [(1, BusKind.HOUSE)], 1).latency_frames
    return words[latency : latency + song.frames]


def measure_words(words: np.ndarray, signals: list[list[int]]) -> list[Measurement]:
    meters = SignalMeters(RATE_HZ, signals)
    meters.add(meters.meter.take_int32(words))
    return meters.finish()


def test_buses_measure_as_the_rendered_file_does(song: PreparedSong, tmp_path: Path) -> None:
    measured = measure_song(rig(), song)
    expected = measure_words(outputs(rig(), song, tmp_path), [[0, 1], [2], [3]])
    for bus, other in zip(measured.buses, expected, strict=True):
        assert bus.measured.loudness == other.loudness
        assert bus.measured.levels == other.levels
        assert_close(bus.measured, other)


def assert_close(one: Measurement, other: Measurement) -> None:
    """Block sizes differ, and with them the order of sums in spectrum and correlation."""
    np.testing.assert_allclose(
        np.array(one.spectrum.level_dbfs, float), np.array(other.spectrum.level_dbfs, float), atol=1e-3
    )
    if one.stereo and other.stereo:
        assert one.stereo.correlation == pytest.approx(other.stereo.correlation, abs=1e-5)
        assert one.stereo.mono_loss_db == pytest.approx(other.stereo.mono_loss_db, abs=1e-3)


def test_another_trim_is_noticed(song: PreparedSong, tmp_path: Path) -> None:
    measured = measure_song(rig(gain_db=-1.0), song, stems=False)
    expected = measure_words(outputs(rig(), song, tmp_path), [[0, 1]])
    assert measured.buses[0].measured.loudness != expected[0].loudness


def test_the_house_is_the_sum_of_its_buses(song: PreparedSong, tmp_path: Path) -> None:
    words = outputs(rig(), song, tmp_path).astype(np.float64) / 2**31
    both = words[:, :2] + words[:, 2:3]
    meters = SignalMeters(RATE_HZ, [[0, 1]])
    meters.add(meters.meter.take(both))
    (expected,) = meters.finish()
    house = measure_song(rig(), song, stems=False).house
    assert house is not None
    assert house.loudness.integrated_lufs == pytest.approx(expected.loudness.integrated_lufs, abs=1e-5)
    assert house.levels.true_peak_dbtp == pytest.approx(expected.levels.true_peak_dbtp, abs=1e-4)


def test_one_house_bus_is_the_house_and_none_is_none(song: PreparedSong) -> None:
    alone = msgspec.structs.replace(rig(), buses=(rig().buses[0], rig().buses[2]))
    measured = measure_song(alone, song, stems=False)
    assert measured.house == measured.buses[0].measured
    ears = msgspec.structs.replace(rig(), buses=(rig().buses[2],))
    assert measure_song(ears, song, stems=False).house is None


def test_limiters_are_seen_at_work(song: PreparedSong) -> None:
    """The most that each takes, against the smallest factor that its own meter ever tells."""
    the_rig = rig()
    measured = measure_song(the_rig, song, stems=False)
    least = least_gains(the_rig, song)
    for bus, gain in zip(measured.buses, least, strict=True):
        assert bus.limiter.max_reduction_db == pytest.approx(-20 * np.log10(gain), abs=0.02)
    foh = measured.buses[0].limiter
    assert foh.max_reduction_db > 3
    assert 0 < foh.mean_reduction_db < foh.max_reduction_db
    assert 0 < foh.working_percent <= 100


def least_gains(the_rig: Rig, song: PreparedSong) -> list[float]:
    from appliance.kernel import SampleFormat, Voice, kernel_for_rig  # noqa: PLC0415 - for this one comparison
    from appliance.measurement.source import stem_blocks  # noqa: PLC0415
    from appliance.songs.routing import gain_matrix  # noqa: PLC0415

    kernel = kernel_for_rig(the_rig, SampleFormat.S32_LE, the_rig.outputs)
    kernel.set_song(0, song.roles)
    kernel.set_gains(0, gain_matrix(the_rig, song.metadata.stems, song.channels), 0)
    least = [1.0] * len(the_rig.buses)
    for data, frames in stem_blocks(song, RATE_HZ // 100):
        kernel.render([Voice(data, 0, 0, frames)], frames)
        least = [min(a, bus.gain) for a, bus in zip(least, kernel.meters().buses, strict=True)]
    return least


def test_a_limiter_that_rests_takes_nothing_at_all(tmp_path: Path) -> None:
    soft = write_song(tmp_path / "a.song", [("Keys", Role.TRACK, busy(4.0, 0.01))])
    for bus in measure_song(rig(), soft, stems=False).buses:
        assert bus.limiter.max_reduction_db == bus.limiter.mean_reduction_db == bus.limiter.working_percent == 0
        assert bus.limiter.max_reduction_at_s is None


def test_the_gain_of_a_steady_tone_is_known(tmp_path: Path) -> None:
    """6 dB over the ceiling from 4 s on: the limiter takes 6 dB, in a third of the time in which there is sound."""
    tone = (
        sine(997.0, RATE_HZ, 6.0, 0.99)[:, np.newaxis]
        * np.where(np.arange(6 * RATE_HZ) < 4 * RATE_HZ, 0.1, 1.0)[:, None]
    )
    song = write_song(tmp_path / "a.song", [("Keys", Role.TRACK, tone)])
    bus = Bus(
        name="FOH", kind=BusKind.HOUSE, outputs=(1,), sends={"track": 0.0}, ceiling_dbtp=-6.0 + 20 * np.log10(0.99)
    )
    work = measure_song(Rig(outputs=1, buses=(bus,)), song, stems=False).buses[0].limiter
    assert work.max_reduction_db == pytest.approx(6.0, abs=0.05)
    assert work.mean_reduction_db == pytest.approx(2.0, abs=0.05)
    assert work.working_percent == pytest.approx(100 / 3, abs=1)
    assert work.max_reduction_at_s == pytest.approx(4.0, abs=0.5)


def test_stems_are_as_delivered(song: PreparedSong) -> None:
    stems = measure_song(rig(), song).stems
    assert [(s.name, s.role) for s in stems] == [("Keys", "track"), ("Bass", "track"), ("Click", "click")]
    keys = np.clip(busy(SECONDS, 0.35), -1, 1) * 10 ** (2 / 20)
    meters = SignalMeters(RATE_HZ, [[0, 1]])
    meters.add(meters.meter.take(keys))
    (expected,) = meters.finish()
    assert stems[0].measured.loudness.integrated_lufs == pytest.approx(expected.loudness.integrated_lufs, abs=1e-3)
    assert stems[0].measured.levels.true_peak_dbtp == pytest.approx(expected.levels.true_peak_dbtp, abs=1e-3)
    assert stems[0].measured.stereo is not None
    assert stems[1].measured.stereo is None


def test_click_is_no_part_of_the_house(tmp_path: Path) -> None:
    click = np.resize(CLICK, 5 * RATE_HZ)[:, np.newaxis]
    measured = measure_song(rig(), write_song(tmp_path / "a.song", [("Click", Role.CLICK, click)]), stems=False)
    assert measured.house is not None
    assert measured.house.levels.sample_peak_dbfs is None
    assert measured.buses[2].measured.levels.sample_peak_dbfs is not None


def test_frames_are_those_of_the_song(song: PreparedSong) -> None:
    blocks = [(a.copy(), b.copy()) for a, b in bus_blocks(rig(), song, 3 * RATE_HZ)]
    assert [len(a) for a, _ in blocks] == [3 * RATE_HZ, 3 * RATE_HZ, song.frames - 6 * RATE_HZ]
    whole = next(iter(bus_blocks(rig(), song, 10 * RATE_HZ)))
    for part in (0, 1):
        np.testing.assert_array_equal(np.concatenate([pair[part] for pair in blocks]), whole[part])


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_other_rates(rate_hz: int, tmp_path: Path) -> None:
    pink = pink_noise(rate_hz, 6.0, channels=2, rms_db=-30.0)
    song = write_song(tmp_path / "a.song", [("Keys", Role.TRACK, pink)], rate_hz)
    measured = measure_song(rig(rate_hz), song)
    bus, stem = measured.buses[0].measured.loudness, measured.stems[0].measured.loudness
    assert bus.integrated_lufs == pytest.approx(stem.integrated_lufs, abs=0.2)  # but for the 35 Hz filter


def test_it_can_be_kept_as_json(song: PreparedSong) -> None:
    measured = measure_song(rig(), song)
    text = json.dumps(msgspec.to_builtins(measured), allow_nan=False)
    assert msgspec.json.decode(text, type=SongMeasurement) == measured


def test_progress_goes_up_to_the_end(song: PreparedSong) -> None:
    heard: list[float] = []
    measure_song(rig(), song, progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1.0)


def test_damage_is_told_and_not_measured(song: PreparedSong) -> None:
    data = bytearray(song.path.read_bytes())
    data[song.header_bytes + 1_200_000] ^= 1
    song.path.write_bytes(data)
    with pytest.raises(PreparedSongError, match="damaged in chunk 2"):
        measure_song(rig(), song)
    song.path.write_bytes(data[: len(data) // 2])
    with pytest.raises(PreparedSongError, match="cut short"):
        measure_song(rig(), song)


SCRIPT = """
import sys
from pathlib import Path
from appliance.measurement import measure_song
from appliance.settings import preset
from appliance.songs.prepared import read_header
measure_song(preset(8), read_header(Path(sys.argv[1])))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def test_memory_of_16_stems_is_bounded(tmp_path: Path) -> None:
    """As floats, 20 s of these would be 123 MB and five minutes 1.8 GB; blocks are full after 3 s."""
    x = np.resize(busy(1.0, 0.05), (20 * RATE_HZ, 2))
    song = write_song(tmp_path / "a.song", [(f"Stem {n}", Role.TRACK, x) for n in range(16)])
    done = subprocess.run([sys.executable, "-c", SCRIPT, song.path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 250
