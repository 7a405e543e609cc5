"""A real delivery of eight songs, 20 LU apart: what leaves the interface, read by ffmpeg's meter and not by ours."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from appliance.engine.offline import render_song
from appliance.mastering.jobs import Listed, master_set
from appliance.mastering.result import SongResult
from appliance.preparation.importer import import_songs
from appliance.settings import BusKind, LevelMatch, LivePart, Rig, preset
from appliance.songs.library import Library
from appliance.songs.mastered import read_mastering
from appliance.songs.prepared import PreparedSong, read_header
from appliance.workers import run

LIVE = (LivePart.DRUMS, LivePart.VOCALS)


@pytest.fixture(scope="module")
def songs(stick, tmp_path_factory: pytest.TempPathFactory) -> list[PreparedSong]:
    library = Library(tmp_path_factory.mktemp("mastered") / "library")
    import_songs(library, [stick.root], 48_000, jobs=2)
    titles = {song["title"] for song in stick.truth["songs"]}
    found = [read_header(song.prepared(48_000)) for song in library.songs() if song.song.title in titles]
    assert len(found) == 8
    return found


def rig_for(outputs: int, match: LevelMatch) -> Rig:
    rig = preset(outputs)
    return replace(rig, mastering=replace(rig.mastering, match=match, live=LIVE))


def mastered(rig: Rig, songs: list[PreparedSong]) -> list[SongResult]:
    listed = [Listed(title=song.metadata.title, offset_lu=0.0, song=song) for song in songs]
    whole = master_set(
        rig, rig.mastering, listed, lambda work, tasks, heard: run(work, tasks, 2, heard), lambda _: None
    )
    assert not whole.failed
    return list(whole.results)


def house_sum(rig: Rig, captured: Path) -> np.ndarray:
    """What an engineer hears with all house faders alike: outputs of mono buses on both sides."""
    samples, _ = soundfile.read(captured, always_2d=True)
    total = np.zeros((len(samples), 2))
    for bus in rig.buses:
        if bus.kind is BusKind.HOUSE:
            total += samples[:, [group[0] - 1 for group in bus.patch]]
    return total


def by_ffmpeg(file: Path) -> tuple[float, float]:
    """The upper edge of the loudness range, which is S95, and integrated loudness."""
    command = [
        "ffmpeg",
        "-nostats",
        "-i",
        str(file),
        "-af",
        "ebur128=metadata=1,ametadata=print:file=-",
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    high = re.findall(r"lavfi\.r128\.LRA\.high=(\S+)", said)
    whole = re.findall(r"lavfi\.r128\.I=(\S+)", said)
    return float(high[-1]), float(whole[-1])


def captured_levels(
    rig: Rig, songs: list[PreparedSong], folder: Path, plain: bool = False
) -> list[tuple[float, float]]:
    levels = []
    for song in songs:
        render_song(rig, song, folder / "captured.wav", mastering=None if plain else read_mastering(song))
        total = house_sum(rig, folder / "captured.wav")
        soundfile.write(folder / "house.wav", np.clip(total / 4, -1, 1), 48_000, subtype="FLOAT")
        high, whole = by_ffmpeg(folder / "house.wav")
        levels.append((high + 20 * np.log10(4), whole + 20 * np.log10(4)))
    return levels


@pytest.mark.parametrize(("outputs", "match"), [(8, LevelMatch.S95), (4, LevelMatch.INTEGRATED)])
def test_another_meter_reads_every_song_at_the_target(
    songs: list[PreparedSong], tmp_path: Path, outputs: int, match: LevelMatch
) -> None:
    rig = rig_for(outputs, match)
    column = 1 if match is LevelMatch.INTEGRATED else 0
    before = [levels[column] for levels in captured_levels(rig, songs, tmp_path, plain=True)]
    results = mastered(rig, songs)
    after = [levels[column] for levels in captured_levels(rig, songs, tmp_path)]
    assert np.ptp(before) > 15, "as they were delivered"
    for result, lufs in zip(results, after, strict=True):
        if result.limited:
            assert any("below its target" in one.sentence for one in result.findings)
            assert lufs == pytest.approx(result.reached_lufs, abs=0.15)
        else:
            assert lufs == pytest.approx(-18.0, abs=0.1), result.title
    assert sum(result.limited for result in results) <= 2


def test_no_song_of_the_stick_is_wronged(songs: list[PreparedSong]) -> None:
    """Sound songs: nothing leaks or drifts, nothing is sparse, and no ear is hit."""
    rig = rig_for(8, LevelMatch.S95)
    for result in mastered(rig, songs):
        said = " ".join(one.sentence for one in result.findings)
        assert "leaked" not in said, result.title
        assert "By the end the tracks" not in said, result.title
        assert not result.sparse, result.title
        for bus in result.after.buses:
            peak = bus.measured.levels.true_peak_dbtp
            limit = -1.0 if bus.kind is BusKind.HOUSE else -6.0
            assert peak is None or peak <= limit + 0.2
