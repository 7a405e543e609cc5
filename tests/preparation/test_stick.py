"""A whole stick as bands deliver it, compared with what its maker knows about it."""

import fcntl
from typing import Any

import msgspec
import numpy as np
import pytest
from deliveries import audio_of, prepared_of, run, snapshot

from appliance.preparation.report import Level, Outcome, Report
from appliance.songs.library import Library

BROKEN = {
    "90 Cut short": (Outcome.REFUSED, "The file is cut short: only 50 % of it are there. Copy it again."),
    "92 Zero bytes": (Outcome.REFUSED, "The file is empty (0 bytes). Copy it again."),
    "93 Not audio": (Outcome.REFUSED, "This is not audio, whatever its name says."),
    "94 Not a number": (Outcome.IMPORTED, "65 samples were not numbers; they are silenced."),
    "95 Mixed rates": (
        Outcome.IMPORTED,
        "Its files have 44100 Hz and 48000 Hz; all are converted to the rig's 48000 Hz.",
    ),
    "96 Different lengths": (Outcome.IMPORTED, "It ends 0.6 s before the longest stem; silence follows it."),
    "97 Macintosh": (Outcome.IMPORTED, None),
    "98 All silence": (Outcome.REFUSED, "All of it is silence; there is nothing to play."),
    "99 Far too hot": (
        Outcome.IMPORTED,
        "It goes 11.1 dB beyond full scale; nothing is cut off, but look at its level.",
    ),
}


@pytest.fixture(scope="module")
def imported(stick: Any) -> tuple[Library, Report]:
    """The stick's library, imported once for all workers, and the report of that import."""
    common = stick.root.parent
    library, kept = Library(common / "stick-home" / "library"), common / "stick-report.json"
    with (common / "stick.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(msgspec.json.encode(run(library, stick.root, jobs=2)))
    return library, msgspec.json.decode(kept.read_bytes(), type=Report)


class TestStick:
    def test_titles_roles_and_lengths_are_the_truth(self, stick: Any, imported: tuple[Library, Report]) -> None:
        library, _ = imported
        for truth in stick.truth["songs"]:
            song = library.find(truth["title"])
            assert song.song.title == truth["title"]
            numbered = truth["folder"][:2].isdigit()
            assert song.song.order == (int(truth["folder"][:2]) if numbered else None)
            found = {(s.file, c): str(s.role) for s in song.song.stems for c in s.channels}
            for file in truth["files"]:
                roles = file["roles"]
                channels = sorted(channel for name, channel in found if name == file["file"])
                assert channels, file["file"]
                if len(roles) == 1:
                    assert {found[file["file"], channel] for channel in channels} == set(roles), file["file"]
                else:
                    assert [found[file["file"], channel] for channel in channels] == roles
            assert {name for name, _ in found} == {file["file"] for file in truth["files"]}
            assert all(stem.reason for stem in song.song.stems)
            prepared = prepared_of(library, truth["title"])
            # MP3 adds the encoder's padding, where its tag does not say how much that is.
            assert prepared.duration_s == pytest.approx(truth["seconds"], abs=0.06)
            assert [str(role) for role in prepared.roles] == [str(s.role) for s in song.song.stems for _ in s.channels]

    def test_each_broken_folder_has_its_sentence(self, stick: Any, imported: tuple[Library, Report]) -> None:
        library, report = imported
        assert set(BROKEN) | {"91 Nothing inside"} == set(stick.truth["broken"])
        assert [(f.level, f.subject, f.sentence) for f in report.findings] == [
            (Level.WARNING, "91 Nothing inside", "The folder is empty.")
        ]
        for folder, (outcome, sentence) in BROKEN.items():
            (song,) = [each for each in report.songs if each.delivered_as == folder]
            assert song.outcome is outcome, folder
            assert (sentence in [f.sentence for f in song.findings]) if sentence else not song.findings, folder
            assert (library.folder / song.slug / "song.toml").exists() == bool(song.slug)
        assert report.failed

    def test_originals_are_kept_byte_for_byte(self, stick: Any, imported: tuple[Library, Report]) -> None:
        library, _ = imported
        for truth in stick.truth["songs"]:
            folder = library.find(truth["title"]).folder / "originals"
            delivered = {p.name: p.read_bytes() for p in (stick.root / truth["folder"]).iterdir()}
            assert {p.name: p.read_bytes() for p in folder.iterdir()} == delivered
        assert {p.name for p in (library.find("Macintosh").folder / "originals").iterdir()} == {"Track.wav"}

    def test_clicks_stand_where_the_tempo_says(self, stick: Any, imported: tuple[Library, Report]) -> None:
        library, _ = imported
        worst_ms = 0.0
        for truth in stick.truth["songs"]:
            prepared = prepared_of(library, truth["title"])
            lane = prepared.roles.index("click")
            audio = np.abs(audio_of(prepared)[:, lane] / (1 << 23))
            beat = 60 / truth["tempo"] * prepared.rate_hz
            for number in range(1, 16):
                place = round(number * beat)
                near = audio[place - 480 : place + 480]
                onset = np.argmax(near > 0.1 * near.max()) - 480
                mp3 = truth["files"][0]["file"].endswith(".mp3")
                if not mp3:
                    worst_ms = max(worst_ms, abs(onset - 4) / prepared.rate_hz * 1000)
                assert abs(onset) < (480 if mp3 else 12), (truth["title"], number, onset)
        assert worst_ms < 0.2

    def test_importing_again_changes_nothing_at_all(self, stick: Any, imported: tuple[Library, Report]) -> None:
        library, first = imported
        before = snapshot(library.folder)
        again = run(library, stick.root, jobs=2)
        assert snapshot(library.folder) == before
        assert not list(library.folder.glob(".incoming-*"))
        outcomes = {song.title: song.outcome for song in first.songs}
        for song in again.songs:
            expected = Outcome.UNCHANGED if outcomes[song.title] is Outcome.IMPORTED else Outcome.REFUSED
            assert song.outcome is expected
