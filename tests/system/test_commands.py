"""Every command as a user types it: what it says, how it ends, and never a traceback."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from desk import COMMAND, EngineProcess, sidestage, wait_for

from appliance.settings import preset, save_rig

RATE = 48_000
COMMANDS = (
    "import", "songs", "show", "verify", "setlist", "devices", "rig", "play", "render", "meter", "demo", "engine",
    "conductor", "ctl", "schema",
)  # fmt: skip


def tone(path: Path, frequency: float, seconds: float, level: float = 0.3) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, level * np.sin(2 * np.pi * frequency * t), RATE, "PCM_24")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of four songs of 6 seconds, each a bass and a click, and the rig for two outputs."""
    folder = tmp_path_factory.mktemp("cli")
    for number, title in enumerate(("Ash", "Birch", "Cedar", "Date"), start=1):
        tone(folder / "in" / f"{number:02} {title}" / "bass.wav", 110 * number, 6)
        tone(folder / "in" / f"{number:02} {title}" / "click.wav", 1_000, 6, 0.2)
    home = folder / "home"
    save_rig(preset(2), home / "rig.toml")
    run = sidestage(home, "import", str(folder / "in"))
    assert run.returncode == 0, run.stderr
    assert "4 imported, 0 already there, 0 not imported." in run.stdout
    return home


def said(run: subprocess.CompletedProcess[str], code: int, sentence: str) -> None:
    """One sentence on stderr, and no traceback anywhere."""
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert re.search(sentence, run.stderr), run.stderr
    assert len(run.stderr.strip().splitlines()) == 1, run.stderr


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_suffices(tmp_path: Path, command: str) -> None:
    run = sidestage(tmp_path, *filter(None, [command]), "--help")
    assert run.returncode == 0
    before, _, options = run.stdout.partition("Options:")
    assert len(before.split("\n\n", 1)[1].split()) >= 6, "it says what it does"
    # Every option has words beside or below it.
    for block in re.split(r"\n  (?=-)", "\n" + options.partition("Commands:")[0].strip("\n"))[1:]:
        words = re.sub(r"\s+", " ", block).split(" ")
        assert len([word for word in words if re.fullmatch(r"[A-Za-z][a-z,.;']*", word)]) >= 2, block


def test_the_library_is_listed_shown_and_verified(home: Path) -> None:
    songs = json.loads(sidestage(home, "songs", "--json").stdout)
    assert [song["title"] for song in songs] == ["Ash", "Birch", "Cedar", "Date"]
    assert all(song["state"] == "prepared" and song["frames"] == 6 * RATE for song in songs)
    shown = json.loads(sidestage(home, "show", "ced", "--json").stdout)
    assert {stem["role"] for stem in shown["stems"]} == {"track", "click"}
    assert "Birch" in sidestage(home, "show", "Birch").stdout
    run = sidestage(home, "verify")
    assert (run.returncode, run.stdout.count("is whole")) == (0, 4)
    assert sidestage(home, "rig").returncode == 0
    assert json.loads(sidestage(home, "devices", "--json").stdout)["virtual"]


def test_rendered_it_is_what_was_delivered(home: Path, tmp_path: Path) -> None:
    run = sidestage(home, "render", "Birch", str(tmp_path / "out.wav"), "--json")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["seconds"] == 6.0
    assert not any(report["faults"])
    heard, rate = soundfile.read(tmp_path / "out.wav")
    assert rate == RATE
    assert heard.shape[1] == 2
    t = np.arange(6 * RATE) / RATE
    expected = 0.3 * np.sin(2 * np.pi * 220 * t)
    assert np.abs(heard[126 : 126 + 6 * RATE, 0] - expected).max() < 1e-6


def test_a_corrected_song_is_prepared_before_it_is_played(home: Path, tmp_path: Path) -> None:
    """The click of Date becomes a track: from then on the audience hears it, on the left."""
    song = home / "library" / "date" / "song.toml"
    assert song.read_text(encoding="utf-8").count('role = "click"') == 1
    song.write_text(song.read_text(encoding="utf-8").replace('role = "click"', 'role = "track"'), encoding="utf-8")
    run = sidestage(home, "render", "Date", str(tmp_path / "out.wav"))
    assert run.returncode == 0, run.stderr
    heard, _ = soundfile.read(tmp_path / "out.wav")
    t = np.arange(6 * RATE) / RATE
    expected = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 1_000 * t)
    assert np.abs(heard[126 : 126 + 6 * RATE, 0] - expected).max() < 1e-6
    assert not heard[:, 1].any()


def test_played_to_a_file_without_a_terminal(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "heard.wav"
    run = sidestage(home, "play", "Ash", "Birch", "--card", f"file:{out}", "--seconds", "3")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "Ash (0:06)\n"
    heard, _ = soundfile.read(out)
    first = int(np.flatnonzero(heard[:, 0])[0])
    length = min(RATE, len(heard) - first)
    expected = 0.3 * np.sin(2 * np.pi * 110 * (1 + np.arange(length)) / RATE)
    assert np.abs(heard[first : first + length, 0] - expected).max() < 1e-6
    assert not heard[-1].any(), "it ends with a fade, not in the middle of a wave"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("play", "Elm"), 3, r"Elm: There is no such song in the library\."),
        (("show", "Elm"), 3, r"There is no such song"),
        (("render", "Elm", "x.wav"), 3, r"There is no such song"),
        (("render", "Ash", "/nowhere/x.wav"), 6, r"/nowhere/x.wav: The file cannot be written"),
        (("meter",), 7, r"The engine does not answer\."),
        (("play", "Ash", "--card", "tape:1"), 7, r"."),
    ],
)
def test_an_error_is_a_sentence_and_a_code(home: Path, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    run = sidestage(home, *arguments)
    if "tape:1" in arguments:  # the engine's own sentence comes first
        assert run.returncode == code
        assert "Traceback" not in run.stderr
        assert "Unknown card" in run.stderr
    else:
        said(run, code, sentence)


def test_a_rig_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text("outputs = [")
    for command in (("rig",), ("songs",), ("play", "x"), ("engine",), ("meter",)):
        said(sidestage(tmp_path, *command), 2, r"rig\.toml: Not valid TOML")


@pytest.fixture
def engine(home: Path) -> Iterator[EngineProcess]:
    with EngineProcess(home, "null") as engine:
        yield engine


class Terminal:
    """A command in a terminal of its own: keys in, and the text that came out."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.environ.update(COLUMNS="120", LINES="40", TERM="xterm")
            os.execv(COMMAND[0], [*COMMAND, *arguments])  # noqa: S606 - the child becomes the command
        self.text = ""

    def press(self, keys: str) -> None:
        os.write(self.file, keys.encode())

    def shows(self, what: str, since: int = 0) -> int:
        """Waits for a text; the place behind it."""
        end = time.monotonic() + 30
        while not (found := re.compile(what).search(self.text, since)):
            assert time.monotonic() < end, f"{what} in {self.text[-2_000:]!r}"
            if select.select([self.file], [], [], 0.1)[0]:
                try:
                    self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(self.file, 65_536).decode())
                except OSError:
                    assert found, f"it ended without {what}: {self.text[-2_000:]!r}"
        return found.end()

    def ended(self) -> int:
        try:
            while os.read(self.file, 65_536):
                pass
        except OSError:
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_played_in_a_terminal_with_keys(home: Path, engine: EngineProcess) -> None:
    with engine.client() as client:
        terminal = Terminal("--home", str(home), "play", "Ash", "Birch", "Cedar", "Date")
        at = terminal.shows(r"Ash\s+1 of 4\s+playing")
        terminal.shows("Click and guide", at - 10)
        terminal.press(" ")
        at = terminal.shows("Ash +1 of 4 +stopped", at)
        wait_for(lambda: not client.wait_for_status().playing)
        terminal.press(" ")
        at = terminal.shows("Ash +1 of 4 +playing", at)
        terminal.press("\x1b[C")
        at = terminal.shows("Birch +2 of 4 +playing", at)
        terminal.press("\x1b[C\x1b[C")  # two steps at once
        at = terminal.shows("Date +4 of 4 +playing", at)
        terminal.press("\x1b[D\x1b[D\x1b[D")
        at = terminal.shows("Ash +1 of 4 +playing", at)
        wait_for(lambda: client.wait_for_status().playing)
        terminal.press("q")
        assert terminal.ended() == 0
        assert "Traceback" not in terminal.text
        assert "refused" not in terminal.text
        wait_for(lambda: not client.wait_for_status().playing)
        status = client.wait_for_status()
        assert status.faults.refused_commands == 0


def test_the_meter_of_a_running_engine(home: Path, engine: EngineProcess) -> None:
    run = sidestage(home, "meter", "--json", "--seconds", "0.5")
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) >= 2
    assert set(lines[0]["buses"]) == {"Tracks", "Click and guide"}
    assert lines[-1]["clock"] > lines[0]["clock"]
    said(sidestage(home, "engine", "--card", "null"), 7, "Another engine is running already")
    said(sidestage(home, "play", "Ash", "--card", "null"), 7, "An engine is running already")


def test_a_player_that_is_killed_leaves_the_music_on(home: Path, engine: EngineProcess) -> None:
    with engine.client() as client:
        player = subprocess.Popen(
            [*COMMAND, "--home", str(home), "play", "Ash"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(lambda: client.wait_for_status().playing)
        player.send_signal(signal.SIGKILL)
        player.wait()
        place = client.wait_for_status().song_frame
        wait_for(lambda: client.wait_for_status().song_frame >= min(place + RATE, 6 * RATE))
    assert engine.end() == (0, "")
    assert not engine.socket.exists()


def test_the_demo_on_this_computer(tmp_path: Path) -> None:
    run = sidestage(tmp_path, "demo", "--seconds", "10", "--listen", "2", "--card", f"file:{tmp_path}/heard.wav")
    assert run.returncode == 0, run.stderr
    assert "5 imported" in run.stdout
    heard, rate = soundfile.read(tmp_path / "heard.wav")
    assert rate == RATE
    assert np.abs(heard).max() > 0.01


def test_what_cannot_be_prepared_anew_is_played_as_it_was(home: Path, tmp_path: Path) -> None:
    folder = home / "library" / "cedar"
    (folder / "originals" / "bass.wav").rename(tmp_path / "bass.wav")
    text = (folder / "song.toml").read_text(encoding="utf-8")
    (folder / "song.toml").write_text(text.replace('role = "click"', 'role = "track"'), encoding="utf-8")
    run = sidestage(home, "render", "Cedar", str(tmp_path / "out.wav"))
    (tmp_path / "bass.wav").rename(folder / "originals" / "bass.wav")
    (folder / "song.toml").write_text(text, encoding="utf-8")
    said(run, 0, r"bass\.wav.*It stays as it was prepared before\.")
    heard, _ = soundfile.read(tmp_path / "out.wav")
    assert heard[:, 1].any(), "the click is still where it was"
