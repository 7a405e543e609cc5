"""`sidestage setlist`, as whoever keeps the setlist types it."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from desk import sidestage

COMMANDS = (
    "list", "new", "show", "add", "remove", "move", "import", "export", "use", "rename", "duplicate", "archive",
    "restore",
)  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three songs of 2, 3 and 4 seconds."""
    folder = tmp_path_factory.mktemp("setlist")
    for seconds, title in enumerate(("Été à Nice", "Night Drive", "Hold Fast"), start=2):
        (folder / "in" / title).mkdir(parents=True)
        tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(seconds * 48_000) / 48_000)
        soundfile.write(folder / "in" / title / "bass.wav", tone, 48_000, "PCM_24")
    run = sidestage(folder / "home", "import", str(folder / "in"))
    assert run.returncode == 0, run.stderr
    return folder / "home" / "library"


@pytest.fixture
def home(library: Path, tmp_path: Path) -> Path:
    (tmp_path / "library").symlink_to(library)
    return tmp_path


def ok(home: Path, *arguments: str) -> str:
    run = sidestage(home, "setlist", *arguments)
    assert run.returncode == 0, run.stderr
    assert not run.stderr
    return run.stdout


def said(run: subprocess.CompletedProcess[str], code: int, sentence: str) -> None:
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert re.search(sentence, run.stderr), run.stderr
    assert len(run.stderr.strip().splitlines()) == 1, run.stderr


def titles(home: Path) -> list[str]:
    entries = json.loads(sidestage(home, "setlist", "show", "--json").stdout)["entries"]
    return [entry.get("song") or entry.get("break") or entry.get("text") for entry in entries]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_suffices(tmp_path: Path, command: str) -> None:
    run = sidestage(tmp_path, "setlist", command, "--help")
    assert run.returncode == 0
    assert len(run.stdout.partition("Options:")[0].split("\n\n", 1)[1].split()) >= 6


def test_an_evening_is_put_together(home: Path) -> None:
    assert "There is no setlist yet" in ok(home, "list")
    assert ok(home, "new", "Friday", "ete a", "night") == "Friday: made, with 2 songs.\n"
    ok(home, "add", "fri", "hold", "--at", "2", "--gap", "1.5", "--trim", "-2", "--mute", "bass", "--note", "Capo 2")
    ok(home, "add", "fri", "--break", "Interval", "--length", "20")
    ok(home, "add", "fri", "--text", "Thank [bold]the[/] crew")
    assert titles(home) == ["Été à Nice", "Hold Fast", "Night Drive", "Interval", "Thank [bold]the[/] crew"]
    shown = ok(home, "show")
    assert "Friday: 3 songs, 0:09 of music, 20:10 in all" in shown
    for words in ("segue after 1.5 s", "-2.0 dB; without bass", "Capo 2", "--- Interval ---", "[bold]the[/]", "0:02"):
        assert words in shown
    assert ok(home, "move", "fri", "night", "1") == "Friday: Night Drive is 1 of 5.\n"
    assert ok(home, "remove", "fri", "interval", "5") == "Friday: Interval, Thank [bold]the[/] crew removed; 3 left.\n"
    assert titles(home) == ["Night Drive", "Été à Nice", "Hold Fast"]
    plain = json.loads(ok(home, "show", "Friday", "--json"))
    assert (plain["version"], plain["songs"], plain["missing"], plain["music_s"], plain["whole_s"]) == (6, 3, 0, 9, 9)
    assert plain["token"].startswith("6-")
    assert [entry["folder"] for entry in plain["entries"]] == ["night-drive", "ete-a-nice", "hold-fast"]
    assert plain["entries"][2]["effective_end"] == "stop", "nothing follows"


def test_setlists_are_kept(home: Path) -> None:
    ok(home, "new", "Friday", "hold")
    ok(home, "duplicate", "friday", "Saturday")
    ok(home, "rename", "sat", "Été")
    assert ok(home, "use", "ete") == "Été: active.\n"
    rows = json.loads(ok(home, "list", "--json"))
    assert [(row["name"], row["slug"], row["active"]) for row in rows] == [
        ("Été", "saturday", True), ("Friday", "friday", False),
    ]  # fmt: skip
    assert "*" in ok(home, "list")
    assert "restore" in ok(home, "archive", "été")
    assert [row["name"] for row in json.loads(ok(home, "list", "--json"))] == ["Friday"]
    assert "Été" in ok(home, "list", "--archived")
    assert "Friday" in ok(home, "show"), "the only one needs no name"
    ok(home, "restore", "ete")
    said(sidestage(home, "setlist", "show"), 3, "No setlist is active")


def test_text_comes_in_and_goes_out(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(
        "# Friday\r\n01. Ete a Nice 0:02\r\n02. Nihgt Drive\r\n\r\nPause\r\n03. Never Recorded\r\n".encode("cp1252")
    )
    told = ok(home, "import", "Friday", str(file))
    assert told.splitlines() == [
        "line 1: # Friday: left out.",
        "line 3: 02. Nihgt Drive: taken for Night Drive.",
        "line 6: 03. Never Recorded: not in the library, kept as missing.",
        "Friday: 2 songs found, 1 missing, 4 entries.",
    ]
    said(sidestage(home, "setlist", "import", "friday", str(file)), 3, "--append")
    read = json.loads(ok(home, "import", "friday", str(file), "--append", "--json"))["lines"]
    assert [line["how"] for line in read] == ["left out", "exact", "similar", "break", "missing"]
    assert len(titles(home)) == 8
    text = ok(home, "export", "friday")
    again = tmp_path / "again.txt"
    again.write_text(text, encoding="utf-8")
    ok(home, "import", "Again", str(again))
    assert ok(home, "export", "again").splitlines()[1:] == text.splitlines()[1:]
    assert "Wrote" in ok(home, "export", "friday", "--format", "csv", "--out", str(tmp_path / "x.csv"))
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfnumber,kind,title")
    page = ok(home, "export", "friday", "--format", "html")
    assert page.startswith("<!DOCTYPE html>")
    assert "Été à Nice" in page


def test_a_missing_song_is_shown_and_stays(home: Path) -> None:
    ok(home, "new", "Friday", "Elm", "hold", "--missing")
    run = sidestage(home, "setlist", "show")
    said(run, 0, r"1\. Elm: It is not in the library and is skipped\.")
    assert "Elm missing" in run.stdout
    ok(home, "add", "friday", "night")
    ok(home, "move", "friday", "3", "1")
    assert titles(home) == ["Night Drive", "Elm", "Hold Fast"]


def test_a_person_corrects_the_file(home: Path) -> None:
    ok(home, "new", "Friday", "hold", "night")
    file = home / "setlists" / "friday.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"Hold Fast"', '"Été"  # instead, says Jo'), encoding="utf-8")
    ok(home, "move", "friday", "2", "1")
    after = file.read_text(encoding="utf-8")
    assert '"Été"  # instead, says Jo' in after
    assert 'slug = "ete-a-nice"' in after
    file.write_text(after.replace("slug =", "slugg ="), encoding="utf-8")
    for command in (("show", "friday"), ("add", "friday", "hold"), ("export", "friday")):
        said(
            sidestage(home, "setlist", *command), 2, r"friday\.toml: entries\[0\]\.slugg: Unknown; did you mean slug\?"
        )


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("show", "Sunday"), 3, r"Sunday: There is no such setlist\."),
        (("new", "FRIDAY"), 3, "of this name already"),
        (("new", " "), 2, r"name: A setlist needs a name"),
        (("new", "Sunday", "Hodl Fast"), 3, r"Did you mean Hold Fast\? With --missing"),
        (("add", "friday", "hold", "--trim", "99"), 2, r"entries\[1\]\.trim_db: Must be -60 to 12 dB"),
        (("add", "friday", "hold", "--trim", "nan"), 2, r"trim_db"),
        (("add", "friday", "hold", "--gap", "1", "--crossfade", "1"), 2, "not both"),
        (("add", "friday", "hold", "--end", "stop", "--gap", "1"), 2, "Only a segue"),
        (("remove", "friday", "7"), 3, "7: Friday has 1 entries, and none of this name"),
        (("move", "friday", "elm", "1"), 3, "none of this name"),
        (("import", "Sunday", "/nowhere.txt"), 3, "There is no such file"),
        (("import", "Sunday", "/"), 3, "cannot be read"),
        (("export", "friday", "--out", "/nowhere/x.txt"), 5, "Nothing was changed"),
        (("restore", "friday"), 3, "no such setlist in the archive"),
        (("use", "sunday"), 3, "There is no such setlist"),
    ],
)
def test_an_error_is_a_sentence_and_a_code(home: Path, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    ok(home, "new", "Friday", "night")
    before = (home / "setlists" / "friday.toml").read_bytes()
    said(sidestage(home, "setlist", *arguments), code, sentence)
    assert (home / "setlists" / "friday.toml").read_bytes() == before
