"""Each fault that a delivery may have, put into a sound one: found, named with its stem and time, and tamed."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from mastering.bands import RATE_HZ, Signal, click, drums, guide, master, music, rig, write_band

from appliance.engine.offline import render_song
from appliance.mastering.result import SongResult, Weight
from appliance.mastering.spikes import RISE_DB, ordinary_db, windows_db
from appliance.songs.mastered import read_mastering
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

RIG = rig(target_lufs=-23.0, tracks_lufs=-38.0, click_dbfs=-30.0)
"""Far below every ceiling, so that it is not they that hold anything."""
SECONDS = 40.0
BURST_S = 17.3
DC = 0.02


def stems() -> dict[str, tuple[Role, Signal]]:
    return {
        "Drums": (Role.TRACK, drums(SECONDS)),
        "Pad": (Role.TRACK, music(SECONDS, -36.0)),
        "Click": (Role.CLICK, click(SECONDS)),
        "Guide": (Role.GUIDE, guide(SECONDS, -30.0)),
    }


def mastered(folder: Path, **changed: Signal) -> tuple[PreparedSong, SongResult]:
    named = [(name, role, changed.get(name, signal)) for name, (role, signal) in stems().items()]
    song = write_band(folder, "Song", named)
    (result,) = master(RIG, song)
    return song, result


def warnings(result: SongResult) -> list[str]:
    return [f"{one.subject}: {one.sentence}" for one in result.findings if one.weight is Weight.WARNING]


def outputs(song: PreparedSong, file: Path, guarded: bool = True) -> np.ndarray:
    """What the interface gets."""
    mastering = read_mastering(song)
    assert mastering is not None
    if not guarded:
        mastering = msgspec.structs.replace(mastering, guards_dbfs={})
    render_song(RIG, song, file, mastering=mastering)
    return soundfile.read(file, always_2d=True)[0]


def mastered_start_s(song: PreparedSong) -> float:
    mastering = read_mastering(song)
    assert mastering is not None
    return mastering.start_frame / RATE_HZ


def levels_of(samples: np.ndarray) -> np.ndarray:
    hop = RATE_HZ // 100
    hops = len(samples) // hop
    energy = np.square(samples[: hops * hop]).reshape(hops, hop).sum(axis=1)
    return windows_db(energy[np.newaxis], RATE_HZ)


def burst_in_the_guide() -> Signal:
    signal = guide(SECONDS, -30.0)
    at = round(BURST_S * RATE_HZ)
    signal[at : at + RATE_HZ // 5, 0] = 10 ** (-10 / 20) * np.random.default_rng(5).standard_normal(RATE_HZ // 5)
    return np.clip(signal, -1, 1)


def drifting_click() -> Signal:
    """A tenth of a percent slow: 40 ms in 40 s."""
    return click(SECONDS, bpm=120 / 1.001)


FAULTS = {
    "a burst": ({"Guide": burst_in_the_guide()}, "Guide: At 0:17 it bursts"),
    "leak": ({"Pad": music(SECONDS, -36.0) + 0.01 * click(SECONDS)}, "Pad: The click has leaked into it"),
    "drift": ({"Click": drifting_click()}, "Click: By the end the tracks are"),
    "DC": ({"Pad": music(SECONDS, -36.0) + DC}, "Pad: It has a DC offset of -34 dBFS"),
    "inverted": ({"Pad": music(SECONDS, -36.0)[:, :1] * [1.0, -1.0]}, "Pad: One side is inverted"),
    "clipped": ({"Pad": np.clip(music(SECONDS, -6.0), -1, 1 - 2**-23)}, "Pad: It is clipped"),
}


def test_a_sound_delivery_has_no_warning(tmp_path: Path) -> None:
    assert warnings(mastered(tmp_path)[1]) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(tmp_path: Path, fault: str) -> None:
    changed, sentence = FAULTS[fault]
    told = warnings(mastered(tmp_path, **changed)[1])
    assert any(one.startswith(sentence) for one in told), told


def test_a_burst_does_not_reach_the_ears(tmp_path: Path) -> None:
    song, result = mastered(tmp_path, Guide=burst_in_the_guide())
    held, let_through = outputs(song, tmp_path / "held.wav"), outputs(song, tmp_path / "open.wav", guarded=False)
    usual = ordinary_db(levels_of(held[:, 2]))
    assert usual is not None
    loose, tight = levels_of(let_through[:, 2]) - usual, levels_of(held[:, 2]) - usual
    assert loose.max() > RISE_DB + 10, "it would have been far louder"
    assert tight.max() < RISE_DB + 6.2, "the first 50 ms, of which nobody could know"
    later = round((BURST_S - mastered_start_s(song) + 0.06) * 100)
    assert loose[later : later + 10].min() > RISE_DB + 8
    assert tight[later:].max() < RISE_DB + 0.5
    assert set(result.guards_dbfs) == {"Cues", "Mix"}
    quiet = np.abs(np.arange(len(held)) / RATE_HZ - BURST_S) > 1.5
    np.testing.assert_array_equal(held[quiet], let_through[quiet])


def test_the_guide_is_as_loud_as_without_the_burst(tmp_path: Path) -> None:
    """A burst must not turn down what it stands in."""
    _, burst = mastered(tmp_path / "one", Guide=burst_in_the_guide())
    _, sound = mastered(tmp_path / "two")
    assert burst.ears.guide_db == pytest.approx(sound.ears.guide_db, abs=1.5)


def test_dc_does_not_reach_the_house(tmp_path: Path) -> None:
    song, _ = mastered(tmp_path, Pad=music(SECONDS, -36.0) + DC)
    house = outputs(song, tmp_path / "out.wav")[RATE_HZ:-RATE_HZ, :2]
    assert np.abs(house.mean(axis=0)).max() < 1e-4


def test_nobody_in_the_house_hears_click_or_guide(tmp_path: Path) -> None:
    silence = np.zeros((round(SECONDS * RATE_HZ), 2))
    song, _ = mastered(tmp_path, Drums=silence, Pad=silence)
    assert not outputs(song, tmp_path / "out.wav")[:, :2].any()
