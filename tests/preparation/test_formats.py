"""Every file format comes in, aligned and at its level; what can be exact is exact."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from deliveries import RATE, audio_of, click, music, prepared_of, run, sentences, tone, write

from appliance.preparation.report import Outcome
from appliance.songs.library import Library

EXACT = {
    "u8.wav": ("WAV", "PCM_U8", 8),
    "s16.wav": ("WAV", "PCM_16", 16),
    "s24.wav": ("WAV", "PCM_24", 24),
    "wavex.wav": ("WAVEX", "PCM_24", 24),
    "rf64.wav": ("RF64", "PCM_24", 24),
    "w64.w64": ("W64", "PCM_24", 24),
    "s16.aif": ("AIFF", "PCM_16", 16),
    "s24.aiff": ("AIFF", "PCM_24", 24),
    "s16.flac": ("FLAC", "PCM_16", 16),
    "s24.flac": ("FLAC", "PCM_24", 24),
    "s24.caf": ("CAF", "PCM_24", 24),
}
LOSSY = {
    "s32.wav": ("WAV", "PCM_32", 2**-23, 0),
    "float.wav": ("WAV", "FLOAT", 2**-23, 0),
    "double.wav": ("WAV", "DOUBLE", 2**-23, 0),
    "vorbis.ogg": ("OGG", "VORBIS", 0.1, 0),
    "opus.opus": ("OGG", "OPUS", 0.1, 0),
    "mpeg.mp3": ("MP3", "MPEG_LAYER_III", 0.1, 1152),
}
FFMPEG = {"aac.m4a": ["-c:a", "aac", "-b:a", "256k"], "alac.m4a": ["-c:a", "alac"], "streamed.aac": ["-c:a", "aac"]}


def ramp(bits: int) -> np.ndarray:
    """Values of that many bits that reach both ends, as (frames, 2) of int24."""
    step = 1 << (24 - bits)
    draw = np.random.default_rng(bits)
    values = draw.integers(-(1 << (bits - 1)), 1 << (bits - 1), (3000, 2))
    values[:2] = [[-(1 << (bits - 1))] * 2, [(1 << (bits - 1)) - 1] * 2]
    return values * step


def test_exact_formats_come_through_bit_for_bit(tmp_path: Path) -> None:
    expected = {}
    for name, (kind, subtype, bits) in EXACT.items():
        title = f"Song {name.replace('.', ' ')}"
        expected[title] = ramp(bits)
        write(
            tmp_path / "in" / title / f"Guitar.{name.split('.')[1]}", expected[title] / (1 << 23), RATE, subtype, kind
        )
    library = Library(tmp_path / "library")
    report = run(library, tmp_path / "in")
    assert sentences(report) == []
    for title, audio in expected.items():
        np.testing.assert_array_equal(audio_of(prepared_of(library, title)), audio, err_msg=title)


def test_other_formats_keep_level_and_place(tmp_path: Path) -> None:
    delivered = 0.5 * music(3.0)
    delivered[RATE] += 0.3
    expected = {}
    for name, (kind, subtype, tolerance, late) in LOSSY.items():
        title = f"Song {name.replace('.', ' ')}"
        expected[title] = (tolerance, late)
        write(tmp_path / "in" / title / f"Guitar.{name.split('.')[1]}", delivered, RATE, subtype, kind)
    library = Library(tmp_path / "library")
    report = run(library, tmp_path / "in")
    assert sentences(report) == []
    for title, (tolerance, late) in expected.items():
        audio = audio_of(prepared_of(library, title))[:, 0] / (1 << 23)
        assert len(audio) == pytest.approx(len(delivered), abs=2 * late), title
        assert abs(shift(audio, delivered)) <= late, title
        if tolerance < 1e-3:
            np.testing.assert_allclose(audio, delivered, atol=tolerance, err_msg=title)


def shift(late: np.ndarray, early: np.ndarray) -> int:
    """By how many frames ``late`` is behind ``early``."""
    size = 1 << 19
    product = np.fft.irfft(np.fft.rfft(late, size) * np.conj(np.fft.rfft(early, size)), size)
    place = int(np.argmax(product))
    return place if place < size // 2 else place - size


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_formats_by_ffmpeg(tmp_path: Path) -> None:
    delivered = 0.5 * music(3.0)
    source = write(tmp_path / "source.wav", delivered, subtype="PCM_16")
    for name, options in FFMPEG.items():
        target = tmp_path / "in" / f"Song {name.replace('.', ' ')}" / f"Guitar.{name.split('.')[1]}"
        target.parent.mkdir(parents=True)
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", str(source), *options, str(target)], check=True)
    library = Library(tmp_path / "library")
    report = run(library, tmp_path / "in")
    assert sentences(report) == []
    exact = audio_of(prepared_of(library, "Song alac m4a"))[:, 0]
    pcm, _ = soundfile.read(source, dtype="int16")
    np.testing.assert_array_equal(exact, pcm.astype(np.int32) * 256)
    late = {
        title: shift(audio_of(prepared_of(library, title))[:, 0] / (1 << 23), delivered)
        for title in ("Song alac m4a", "Song aac m4a", "Song streamed aac")
    }
    assert late["Song alac m4a"] == 0
    assert late["Song aac m4a"] == 0
    assert 0 <= late["Song streamed aac"] <= 2112


def test_without_ffmpeg_a_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in" / "Good" / "Guitar.wav", music())
    bad = tmp_path / "in" / "Bad" / "Guitar.m4a"
    bad.parent.mkdir()
    bad.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(range(1, 100)))
    monkeypatch.setenv("PATH", str(tmp_path))
    report = run(Library(tmp_path / "library"), tmp_path / "in")
    needs = "Bad/Guitar.m4a: Files of this kind need ffmpeg, which is not installed. Deliver WAV or FLAC instead."
    assert sentences(report) == [needs]
    assert [song.outcome for song in report.songs] == [Outcome.REFUSED, Outcome.IMPORTED]


def test_damage_of_each_format_is_found_and_stops_nothing(tmp_path: Path) -> None:
    """Cut in the middle: every format that states its length, or ends with a mark, is refused."""
    cut = {
        **{n: (k, s) for n, (k, s, _) in EXACT.items()},
        "float.wav": ("WAV", "FLOAT"),
        "vorbis.ogg": ("OGG", "VORBIS"),
        "opus.opus": ("OGG", "OPUS"),
        "mpeg.mp3": ("MP3", "MPEG_LAYER_III"),
    }
    for name, (kind, subtype) in cut.items():
        path = tmp_path / "in" / f"Song {name.replace('.', ' ')}" / f"Guitar.{name.split('.')[1]}"
        write(path, np.random.default_rng(1).normal(0, 0.1, 3 * RATE), RATE, subtype, kind)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    write(tmp_path / "in" / "Whole" / "Guitar.wav", music())
    library = Library(tmp_path / "library")
    report = run(library, tmp_path / "in")
    assert {song.title: song.outcome for song in report.songs if song.outcome is not Outcome.REFUSED} == {
        "Whole": Outcome.IMPORTED
    }
    assert len(sentences(report)) == len(cut)
    assert all("cut short" in sentence or "damaged" in sentence for sentence in sentences(report)), sentences(report)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
def test_what_ffmpeg_reads_is_refused_when_it_is_cut(tmp_path: Path, part: float) -> None:
    """With the index at the end, at the beginning, in fragments; streams; each cut in the middle and near the end."""
    stereo = np.random.default_rng(1).normal(0, 0.1, (3 * RATE, 2))
    source = write(tmp_path / "source.wav", stereo, subtype="PCM_16")
    first = ["-movflags", "+faststart"]
    fragments = ["-movflags", "frag_keyframe+empty_moov", "-frag_duration", "500000"]
    cut = {
        "Index Last.m4a": ["-c:a", "aac"],
        "Index First.m4a": ["-c:a", "aac", *first],
        "Fragments.m4a": ["-c:a", "aac", *fragments],
        "Lossless.m4a": ["-c:a", "alac", *first],
        "Stream.aac": ["-c:a", "aac"],
        "Windows.wma": ["-c:a", "wmav2"],
    }
    (tmp_path / "in").mkdir()
    for name, options in cut.items():
        path = tmp_path / "in" / name
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", str(source), *options, str(path)], check=True)
        path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    library = Library(tmp_path / "library")
    report = run(library, tmp_path / "in")
    assert library.songs() == []
    assert len(sentences(report)) == len(cut)
    assert all("cut short" in sentence or "damaged" in sentence for sentence in sentences(report)), sentences(report)


def test_a_recorder_that_never_wrote_the_length(tmp_path: Path) -> None:
    """A WAV whose sizes are still 0xFFFFFFFF, as streams and crashed recorders leave it, runs to the file's end."""
    path = write(tmp_path / "Song" / "Guitar.wav", music(2.0), subtype="PCM_16")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, 4, 0xFFFFFFFF)
    struct.pack_into("<I", raw, raw.index(b"data") + 4, 0xFFFFFFFF)
    path.write_bytes(raw)
    library = Library(tmp_path / "library")
    assert sentences(run(library, tmp_path / "Song")) == []
    assert prepared_of(library, "Song").frames == 2 * RATE


@pytest.mark.parametrize("rate", [22_050, 32_000, 44_100, 88_200, 96_000, 192_000])
def test_a_resampled_click_stays_in_its_place(tmp_path: Path, rate: int) -> None:
    """Within a tenth of a millisecond, at the beginning, in the middle and at the end, and to the other rates."""
    write(tmp_path / "Song" / "Click.wav", click(8.0, 120, rate), rate)
    write(tmp_path / "Song" / "Drums.wav", click(8.0, 120))
    library = Library(tmp_path / "library")
    for rig_hz in (48_000, 44_100):
        run(library, tmp_path / "Song", rate=rig_hz)
        song = prepared_of(library, "Song", rig_hz)
        assert song.frames == 8 * rig_hz
        ours, reference = audio_of(song).T / (1 << 23)
        for beat in range(1, 15):
            place = round(beat * 0.5 * rig_hz)
            window = slice(place - rig_hz // 20, place + rig_hz // 20)
            assert abs(delay_s(ours[window], reference[window], rig_hz)) < 1e-4 / 2


@pytest.mark.parametrize("rate", [22_050, 44_100, 96_000])
def test_a_resampled_file_is_whole_to_its_end(tmp_path: Path, rate: int) -> None:
    """A tone that ends at full level still has it in the last 10 ms, and its phase."""
    write(tmp_path / "Song" / "Keys.wav", tone(2.0, 440, 0.5, rate), rate)
    library = Library(tmp_path / "library")
    run(library, tmp_path / "Song")
    audio = audio_of(prepared_of(library, "Song"))[:, 0] / (1 << 23)
    assert len(audio) == 2 * RATE
    np.testing.assert_allclose(audio[480:-480], tone(2.0, 440, 0.5)[480:-480], atol=2e-6)
    last = audio[-480:] - tone(2.0, 440, 0.5)[-480:]
    assert np.sqrt(np.mean(last**2)) < 0.02


def delay_s(late: np.ndarray, early: np.ndarray, rate: int) -> float:
    """By the correlation, to a hundredth of a frame."""
    size = 1 << 14
    spectrum = np.fft.rfft(late, size) * np.conj(np.fft.rfft(early, size))
    product = np.fft.irfft(np.concatenate([spectrum, np.zeros(size * 8 - len(spectrum) + 1)]), size * 16)
    place = int(np.argmax(product))
    return (place if place < size * 8 else place - size * 16) / 16 / rate
