"""The delivery is what its truth.json says, and sounds as a band's does: in time, not clipped, at levels far apart."""

import hashlib
import json

import numpy as np
import pytest
import soundfile as sf
from click.testing import CliRunner

from appliance.demo import midi, render_band, truth_path
from appliance.demo.__main__ import main
from appliance.errors import StorageError


def heard(folder, song):
    """Role and one channel of audio with its rate, for every channel of every file of the song."""
    for file in song["files"]:
        data, rate_hz = sf.read(folder / song["folder"] / file["file"], always_2d=True)
        roles = file["roles"] if len(file["roles"]) == data.shape[1] else file["roles"] * data.shape[1]
        for role, channel in zip(roles, data.T, strict=True):
            yield role, channel, rate_hz


def onsets(click, rate_hz):
    """First frame of each burst that follows at least 100 ms of quiet."""
    loud = np.flatnonzero(np.abs(click) > 0.3)
    return loud[np.diff(loud, prepend=-rate_hz) > 0.1 * rate_hz]


def everything(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_file_is_told_of_and_there_is_no_other(band):
    folder, songs = band
    told = {f"{song['folder']}/{file['file']}" for song in songs for file in song["files"]}
    assert {*everything(folder)} == {*told, "setlist.txt"}
    assert truth_path(folder).parent == folder.parent


def test_it_is_as_messy_as_a_real_one(band):
    folder, songs = band
    assert {song["layout"] for song in songs} == {"stems", "track+click", "left-right", "interleaved"}
    assert {song["beats"] for song in songs} == {3, 4}
    files = [sf.info(folder / song["folder"] / file["file"]) for song in songs for file in song["files"]]
    assert {info.samplerate for info in files} == {44_100, 48_000, 96_000}
    assert {info.format for info in files} >= {"WAV", "WAVEX", "FLAC", "AIFF", "MP3"}
    assert {info.channels for info in files} == {1, 2, 8}
    assert len({info.subtype for info in files}) >= 3
    levels = [song["level_db"] for song in songs]
    assert max(levels) - min(levels) == 18


def test_nothing_is_clipped_silent_or_off_centre(band):
    folder, songs = band
    for song in songs:
        for role, channel, _ in heard(folder, song):
            assert 0.001 < np.abs(channel).max() < 0.99, (song["title"], role)
            assert abs(channel.mean()) < 0.003
            assert abs(channel[0]) < 0.001 or role == "click"
            assert abs(channel[-1]) < 0.001


def test_the_mix_is_as_loud_as_it_claims(band):
    folder, songs = band
    for song in songs:
        if song["layout"] != "stems":
            continue
        files = [folder / song["folder"] / file["file"] for file in song["files"] if file["roles"] == ["track"]]
        stems = [sf.read(path, always_2d=True)[0] for path in files]
        mix = np.zeros((max(map(len, stems)), 2))
        for stem in stems:
            mix[: len(stem)] += stem
        # Within 1 dB: the bass was bounced to mono and cut short on its way.
        assert 20 * np.log10(np.abs(mix).max()) == pytest.approx(song["level_db"], abs=1)


def test_the_click_is_on_the_beat_to_the_frame(band):
    folder, songs = band
    for song in songs:
        (click, rate_hz) = next((channel, rate) for role, channel, rate in heard(folder, song) if role == "click")
        found = onsets(click, rate_hz)
        beat = 60 / song["tempo"] * rate_hz
        expected = np.round(np.arange(len(found)) * beat)
        assert np.abs(found - expected).max() <= 1
        last = song["sections"][-1]
        assert len(found) == (last["bar"] + last["bars"]) * song["beats"] + 1


def test_the_band_comes_in_after_one_bar_and_on_the_beat(band):
    folder, songs = band
    for song in songs:
        bar_s = song["beats"] * 60 / song["tempo"]
        firsts = []
        for role, channel, rate_hz in heard(folder, song):
            if role == "track":
                start = int(np.argmax(np.abs(channel) > 0.05 * np.abs(channel).max())) / rate_hz
                firsts.append(start)
        assert min(firsts) == pytest.approx(bar_s, abs=0.004)


def test_a_voice_names_each_section_in_the_bar_before(band):
    folder, songs = band
    for song in songs:
        bar_s = song["beats"] * 60 / song["tempo"]
        for role, channel, rate_hz in heard(folder, song):
            if role == "guide":
                bars = [channel[int(bar * bar_s * rate_hz) :][: int(bar_s * rate_hz)] for bar in range(9)]
                spoken = [bar for bar, sound in enumerate(bars) if np.abs(sound).max() > 0.1]
                assert spoken == [section["bar"] - 1 for section in song["sections"]]


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    """Also whether songs are rendered one after the other or side by side."""
    done = []
    render_band(tmp_path / "a" / "stick", 10, lambda *step: done.append(step), tools="builtin", workers=1)
    render_band(tmp_path / "b" / "stick", 10, tools="builtin", workers=2)
    assert everything(tmp_path / "a") == everything(tmp_path / "b")
    assert [step[1:] for step in done] == [(number, 5) for number in range(1, 6)]


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.wav").write_bytes(b"1")
    with pytest.raises(StorageError, match="something in this folder"):
        render_band(tmp_path, 10, tools="builtin", workers=1)
    result = CliRunner().invoke(main, [str(tmp_path), "--tools", "builtin"])
    assert result.exit_code == StorageError.exit_code
    assert [path.name for path in tmp_path.iterdir()] == ["mine.wav"]


def test_a_failure_leaves_nothing_behind(tmp_path):
    def unplug(title, done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_band(tmp_path / "stick", 10, unplug, tools="builtin", workers=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not midi.available(), reason="needs Debian's mma, fluidsynth and timgm6mb-soundfont")
def test_debians_musicians_play_the_same_form(tmp_path, band):
    folder = tmp_path / "stick"
    result = CliRunner().invoke(main, [str(folder), "--seconds", "20", "--tools", "debian", "--workers", "1"])
    assert result.exit_code == 0, result.output
    played = json.loads(truth_path(folder).read_text())
    assert played["tools"] == "debian"
    for ours, theirs in zip(band[1], played["songs"], strict=True):
        assert (ours["sections"], ours["layout"]) == (theirs["sections"], theirs["layout"])
        bar_s = theirs["beats"] * 60 / theirs["tempo"]
        for role, channel, rate_hz in heard(folder, theirs):
            assert np.abs(channel).max() < 0.99
            if role == "track":
                count_in = channel[: int((bar_s - 0.06) * rate_hz)]
                assert np.abs(count_in).max(initial=0) < 0.01 * max(np.abs(channel).max(), 0.01)
