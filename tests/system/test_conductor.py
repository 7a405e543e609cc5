"""Engine and conductor as processes: a setlist played by commands, what is killed on the way, and what is heard."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from desk import sidestage, wait_for
from night import RATE, ConductorProcess, EngineProcess, make_home
from numpy.typing import NDArray

from appliance.control import schema
from appliance.control.commands import ClickOnly, GotoSection, Next, Panic, Pause, Play, Rejoin, Stop
from appliance.songs.setlist import End, SongEntry
from appliance.songs.setlists import Setlists

SET = [
    SongEntry(song="Ash", end=End.CONTINUE),
    SongEntry(song="Birch", end=End.SEGUE, gap_s=0.5),
    SongEntry(song="Cedar"),
]
S32_PER_WORD = 256


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_home(tmp_path / "home", SET)
    return tmp_path / "home"


def words(home: Path, title: str) -> NDArray[np.int64]:
    """The song's own words, read as docs/prepared-song.md says."""
    raw = (home / "library" / title.lower() / f"prepared-{RATE}.song").read_bytes()
    octets = np.frombuffer(raw, np.uint8, offset=int.from_bytes(raw[12:16], "little"))
    parts = octets.reshape(-1, 2, 3).astype(np.int64)
    found: NDArray[np.int64] = ((parts[..., 0] | parts[..., 1] << 8 | parts[..., 2] << 16) ^ 0x800000) - 0x800000
    return found


def heard(path: Path) -> NDArray[np.int64]:
    return soundfile.read(path, dtype="int32", always_2d=True)[0].astype(np.int64) // S32_PER_WORD


def find(song: NDArray[np.int64], capture: NDArray[np.int64], channel: int = 1, probe: int = 0) -> list[int]:
    """Where in the capture the song's frame ``probe`` is, for each time it was played."""
    key = song[probe : probe + 8, channel]
    places = np.flatnonzero(capture[:-8, channel] == key[0])
    return [int(p) for p in places if np.array_equal(capture[p : p + 8, channel], key)]


def played_set(home: Path, capture: NDArray[np.int64]) -> None:
    """All three songs, every word, the second without a gap and the third after half a second."""
    songs = [words(home, title) for title in ("Ash", "Birch", "Cedar")]
    begun = [find(song, capture) for song in songs]
    assert [len(each) for each in begun] == [1, 1, 1]
    first = begun[0][0]
    assert [each[0] - first for each in begun] == [0, 2 * RATE, round(4.5 * RATE)]
    expected = np.zeros((round(6.5 * RATE), 2), np.int64)
    for (at,), song in zip(begun, songs, strict=True):
        expected[at - first : at - first + len(song)] = song
    assert np.array_equal(capture[first : first + len(expected)], expected)


def test_a_setlist_is_played_by_commands_alone(home: Path, tmp_path: Path) -> None:
    with EngineProcess(home, f"file:{tmp_path / 'out.wav'}") as engine:
        with ConductorProcess(home) as conductor:
            conductor.wait_state("cued", 0)
            assert conductor.ctl("play").stdout == "Ash plays.\n"
            refused = conductor.ctl("next")
            assert (refused.returncode, refused.stdout) == (9, "")
            assert "allow_skip_while_playing" in refused.stderr
            over = conductor.wait_state("empty", 3)
            assert (over.sentence, over.faults) == ("The setlist is over.", {})
            assert ">" not in conductor.ctl("status").stdout
        time.sleep(0.1)
        engine.end()
    played_set(home, heard(tmp_path / "out.wav"))


def test_killed_again_and_again_it_costs_no_sample(home: Path, tmp_path: Path) -> None:
    """And each time it knows song, place and position again."""
    chance, slowest = random.Random(7), 0.0
    with EngineProcess(home, f"file:{tmp_path / 'out.wav'}") as engine:
        with ConductorProcess(home) as conductor:
            conductor.wait_state("cued", 0)
            conductor.press(Play())
            began = time.monotonic()
            while (at := time.monotonic() - began) < 6:
                time.sleep(chance.uniform(0.0, 0.4))
                conductor.kill()
                before = time.monotonic()
                conductor.start()
                wait_for(lambda: conductor.state().state in {"playing", "empty"})
                state = conductor.state()
                assert state.state == "playing" or time.monotonic() - began > 6.4
                slowest = max(slowest, time.monotonic() - before)
                if state.state == "playing":
                    at = time.monotonic() - began
                    expected = 0 if at < 2 else 1 if at < 4 else 2
                    assert state.place in {expected, max(0, expected - 1)}
                    # The machine may be busy; the song's start, or another song, would be farther off.
                    assert abs(state.position_s + (0, 2, 4.5)[state.place] - at) < 1.0
            assert conductor.wait_state("empty", 3).faults == {}
        time.sleep(0.1)
        engine.end()
    print(f"slowest return: {slowest:.2f} s")  # noqa: T201 - for -rP
    played_set(home, heard(tmp_path / "out.wav"))


def test_a_song_that_ends_while_nobody_is_there_is_over(home: Path) -> None:
    with EngineProcess(home, "null") as engine, ConductorProcess(home) as conductor, engine.client() as client:
        conductor.wait_state("cued", 0)
        conductor.press(Next())
        conductor.press(Next())
        conductor.wait_state("cued", 2)
        conductor.press(Play())
        wait_for(lambda: json.loads((home / "resume.json").read_text())["segment"])
        conductor.kill()
        wait_for(lambda: not client.wait_for_status().schedule)
        conductor.start()
        assert conductor.wait_state("empty", 3).sentence == "The setlist is over."


def test_an_engine_that_dies_is_named_and_the_song_is_cued_again(home: Path) -> None:
    with ConductorProcess(home) as conductor:
        with EngineProcess(home, "null") as engine:
            conductor.wait_state("cued", 0)
            conductor.press(Next())
            conductor.press(Play())
            engine.popen.kill()
            engine.popen.wait()
            assert "engine is not running" in conductor.wait_state("faulted", 1).sentence
            assert "engine is not running" in conductor.ctl("play").stderr
        with EngineProcess(home, "null"):
            assert conductor.wait_state("cued", 1).sentence == "Birch is cued."
            assert conductor.press(Play()) == "Birch plays."
            conductor.wait_state("playing", 1)


def test_after_a_power_cut_the_same_place_stopped_and_cued(home: Path) -> None:
    with EngineProcess(home, "null"), ConductorProcess(home) as conductor:
        conductor.wait_state("cued", 0)
        conductor.press(Next())
        conductor.press(Play())
        wait_for(lambda: json.loads((home / "resume.json").read_text())["place"] == 1)
        conductor.kill()
    with EngineProcess(home, "null") as engine, ConductorProcess(home) as conductor:
        assert conductor.wait_state("cued", 1).position_s == 0
        time.sleep(0.3)
        with engine.client() as client:
            assert client.wait_for_status().segment == 0, "nothing was ever started"
        assert conductor.state().state == "cued"


def test_pause_survives_too(home: Path) -> None:
    with EngineProcess(home, "null"), ConductorProcess(home) as conductor:
        conductor.wait_state("cued", 0)
        conductor.press(Play())
        time.sleep(0.6)
        conductor.press(Pause())
        paused = conductor.wait_state("paused", 0).position_s
        assert 0.4 < paused < 1.5
        wait_for(lambda: json.loads((home / "resume.json").read_text())["frame"])
        conductor.kill()
        conductor.start()
        assert conductor.wait_state("cued", 0).position_s == paused


def test_click_only_and_rejoin_are_heard_so(tmp_path: Path) -> None:
    """The click runs on to the frame; the house is silent within 20 ms and comes back whole with the chorus."""
    home = tmp_path / "home"
    make_home(home, SET[:2], seconds=12)
    with EngineProcess(home, f"file:{tmp_path / 'out.wav'}") as engine:
        with ConductorProcess(home) as conductor:
            conductor.wait_state("cued", 0)
            conductor.press(Play())
            time.sleep(0.3)
            conductor.press(ClickOnly())
            time.sleep(0.2)
            conductor.kill()
            conductor.start()
            assert conductor.wait_state("playing", 0).click_only, "it knows again"
            assert "Chorus" in conductor.press(Rejoin())
            conductor.wait_state("playing", 1)
        engine.end()
    song, capture = words(home, "Ash"), heard(tmp_path / "out.wav")
    (at,) = find(song, capture)
    got = capture[at : at + len(song)]
    assert np.array_equal(got[:, 1], song[:, 1])
    off = np.flatnonzero(got[:, 0] != song[:, 0])
    assert not got[off[0] + round(0.02 * RATE) + 1 :][: RATE // 2, 0].any()
    chorus = len(song) // 2
    assert chorus - 0.06 * RATE < off[-1] < chorus, "shortly before the chorus"


def test_panic_stop_and_sections_are_heard_so(home: Path, tmp_path: Path) -> None:
    with EngineProcess(home, f"file:{tmp_path / 'out.wav'}") as engine:
        with ConductorProcess(home) as conductor:
            conductor.wait_state("cued", 0)
            for command in (Panic(), Stop()):
                conductor.press(Play())
                time.sleep(0.3)
                conductor.press(command)
                conductor.wait_state("cued", 0)
                time.sleep(0.2)
            conductor.press(GotoSection(name="chorus"))
            conductor.press(Play())
            time.sleep(0.2)
            conductor.press(GotoSection(name="verse"))
            time.sleep(0.2)
            conductor.press(Panic())
            conductor.wait_state("cued", 0)
        engine.end()
    song, capture = words(home, "Ash"), heard(tmp_path / "out.wav")
    starts = find(song, capture)
    assert len(starts) == 2
    for at, fade in zip(starts, (0.02, 0.05), strict=True):
        got = capture[at : at + RATE]
        same = got == song[:RATE]
        faded = int(np.flatnonzero(~same.all(axis=1))[0])
        assert not capture[at + faded + round(fade * RATE) + 1 :][: RATE // 10].any()
    (chorus,) = find(song, capture, probe=RATE + 1_000)
    *_, verse = find(song, capture, probe=1_000)
    assert 0.1 * RATE < verse - chorus < RATE


def test_an_edited_setlist_is_taken_up(home: Path) -> None:
    setlists = Setlists(home / "setlists")
    with EngineProcess(home, "null"), ConductorProcess(home) as conductor:
        conductor.wait_state("cued", 0)
        conductor.press(Next())
        conductor.press(Play())
        stored = setlists.load("friday")
        edited = type(stored.setlist)(name="Friday", entries=(SET[1], SET[0], SongEntry(song="Gone")))
        setlists.save("friday", edited, stored.token)
        wait_for(lambda: [song.title for song in conductor.state().songs] == ["Birch", "Ash"])
        state = conductor.state()
        assert (state.state, state.place, state.songs[1].number) == ("playing", 0, 2)
        assert "Gone" in state.warnings[0]
        setlists.use(None)
        conductor.press(Stop())
        wait_for(lambda: conductor.state().state == "empty")
        assert "No setlist is active" in conductor.state().trouble


def test_a_damaged_song_is_named_and_can_be_tried_again(home: Path) -> None:
    file = home / "library" / "ash" / f"prepared-{RATE}.song"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with EngineProcess(home, "null"), ConductorProcess(home) as conductor:
        wait_for(lambda: "cut short" in conductor.state().sentence)
        assert conductor.state().state == "faulted"
        file.write_bytes(whole)
        conductor.wait_state("cued", 0)


def test_watching_and_meters(home: Path) -> None:
    with EngineProcess(home, "null"), ConductorProcess(home) as conductor, conductor.client() as client:
        conductor.wait_state("cued", 0)
        client.ask(schema.Subscribe(meters=True))
        conductor.press(Play())
        end, reports = time.monotonic() + 1.5, []
        while time.monotonic() < end:
            reports.append(client.receive(0.1))
        meters = [each for each in reports if isinstance(each, schema.Meters)]
        assert 15 <= len(meters) <= 40
        assert [bus.name for bus in meters[-1].buses] == ["Tracks", "Click and guide"]
        assert (meters[-1].buses[0].rms_dbfs or -99) > -40
        assert 0.5 < meters[-1].position_s < 2
        assert [each.state for each in reports if isinstance(each, schema.State)][-1] == "playing"


def test_there_is_one_conductor_and_it_ends_cleanly(home: Path) -> None:
    with ConductorProcess(home) as conductor:
        second = sidestage(home, "conductor")
        assert second.returncode == 7
        assert "Another conductor is running already" in second.stderr
        conductor.popen.terminate()
        _, said = conductor.popen.communicate(timeout=20)
        assert (conductor.popen.returncode, said) == (0, "")
        assert not conductor.socket.exists()
    absent = sidestage(home, "ctl", "play")
    assert absent.returncode == 7
    assert "The conductor is not running" in absent.stderr


def test_the_schema_is_printed() -> None:
    run = sidestage(Path("/nonexistent"), "schema")
    printed = json.loads(run.stdout)
    assert printed["$defs"]["Play"]["properties"]["command"]["enum"] == ["play"]
    assert {"State", "Meters", "Answer", "Goto"} <= set(printed["$defs"])
