"""Every song of real deliveries, from the files to the words at the interface, against a model of the whole chain.

Real import, real kernel, the engine in a process of its own, pyalsaaudio, and an interface that keeps every word.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from card import CannotBuildError, StageCard, build_card, decode
from desk import EngineProcess
from expected import expected_outputs
from msgspec.structs import replace
from oracle import S16_DITHER_BOUND_LSB, chain_delay

from appliance.demo import render_band
from appliance.engine_client.cue import cue_song, drop_song, start_song
from appliance.kernel import SlotState
from appliance.kernel.player import SLOTS
from appliance.mastering.jobs import Listed, master_set
from appliance.preparation.importer import import_songs
from appliance.settings import LivePart, preset, save_rig
from appliance.songs.library import Library
from appliance.songs.mastered import plain, read_mastering
from appliance.songs.prepared import read_header
from appliance.workers import run

pytest.importorskip("alsaaudio", reason="pyalsaaudio is missing")

FORMATS = ("S32_LE", "S24_3LE", "S16_LE")
WORD_BITS = {"S32_LE": 32, "S24_3LE": 24, "S16_LE": 16}
LIMIT_DB = -110.0
SEARCH = 1 << 18
"""Frames of the capture that are looked through at a time."""


@dataclass(frozen=True)
class Error:
    """A song's distance from the model: each output's RMS in dB of full scale, and every word's in its own steps."""

    title: str
    rms_db: list[float]
    words: np.ndarray


expected = cache(expected_outputs)


def songs_of(library: Library) -> list[Path]:
    return [song.prepared(48_000) for song in library.songs()]


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The project's own band."""
    folder = tmp_path_factory.mktemp("band")
    render_band(folder / "delivery", 12.0, tools="builtin", workers=2)
    library = Library(folder / "library")
    report = import_songs(library, [folder / "delivery"], 48_000, jobs=2)
    assert not report.failed
    found = songs_of(library)
    assert len(found) == 5
    return found


@pytest.fixture(scope="module")
def mastered_band(band: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same songs mastered, with as much of an equaliser as there can be."""
    library = tmp_path_factory.mktemp("mastered") / "library"
    shutil.copytree(band[0].parents[1], library)
    rig = preset(8)
    settings = replace(rig.mastering, live=tuple(LivePart), target_lufs=-14.0)
    songs = [read_header(path) for path in songs_of(Library(library))]
    listed = [Listed(title=song.metadata.title, offset_lu=0.0, song=song) for song in songs]
    whole = master_set(rig, settings, listed, lambda work, tasks, heard: run(work, tasks, 2, heard), lambda _: None)
    assert len(whole.results) == 5
    return [song.path for song in songs]


@pytest.fixture(scope="module")
def delivered(stick, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The stick's songs, broken ones left out by the import."""
    library = Library(tmp_path_factory.mktemp("delivered") / "library")
    import_songs(library, [stick.root], 48_000, jobs=2)
    found = songs_of(library)
    assert len(found) >= 8
    return found


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StageCard]:
    try:
        build_card()
    except CannotBuildError as error:
        pytest.skip(str(error))
    with StageCard(tmp_path, 8, formats=[request.param], pace="fast") as stage:
        yield stage
    for path in tmp_path.glob("*.capture"):  # hundreds of megabytes
        path.unlink()


def play_all(home: Path, stage: StageCard, songs: list[Path]) -> list[int]:
    """Each song once; for each a frame of the capture that lies in the silence before it."""
    rig = preset(8)
    save_rig(rig, home / "rig.toml")
    before: list[int] = []
    with EngineProcess(home, f"alsa:{stage.device}", **stage.environment) as engine, engine.client() as client:
        for number, path in enumerate(songs, start=1):
            slot = number % SLOTS  # the one before may still be on its way out of memory
            song = read_header(path)
            mastering = read_mastering(song) or plain(song)
            cue_song(client, slot, song, mastering, rig)
            while (status := client.wait_for_status()).slots[slot].state != SlotState.READY:
                pass
            before.append(status.clock)
            start_song(client, slot, number, song, mastering, rig)
            while (status := client.wait_for_status()).playing or status.segment != number:
                pass
            drop_song(client, slot)
        client.wait_for_status()  # a second or more of this card's time: the limiters have let go of the last frame
        status = client.wait_for_status()
        assert status.faults == type(status.faults)(0, 0, 0, 0, 0, 0, 0)
        assert engine.end() == (0, "")
    return before


class Capture:
    """What the card heard, read where it is wanted: while it waits, an engine on such a card plays hours of silence."""

    def __init__(self, stage: StageCard, alsa_format: str) -> None:
        self._path = Path(stage.environment["ALSA_CONFIG_PATH"]).with_suffix(".capture")
        self._format, self._channels = alsa_format, stage.channels
        self.scale = 2.0 ** (WORD_BITS[alsa_format] - 1)

    def words(self, start: int, frames: int) -> np.ndarray:
        size = WORD_BITS[self._format] // 8 * self._channels
        with self._path.open("rb") as file:
            file.seek(start * size)
            return decode(file.read(frames * size), self._format, self._channels)

    def _may_be_loud(self, start: int, loud: float) -> bool:
        """Without unpacking: in 16 bits silence is dithered, in the other formats it is zeros."""
        size = WORD_BITS[self._format] // 8 * self._channels
        with self._path.open("rb") as file:
            file.seek(start * size)
            raw = np.frombuffer(file.read(SEARCH * size), "<i2")
        return bool((raw.max() > loud or raw.min() < -loud) if self._format == "S16_LE" else raw.any())

    def find(self, model: np.ndarray, after: int) -> int:
        """Where the model begins: by its first loud frame, and then by the smallest error of the neighbours."""
        loud = self.scale / 512
        first = int(np.flatnonzero(np.abs(model * self.scale).max(axis=1) > loud)[0])
        while not self._may_be_loud(after, loud):
            after += SEARCH
        while not (found := np.flatnonzero(np.abs(self.words(after, SEARCH)).max(axis=1) > loud)).size:
            after += SEARCH
        at = after + int(found[0]) - first
        part = model[first : first + 4_800]
        return min(
            range(at - 3, at + 4),
            key=lambda n: np.abs(self.words(n + first, len(part)) / self.scale - part).max(),
        )


def errors(stage: StageCard, songs: list[Path], before: list[int], alsa_format: str) -> Iterator[Error]:
    """For each song how far every output is from the model."""
    capture = Capture(stage, alsa_format)
    for path, after in zip(songs, before, strict=True):
        model = expected(path)
        assert np.abs(model).max() > 0.05, "a song that cannot be heard proves nothing"
        heard = capture.words(capture.find(model, after), len(model))
        assert heard.shape == model.shape
        difference = heard / capture.scale - model
        rms = np.sqrt(np.mean(difference**2, axis=0))
        yield Error(path.parent.name, [20 * np.log10(value + 1e-20) for value in rms], difference * capture.scale)


def compare(stage: StageCard, songs: list[Path], before: list[int], alsa_format: str) -> None:
    wrong = []
    for error in errors(stage, songs, before, alsa_format):
        lsb = np.abs(error.words).max()
        print(alsa_format, error.title, [f"{db:.1f}" for db in error.rms_db], f"{lsb:.2f} steps")  # noqa: T201 - for -rP
        bound = S16_DITHER_BOUND_LSB + 1e-2
        if lsb > bound if alsa_format == "S16_LE" else max(error.rms_db) > LIMIT_DB:
            wrong.append(error.title)
    assert not wrong


def check(home: Path, stage: StageCard, songs: list[Path], alsa_format: str) -> None:
    """A few songs at a time, so that the capture stays below the limit that desk.py sets."""
    for first in range(0, len(songs), 4):
        batch = songs[first : first + 4]
        compare(stage, batch, play_all(home, stage, batch), alsa_format)
        os.truncate(Path(stage.environment["ALSA_CONFIG_PATH"]).with_suffix(".capture"), 0)


@pytest.mark.xdist_group("band")
@pytest.mark.parametrize(("stage", "alsa_format"), [(f, f) for f in FORMATS], indirect=["stage"])
def test_the_own_band(band: list[Path], stage: StageCard, tmp_path: Path, alsa_format: str) -> None:
    check(tmp_path / "home", stage, band, alsa_format)


@pytest.mark.xdist_group("band")
@pytest.mark.parametrize("stage", ["S32_LE"], indirect=True)
def test_the_own_band_mastered(mastered_band: list[Path], stage: StageCard, tmp_path: Path) -> None:
    """One gain and an equaliser for the house, others for the ears, guards, and where each song begins and ends."""
    check(tmp_path / "home", stage, mastered_band, "S32_LE")


@pytest.mark.xdist_group("stick")
@pytest.mark.parametrize(("stage", "alsa_format"), [(f, f) for f in FORMATS], indirect=["stage"])
def test_a_delivered_stick(delivered: list[Path], stage: StageCard, tmp_path: Path, alsa_format: str) -> None:
    check(tmp_path / "home", stage, delivered, alsa_format)


@pytest.mark.xdist_group("band")
@pytest.mark.parametrize("stage", ["S32_LE"], indirect=True)
def test_the_comparison_sees_small_mistakes(band: list[Path], stage: StageCard, tmp_path: Path) -> None:
    """A frame too late, a tenth of a decibel, two outputs exchanged: each must fail."""
    before = play_all(tmp_path / "home", stage, band[:1])
    compare(stage, band[:1], before, "S32_LE")
    model, capture = expected(band[0]), Capture(stage, "S32_LE")
    at = capture.find(model, before[0])
    heard = capture.words(at, len(model)) / capture.scale
    late = capture.words(at + 1, len(model)) / capture.scale
    for actual, wrong in (
        (late, model),
        (heard, model * 10 ** (0.01 / 20)),
        (heard, model[:, [1, 0, *range(2, 8)]]),
        (heard, model[:, [*range(6), 7, 6]]),
    ):
        assert 20 * np.log10(np.sqrt(np.mean((actual - wrong) ** 2, axis=0)).max()) > LIMIT_DB
    assert chain_delay(48_000.0) == 126
