"""What a person sees in a terminal: bars with the remaining time while it works, and at the end only what stays."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from deliveries import click, music, write

COMMAND = [sys.executable, "-c", "from appliance.cli import main; main()"]
BAR = re.compile(r"[━╸╺]{10,}")
REMAINING = re.compile(r"\d:\d\d:\d\d")
CONTROL = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])")


class Screen:
    """The little of a terminal that bars need: lines, moving up, erasing, hiding the cursor."""

    def __init__(self) -> None:
        self.lines = [""]
        self.row = self.column = 0
        self.cursor = True
        self.seen: list[str] = []

    def feed(self, text: str) -> None:
        place = 0
        while place < len(text):
            control = CONTROL.match(text, place)
            if control:
                self._control(control[1], control[2])
                place = control.end()
                continue
            self._letter(text[place])
            place += 1

    def _letter(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.seen.append(self.lines[self.row])
            self.row += 1
            self.lines += [""] * (self.row + 1 - len(self.lines))
        else:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.column += 1

    def _control(self, value: str, name: str) -> None:
        if name == "A":
            self.row -= int(value or 1)
        elif name == "K":
            self.seen.append(self.lines[self.row])
            self.lines[self.row] = "" if value == "2" else self.lines[self.row][: self.column]
        elif value == "?25":
            self.cursor = name == "h"
        else:
            assert name == "m", f"the screen does not know {value}{name}"


def in_terminal(*arguments: str) -> tuple[Screen, int]:
    """The command in a terminal of 100 columns, which stays as it looks at the end."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    raw = b""
    while True:
        try:
            data = os.read(ours, 65_536)
        except OSError:  # what Linux says when the other side has gone
            break
        raw += data
    os.close(ours)
    screen = Screen()
    screen.feed(raw.decode())
    return screen, process.wait()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six songs, delivered; the first test imports them."""
    folder = tmp_path_factory.mktemp("terminal")
    for number in range(6):
        for part in range(3):
            name = folder / "in" / f"0{number} Song {number} [{number}]" / f"Keys {part}.wav"
            write(name, music(30, seed=10 * number + part), 44_100)
    write(folder / "in" / "07 Click Only" / "Click.wav", click())
    return folder


class TestTerminal:
    def test_an_import_shows_bars_and_leaves_its_report(self, home: Path) -> None:
        screen, code = in_terminal("--home", str(home / "home"), "import", str(home / "in"), "--jobs", "2")
        assert code == 0
        bars = [line for line in screen.seen if BAR.search(line)]
        assert any(line.startswith("Import") and REMAINING.search(line) for line in bars)
        assert any("of 7 songs" in line for line in bars)
        assert any(re.match(r"  Song \d", line) and "preparing" in line for line in bars)
        left = [line.rstrip() for line in screen.lines if line.strip()]
        assert not [line for line in left if BAR.search(line) or "%" in line]
        assert left[0].startswith("Song 0")
        assert left[-1] == "7 imported, 0 already there, 0 not imported."
        assert screen.cursor

    def test_verifying_shows_a_bar_and_leaves_its_lines(self, home: Path) -> None:
        arguments = ("--home", str(home / "home"), "verify")
        if not (home / "home").exists():  # in a worker of its own
            in_terminal("--home", str(home / "home"), "import", str(home / "in"))
        screen, code = in_terminal(*arguments)
        assert code == 0
        assert any(line.startswith("Verify") and BAR.search(line) and "Song" in line for line in screen.seen)
        left = [line.rstrip() for line in screen.lines if line.strip()]
        assert len(left) == 7
        assert all(line.endswith(": prepared-48000.song is whole.") for line in left)
        assert screen.cursor
        plain = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=True)
        assert plain.stdout.splitlines() == left
        assert "\x1b" not in plain.stdout
