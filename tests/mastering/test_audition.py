"""Before and after at equal loudness, judged by another meter than ours."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from mastering.bands import RATE_HZ, click, drums, master, music, rig, write_band
from measurement.meters import Ebur128

from appliance.errors import LibraryError, StorageError
from appliance.mastering.audition import audition
from appliance.settings import BusKind, LivePart
from appliance.songs.mastered import Mastering, read_mastering
from appliance.songs.prepared import PreparedSong
from appliance.vocabulary import Role

SECONDS = 24.0
RIG = rig(live=(LivePart.BASS, LivePart.VOCALS))


@pytest.fixture
def song(tmp_path: Path) -> tuple[PreparedSong, Mastering]:
    made = write_band(
        tmp_path,
        "Song",
        [
            ("Drums", Role.TRACK, drums(SECONDS, -12.0)),
            ("Pad", Role.TRACK, music(SECONDS, -26.0)),
            ("Click", Role.CLICK, click(SECONDS)),
        ],
    )
    master(RIG, made)
    mastering = read_mastering(made)
    assert mastering is not None
    return made, mastering


def test_both_are_equally_loud_and_not_the_same(song: tuple[PreparedSong, Mastering], tmp_path: Path) -> None:
    files = tmp_path / "before.wav", tmp_path / "after.wav"
    lufs = audition(RIG, *song, files)
    before, after = (soundfile.read(file)[0] for file in files)
    assert before.shape == after.shape
    for samples in (before, after):
        meter = Ebur128(RATE_HZ, 2)
        meter.add(samples)
        assert meter.read("loudness_global") == pytest.approx(lufs, abs=0.1)
        assert np.abs(samples).max() <= 10 ** (-1 / 20) + 1e-6
    assert np.abs(before - after).max() > 0.01, "there is an equaliser between them"


def test_in_turns_each_is_heard_alone(song: tuple[PreparedSong, Mastering], tmp_path: Path) -> None:
    files = tmp_path / "before.wav", tmp_path / "after.wav"
    audition(RIG, *song, files)
    audition(RIG, *song, tmp_path / "turns.wav", switch_s=3.0)
    before, after = (soundfile.read(file)[0] for file in files)
    turns = soundfile.read(tmp_path / "turns.wav")[0]
    for turn in range(int(len(turns) / RATE_HZ / 3)):
        part = slice(round((3 * turn + 0.1) * RATE_HZ), round((3 * turn + 2.9) * RATE_HZ))
        np.testing.assert_allclose(turns[part], (before, after)[turn % 2][part], atol=2**-22)
    assert np.abs(np.diff(turns, axis=0)).max() <= 1.05 * np.abs(np.diff(np.stack([before, after]), axis=1)).max()


def test_what_cannot_be_written_or_heard_is_said(song: tuple[PreparedSong, Mastering], tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        audition(RIG, *song, tmp_path / "no such folder" / "a.wav", switch_s=3.0)
    ears = tuple(bus for bus in RIG.buses if bus.kind is BusKind.EARS)
    with pytest.raises(LibraryError, match="no house bus"):
        audition(msgspec.structs.replace(RIG, buses=ears), *song, tmp_path / "a.wav")
    cues = write_band(tmp_path, "Cues", [("Click", Role.CLICK, click(5.0))])
    master(RIG, cues)
    mastering = read_mastering(cues)
    assert mastering is not None
    with pytest.raises(LibraryError, match="nothing in it for the audience"):
        audition(RIG, cues, mastering, tmp_path / "a.wav")
