"""A mix beside its stems is found by its sound and left out; no stem is ever taken for one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from deliveries import RATE, Signal, audio_of, click, music, prepared_of, roles_of, run, sentences, write

from appliance.demo import midi
from appliance.demo.band import render_band
from appliance.preparation.arrange import Analysed, arrange
from appliance.preparation.grouping import group
from appliance.preparation.measure import FileFacts, measure
from appliance.preparation.names import title_of
from appliance.preparation.probe import probe
from appliance.preparation.sources import Folder
from appliance.songs.library import Library
from appliance.songs.model import Role, Song

LEFT_OUT = "a mix of the other tracks and left out"
OVERLAPS = "what is in both is heard twice"
MASTERS: dict[str, Callable[[Signal], Signal]] = {
    "plain": lambda mix: mix / max(1.0, np.abs(mix).max()),
    "softly clipped at -6 dB": lambda mix: 0.5 * np.tanh(mix),
}


@dataclass
class Shelf:
    """Files of songs, each measured once."""

    facts: dict[Path, FileFacts]

    def arranged(self, paths: list[Path], title: str = "Some Song") -> tuple[Song, list[str]]:
        """The song that these files are, and what is said about them."""
        folder = Folder(title, Path("/"), "", files=sorted(paths))
        (delivery,) = group([folder], lambda path: self.measured(path).duration_s)
        song, findings = arrange(delivery, [Analysed(each, self.measured(each.path)) for each in delivery.files])
        return song, [finding.sentence for finding in findings]

    def measured(self, path: Path) -> FileFacts:
        if path not in self.facts:
            self.facts[path] = measure(probe(path))
        return self.facts[path]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf({})


def tracks_of(folder: Path, song: Song) -> list[Signal]:
    """Each track as stereo at 48 kHz."""
    tapes = []
    for stem in song.stems:
        if stem.role is Role.TRACK:
            tape, rate = soundfile.read(folder / stem.file, always_2d=True)
            tape = tape[:, [channel - 1 for channel in stem.channels]]
            tape = soxr.resample(tape, rate, RATE) if rate != RATE else tape
            tapes.append(np.repeat(tape, 2, axis=1) if tape.shape[1] == 1 else tape)
    return tapes


def summed(tapes: list[Signal]) -> Signal:
    mix = np.zeros((max(map(len, tapes)), 2))
    for tape in tapes:
        mix[: len(tape)] += tape
    return mix


def songs_of(stick: Any, shelf: Shelf) -> list[tuple[Path, list[Path], list[Signal]]]:
    """Folder, files and tracks of each song that has several."""
    found = []
    for truth in stick.truth["songs"]:
        folder = stick.root / truth["folder"]
        paths = sorted(folder.iterdir())
        tapes = tracks_of(folder, shelf.arranged(paths)[0])
        if len(tapes) > 1:
            found.append((folder, paths, tapes))
    return found


def test_no_stem_of_the_stick_is_taken_for_a_mix(stick: Any, shelf: Shelf) -> None:
    for truth in stick.truth["songs"]:
        paths = sorted((stick.root / truth["folder"]).iterdir())
        song, said = shelf.arranged(paths)
        assert {stem.file for stem in song.stems} == {path.name for path in paths}
        assert not [sentence for sentence in said if "mix" in sentence], truth["title"]


@pytest.mark.parametrize("tools", ["builtin", "debian"])
def test_no_stem_of_the_demo_band_is_taken_for_a_mix(tmp_path: Path, shelf: Shelf, tools: str) -> None:
    if tools == "debian" and not midi.available():
        pytest.skip("needs Debian's mma, fluidsynth and timgm6mb-soundfont")
    render_band(tmp_path / "band", 15, tools=tools, workers=2)
    for folder in sorted(path for path in (tmp_path / "band").iterdir() if path.is_dir()):
        paths = sorted(folder.iterdir())
        song, said = shelf.arranged(paths)
        assert {stem.file for stem in song.stems} == {path.name for path in paths}
        assert not [sentence for sentence in said if "mix" in sentence], folder.name


@pytest.mark.parametrize("master", MASTERS)
def test_a_mix_added_to_the_sticks_songs_is_found(stick: Any, shelf: Shelf, tmp_path: Path, master: str) -> None:
    songs = songs_of(stick, shelf)
    assert len(songs) == 6
    for number, (folder, paths, tapes) in enumerate(songs):
        for name in ("Full Mix", "Zebra"):
            title = title_of(folder.name)[1]
            mix = write(tmp_path / f"{number}" / f"{title} {name}.wav", MASTERS[master](summed(tapes)))
            song, said = shelf.arranged([*paths, mix], title)
            assert {stem.file for stem in song.stems} == {path.name for path in paths}, (folder.name, name)
            assert len([sentence for sentence in said if LEFT_OUT in sentence]) == 1


def test_a_mix_with_more_in_it_than_the_stems_stays(stick: Any, shelf: Shelf, tmp_path: Path) -> None:
    """Whatever stem of a song is missing beside its mix: without the mix it would not be heard at all."""
    for number, (_, paths, tapes) in enumerate(songs_of(stick, shelf)):
        if len(paths) < 4:
            continue
        mix = write(tmp_path / f"{number}" / "Full Mix.wav", MASTERS["plain"](summed(tapes)))
        for missing in paths:
            if any(stem.role is Role.TRACK for stem in shelf.arranged([missing])[0].stems):
                song, _ = shelf.arranged([*(path for path in paths if path != missing), mix])
                assert mix.name in {stem.file for stem in song.stems}, missing


def stems(seconds: float = 13.0) -> dict[str, Signal]:
    return {name: music(seconds, seed) for seed, name in enumerate(("Bass", "Keys", "Guitar"))}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def delivered(folder: Path, files: dict[str, Signal]) -> Path:
    for name, data in files.items():
        write(folder / f"{name}.wav", data)
    return folder


def test_it_is_kept_told_and_can_be_had(tmp_path: Path, library: Library) -> None:
    mix = 0.5 * sum(stems().values())
    run_in = delivered(tmp_path / "Song", {**stems(), "Roughmix": mix, "Click": click(13.0)})
    told = [sentence for sentence in sentences(run(library, run_in)) if "mix" in sentence]
    assert told == [
        "Roughmix.wav: It is a mix of the other tracks and left out, else all would be heard twice. "
        "To have it, add a stem to song.toml."
    ]
    assert "Roughmix.wav:1" not in roles_of(library, "Song")
    folder = library.find("Song").folder
    assert (folder / "originals" / "Roughmix.wav").read_bytes() == (run_in / "Roughmix.wav").read_bytes()
    assert prepared_of(library, "Song").channels == 4
    added = '\n[[stems]]\nname = "Mix"\nrole = "track"\nfile = "Roughmix.wav"\nchannels = [1]\n'
    (folder / "song.toml").write_text((folder / "song.toml").read_text() + added)
    run(library, run_in)
    np.testing.assert_allclose(audio_of(prepared_of(library, "Song"))[:, 4] / (1 << 23), mix, atol=2**-22)


def test_as_a_late_mp3_of_another_rate(tmp_path: Path, library: Library) -> None:
    mix = soxr.resample(0.5 * sum(stems().values()), RATE, 44_100)
    write(delivered(tmp_path / "Song", stems()) / "Master.mp3", np.roll(mix, 1105), 44_100, None, "MP3")
    run(library, tmp_path / "Song")
    assert set(roles_of(library, "Song")) == {"Bass.wav:1", "Guitar.wav:1", "Keys.wav:1"}


def test_as_two_sides_beside_another_mix(tmp_path: Path, library: Library) -> None:
    bass, keys, guitar = stems().values()
    files = {**stems(), "Mix L": bass + keys, "Mix R": bass + guitar, "Premix": 0.3 * (bass + keys + guitar)}
    files["Mix L"], files["Mix R"] = 0.5 * (files["Mix L"] + guitar), 0.5 * (files["Mix R"] + 0.9 * keys)
    report = run(library, delivered(tmp_path / "Song", files))
    assert set(roles_of(library, "Song")) == {"Bass.wav:1", "Guitar.wav:1", "Keys.wav:1"}
    assert 'Mix L.wav: It and "Mix R.wav" are a mix' in " ".join(sentences(report))


def test_a_playback_with_something_of_its_own_stays_with_a_word(tmp_path: Path, library: Library) -> None:
    files = {**stems(), "Full Mix": 0.4 * (sum(stems().values()) + music(13.0, seed=9))}
    report = run(library, delivered(tmp_path / "Song", files))
    assert "Full Mix.wav:1" in roles_of(library, "Song")
    assert any(OVERLAPS in sentence for sentence in sentences(report))


def test_what_resembles_is_no_mix(tmp_path: Path, library: Library) -> None:
    """Copies, an amplifier beside the direct signal, one stem and its mix with a second, everything minus one."""
    bass, keys, guitar = stems().values()
    cases = {
        "Copies": {"Bass": bass, "Bass DI": 0.5 * bass, "Bass Amp": np.tanh(2 * bass), "Click": click(13.0)},
        "Two": {"Full Mix": 0.5 * (bass + keys), "Bass": bass},
        "Minus": {"Bass": bass, "Keys": keys, "Guitar": guitar, "Instrumental": 0.5 * (keys + guitar)},
        "Short": {name: tape[:RATE] for name, tape in {"Full Mix": 0.5 * (bass + keys), "B": bass, "K": keys}.items()},
        "Loud": {"Drums": 8 * bass / 9, "Keys": keys / 9, "Guitar": guitar / 9},
    }
    for title, files in cases.items():
        delivered(tmp_path / "in" / title, files)
    run(library, tmp_path / "in")
    for title, files in cases.items():
        assert {f"{name}.wav:1" for name in files} == set(roles_of(library, title)), title
