"""The engine as a process of its own: priorities, memory, the watchdog's ping, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from booth import S32_PER_WORD, coded, straight, wait_for, write_song
from card import CannotBuildError, StageCard, build_card

from appliance.engine_client import EngineClient
from appliance.errors import EngineError
from appliance.messages import (
    PROTOCOL,
    Cut,
    Load,
    Quit,
    Schedule,
    SetEarsEqualised,
    SetGains,
    SetStemEq,
    Subscribe,
)
from appliance.paths import find_paths
from appliance.settings import preset, save_rig
from appliance.vocabulary import Role

ROOT = os.geteuid() == 0
BECOME = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from booth import Booth, coded, wait_for, write_song
    from appliance.engine.realtime import become_realtime
    folder = Path(sys.argv[2])
    song = write_song(folder / "a.song", coded(100_000))
    song.path.chmod(0o644)
    booth = Booth()
    if len(sys.argv) > 3:
        os.setgid(65534), os.setuid(65534)
    print(become_realtime())
    booth.load(0, song)
    booth.schedule(1, 0)
    booth.steps(20)
    assert booth.heard()[-1, 0] == 20 * 256 - 126
    for task in sorted(os.listdir("/proc/self/task"), key=int):
        print(task == str(os.getpid()), os.sched_getscheduler(int(task)) & ~os.SCHED_RESET_ON_FORK)
    print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmLck")][0])
    print(booth.engine.player.slot_status(0).unlocked)
    booth.close()
""")


def become(*more: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to nobody
        Path(folder).chmod(0o755)
        command = [sys.executable, "-c", BECOME, str(Path(__file__).parent), folder, *more]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


@pytest.mark.skipif(not ROOT, reason="real-time scheduling needs root or a limit of its own")
def test_the_audio_thread_alone_is_real_time_and_memory_is_locked() -> None:
    granted, *threads, locked_kb, unlocked = become()
    if granted == "False":
        pytest.skip("this system grants no real-time scheduling, not even to root")
    assert threads.count(f"True {os.SCHED_FIFO}") == 1
    assert [t for t in threads if t.startswith("False")] == [f"False {os.SCHED_OTHER}"] * (len(threads) - 1)
    assert len(threads) >= 2, "the loader is a thread"
    assert int(locked_kb) > 1_000
    assert unlocked == "False"


@pytest.mark.skipif(not ROOT, reason="only root may become nobody")
def test_where_it_is_not_granted_the_engine_plays_all_the_same() -> None:
    granted, *threads, _, _ = become("nobody")
    assert granted == "False"
    assert all(thread.endswith(str(os.SCHED_OTHER)) for thread in threads)


class Process:
    """``sidestage engine`` on a card, with a home of its own."""

    def __init__(self, home: Path, card: str, environment: dict[str, str]) -> None:
        self.paths = find_paths(home)
        command = [sys.executable, "-m", "appliance.cli", "--home", str(home), "engine", "--card", card]
        self.popen = subprocess.Popen(
            command, env={**os.environ, **environment}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def client(self) -> EngineClient:
        def there() -> bool:
            assert self.popen.poll() is None, self.popen.communicate()
            try:
                self._client = EngineClient(self.paths.engine_socket)
            except EngineError:
                return False
            return True

        wait_for(there)
        return self._client

    def ended(self) -> tuple[int, str]:
        """Exit code and what it said."""
        out, err = self.popen.communicate(timeout=20)
        return self.popen.returncode, out + err

    def kill(self) -> None:
        self.popen.kill()
        self.popen.communicate()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[StageCard]:
    try:
        build_card()
    except CannotBuildError as error:
        pytest.skip(str(error))
    with StageCard(tmp_path, 2) as stage:
        yield stage
        stage.stall(False)


@pytest.fixture
def started(tmp_path: Path) -> Iterator:
    processes: list[Process] = []

    def start(card: str, **environment: str) -> Process:
        save_rig(preset(2), tmp_path / "home" / "rig.toml")
        processes.append(Process(tmp_path / "home", card, environment))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()


def pings(notify: socket.socket, seconds: float) -> list[bytes]:
    got = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        notify.settimeout(left)
        try:
            got.append(notify.recv(100))
        except TimeoutError:
            break
    return got


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_ping_comes_from_the_audio_loop_and_stops_with_it(
    started, stage: StageCard, tmp_path: Path, kind: str
) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@sidestage-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(address.replace("@", "\0"))
        started(f"alsa:{stage.device}", NOTIFY_SOCKET=address, **stage.environment)
        notify.settimeout(20)
        assert notify.recv(100) == b"READY=1"
        assert notify.recv(100) == b"WATCHDOG=1"
        assert notify.recv(100) == b"WATCHDOG=1"
        stage.stall()
        pings(notify, 0.3)  # what was on its way
        assert pings(notify, 1.5) == [], "a loop that stands must not say that it lives"
        stage.stall(False)
        notify.settimeout(20)
        assert notify.recv(100) == b"WATCHDOG=1"


def test_a_manager_that_is_not_there_is_no_hindrance(started, tmp_path: Path) -> None:
    process = started("null", NOTIFY_SOCKET=str(tmp_path / "nobody"))
    process.client().close()
    process.popen.terminate()
    assert process.ended() == (0, "")


@pytest.mark.parametrize("how", ["quit", "terminate", "interrupt"])
def test_it_ends_cleanly_with_a_fade_and_a_whole_capture(started, stage: StageCard, tmp_path: Path, how: str) -> None:
    song = write_song(tmp_path / "a.song", np.full((480_000, 2), 300_000))
    process = started(f"alsa:{stage.device}", **stage.environment)
    with process.client() as client:
        client.send(Load(id=1, slot=0, path=str(song.path)))
        wait_for(lambda: client.wait_for_status().slots[0].state == 3)
        client.send(SetGains(id=2, slot=0, gains=straight()))
        client.send(Schedule(id=3, segment=1, slot=0))
        wait_for(lambda: client.wait_for_status().song_frame > 20_000)
        if how == "quit":
            client.send(Quit(id=4))
        else:
            process.popen.send_signal(signal.SIGTERM if how == "terminate" else signal.SIGINT)
        code, said = process.ended()
        assert (code, said) == (0, "")
        assert not process.paths.engine_socket.exists()
        with pytest.raises(EngineError, match="ended"):
            client.send(Quit(id=5))
    xruns = stage.counters().xruns
    heard = stage.played("S32_LE") // S32_PER_WORD
    assert np.array_equal(heard[:, 0], heard[:, 1])
    level = heard[:, 0] / 300_000
    if xruns == 0:
        assert np.abs(np.diff(level)[np.flatnonzero(level)[0] + 1 :]).max() < 0.001
        assert np.count_nonzero(level) > 20_000
    assert not level[-16:].any(), "the fade is over before the card is let go"
    assert stage.events()[-1].kind == "close"


def test_a_stems_equaliser_reaches_the_outputs_through_the_process(started, tmp_path: Path) -> None:
    """It waits one frame in the house and none in the ears; and an older client is told so, not misread."""
    song = write_song(tmp_path / "a.song", coded(12_000, channels=1), [Role.TRACK])
    waiting = np.array([[0.0, 1, 0, 0, 0]], "<f8").tobytes()
    process = started(f"file:{tmp_path / 'out.wav'}")
    with process.client() as client:
        client.send(Load(id=1, slot=0, path=str(song.path)))
        wait_for(lambda: client.wait_for_status().slots[0].state == 3)
        client.send(SetGains(id=2, slot=0, gains=np.ones((1, 2), "<f4").tobytes()))
        client.send(SetStemEq(id=3, slot=0, channel=0, sections=waiting))
        client.send(SetEarsEqualised(id=4, slot=0, on=False))
        with pytest.raises(EngineError, match="not stable"):
            client.send(SetStemEq(id=5, slot=0, channel=0, sections=np.array([[1.0, 0, 0, 0, 1]], "<f8").tobytes()))
        with pytest.raises(EngineError, match="version"):
            client.send(Subscribe(id=6, protocol=PROTOCOL - 1))
        client.send(Schedule(id=7, segment=1, slot=0))
        wait_for(lambda: client.wait_for_status().song_frame == 12_000)
        time.sleep(0.1)  # for what the limiters still hold
        client.send(Quit(id=8))
    assert process.ended() == (0, "")
    heard = soundfile.read(tmp_path / "out.wav", dtype="int32")[0] // S32_PER_WORD
    begin = int(np.flatnonzero(heard[:, 1])[0])
    assert np.array_equal(heard[begin : begin + 12_000, 1], coded(12_000)[:, 0])
    assert np.array_equal(heard[begin : begin + 12_000, 0], np.arange(12_000))


def test_another_engine_is_refused_with_one_sentence(started, tmp_path: Path) -> None:
    first = started("null")
    with first.client() as client:
        second = started("null")
        code, said = second.ended()
        assert code == 7
        assert said.count("\n") == 1
        assert "Another engine is running already" in said
        assert client.wait_for_status().rate_hz == 48_000


def test_killed_it_is_replaced(started, tmp_path: Path) -> None:
    first = started("null")
    first.client().close()
    first.kill()
    assert first.paths.engine_socket.exists()
    started("null").client().close()


def test_a_suspended_client_takes_nothing_from_another(started, tmp_path: Path) -> None:
    """Ctrl-Z on one meter must not leave the band without a hand on the engine."""
    process = started("null")
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom appliance.engine_client import EngineClient\n"
        "client = EngineClient(Path(sys.argv[1]))\nprint(flush=True)\ntime.sleep(60)"
    )
    deaf = subprocess.Popen(
        [sys.executable, "-c", program, str(process.paths.engine_socket)], stdout=subprocess.PIPE, text=True
    )
    with process.client() as client:
        deaf.stdout.readline()
        for number in range(200):  # 10 seconds of statuses; one socket's buffer holds 8
            client.wait_for_status()
            if number % 25 == 0:
                client.send(Cut(id=client.next_id(), fade_frames=0))
    deaf.kill()
    deaf.communicate()


def test_frames_are_the_only_clock(tmp_path: Path) -> None:
    """A child in which the wall clock jumps by years at every look plays as ever."""
    song = write_song(tmp_path / "a.song", coded(50_000))
    program = textwrap.dedent(f"""
        import sys, time, itertools
        years = itertools.cycle((0.0, 4e9, -1e9))
        time.time = lambda: next(years)
        time.time_ns = lambda: int(next(years) * 1e9)
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from booth import Booth, coded
        from appliance.songs.prepared import read_header
        from pathlib import Path
        booth = Booth()
        booth.load(0, read_header(Path({str(song.path)!r})))
        booth.schedule(1, 0)
        booth.steps(100)
        assert (booth.heard() == coded(50_000)[: len(booth.heard())]).all()
        booth.close()
    """)
    subprocess.run([sys.executable, "-c", program], check=True)
