"""The channel: whatever arrives, from whomever, the engine answers to what it knows and goes on."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from booth import Booth, coded, write_song
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from appliance.engine.engine import STATUS_INTERVAL_S
from appliance.engine.link import MAX_PER_BLOCK, MAX_SUBSCRIBERS, Link
from appliance.errors import EngineError
from appliance.messages import (
    MAX_MESSAGE,
    PROTOCOL,
    Answer,
    AnyReport,
    Cut,
    Load,
    Quit,
    Schedule,
    SetGains,
    Status,
    Subscribe,
)

ENCODE = msgspec.msgpack.Encoder().encode
DECODE = msgspec.msgpack.Decoder(AnyReport).decode


class Peer:
    """A socket with a name that sends anything and reads what comes back."""

    def __init__(self, folder: Path, name: str, engine: Path) -> None:
        self.path = folder / name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.engine = str(engine)
        self.socket.setblocking(False)

    def send(self, data: bytes) -> None:
        self.socket.sendto(data, self.engine)

    def received(self) -> list[Answer | Status]:
        got = []
        with contextlib.suppress(BlockingIOError):
            while True:
                got.append(DECODE(self.socket.recv(MAX_MESSAGE)))
        return got

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def booth(tmp_path: Path) -> Iterator[Booth]:
    booth = Booth(link=Link(tmp_path / "engine.sock"))
    yield booth
    booth.close()
    assert not (tmp_path / "engine.sock").exists()


@pytest.fixture
def peer(booth: Booth, tmp_path: Path) -> Iterator[Peer]:
    peer = Peer(tmp_path, "peer.sock", tmp_path / "engine.sock")
    yield peer
    peer.close()


def status_now(booth: Booth) -> None:
    """One block that publishes a status, whatever the time."""
    booth.engine._next_status = 0.0
    booth.engine.step()


def test_an_answer_carries_the_number_of_its_command(booth: Booth, peer: Peer) -> None:
    peer.send(ENCODE(Cut(id=4711, fade_frames=0)))
    peer.send(ENCODE(Schedule(id=4712, segment=1, slot=5)))
    booth.steps(1)
    assert peer.received() == [Answer(4711), Answer(4712, "No song is loaded there.")]


def test_a_status_says_all_of_it(booth: Booth, peer: Peer, tmp_path: Path) -> None:
    song = write_song(tmp_path / "a.song", coded(24_000))
    booth.load(2, song)
    peer.send(ENCODE(Subscribe(id=1)))
    peer.send(ENCODE(Schedule(id=2, segment=9, slot=2, song_frame=100)))
    booth.steps(1)
    status_now(booth)
    status = peer.received()[-1]
    assert isinstance(status, Status)
    assert (status.rate_hz, status.latency_frames, status.card, status.trouble) == (48_000, 126, "scripted", "")
    assert (status.playing, status.segment, status.slot, status.segments) == (True, 9, 2, 1)
    assert status.song_frame - 100 == status.clock > 0
    assert (status.slots[2].frames, status.slots[2].loaded_bytes) == (24_000, 24_000 * 6)
    assert [slot.state for slot in status.slots] == [0, 0, 3, 0, 0, 0, 0, 0]
    assert len(status.buses) == 2
    assert status.faults == type(status.faults)(0, 0, 0, 0, 0, 0, 0)
    assert status.worst_render_us > 0
    assert STATUS_INTERVAL_S == 0.05


def test_another_version_of_the_protocol_is_told_so(booth: Booth, peer: Peer) -> None:
    peer.send(ENCODE(Subscribe(id=1, protocol=PROTOCOL + 1)))
    booth.steps(1)
    (answer,) = peer.received()
    assert answer.refusal == f"The engine speaks version {PROTOCOL} of its protocol, not {PROTOCOL + 1}. Restart both."
    status_now(booth)
    assert peer.received() == []


def test_a_second_engine_is_refused_and_the_first_keeps_its_name(booth: Booth, peer: Peer, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Another engine is running already"):
        Link(tmp_path / "engine.sock")
    peer.send(ENCODE(Cut(id=1, fade_frames=0)))
    booth.steps(1)
    assert peer.received() == [Answer(1)]


def test_what_a_killed_engine_left_is_no_hindrance(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.bind(str(tmp_path / "engine.sock"))
    left.close()
    Link(tmp_path / "engine.sock").close()


def test_who_is_gone_is_forgotten_and_makes_room(booth: Booth, peer: Peer, tmp_path: Path) -> None:
    others = [Peer(tmp_path, f"{number}.sock", tmp_path / "engine.sock") for number in range(MAX_SUBSCRIBERS)]
    for other in others:
        other.send(ENCODE(Subscribe(id=1)))
    booth.steps(1)
    peer.send(ENCODE(Subscribe(id=2)))
    booth.steps(1)
    assert [a for a in peer.received() if isinstance(a, Answer)] == [
        Answer(2, f"The engine already reports to {MAX_SUBSCRIBERS} others.")
    ]
    others[0].close()
    status_now(booth)
    peer.send(ENCODE(Subscribe(id=3)))
    booth.steps(1)
    assert Answer(3) in peer.received()
    for other in others[1:]:
        other.close()


def test_who_does_not_read_costs_nobody_else(booth: Booth, peer: Peer, tmp_path: Path) -> None:
    deaf = Peer(tmp_path, "deaf.sock", tmp_path / "engine.sock")
    for one in (deaf, peer):
        one.send(ENCODE(Subscribe(id=1)))
    booth.steps(1)
    peer.received()
    for _ in range(400):
        status_now(booth)
        assert len(peer.received()) == 1
    deaf.close()


def test_a_connected_socket_is_told_that_it_would_hear_nothing(booth: Booth, peer: Peer) -> None:
    peer.socket.connect(peer.engine)
    peer.socket.send(ENCODE(Subscribe(id=1)))
    booth.steps(1)
    (answer,) = peer.received()
    assert answer.refusal.startswith("The engine cannot report to this socket")


def test_a_flood_costs_a_bounded_part_of_each_block(booth: Booth, peer: Peer) -> None:
    """Another process sends as fast as it can while blocks are played: they go on, and each takes only so many."""
    program = (
        "import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "while True:\n    s.sendto(b'\\xc1' * 30, sys.argv[1])\n"
    )
    flood = subprocess.Popen([sys.executable, "-c", program, peer.engine], stderr=subprocess.DEVNULL)
    try:
        most = 0
        while booth.engine.link.malformed < 20_000:
            before = booth.engine.link.malformed
            booth.steps(1)
            most = max(most, booth.engine.link.malformed - before)
        assert 0 < most <= MAX_PER_BLOCK <= 64
        assert booth.engine.status().faults.refused_commands == booth.engine.link.malformed
    finally:
        flood.kill()
        flood.wait()


def test_one_that_is_too_long_is_no_command(booth: Booth, peer: Peer) -> None:
    peer.send(ENCODE(SetGains(id=1, slot=0, gains=bytes(MAX_MESSAGE))))
    booth.steps(1)
    assert peer.received() == []
    assert booth.engine.status().faults.refused_commands == 1


VALID = [
    ENCODE(Load(id=1, slot=0, path="/nowhere/a.song")),
    ENCODE(SetGains(id=2, slot=0, gains=bytes(16))),
    ENCODE(Schedule(id=3, segment=1, slot=0, at=5, frames=9)),
    ENCODE(Cut(id=4, fade_frames=3)),
    ENCODE(Subscribe(id=5)),
]


@st.composite
def datagrams(draw: st.DrawFn) -> bytes:
    """Noise, and commands with a few bytes changed, cut off, or something behind them."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=60))
    data = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 3))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data) + draw(st.binary())


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(datagrams(), max_size=8))
@example([b"\x94\xa4Load\x01\x00\xa2\xff\xfe"])
@example([b"\x92\xa2\xff\xfe\x01"])
@example([b"\x91" * 60_000])
@example([b"\x92\xa9Subscribe\xcf\xff\xff\xff\xff\xff\xff\xff\xff"])
def test_noise_is_counted_and_never_heard_of_again(booth: Booth, peer: Peer, noise: list[bytes]) -> None:
    quits = ENCODE(Quit(id=0))[:6]
    for data in noise:
        if not data.startswith(quits):
            peer.send(data)
    before = booth.clock
    booth.steps(1)
    assert booth.clock == before + 256
    peer.received()
    peer.send(ENCODE(Cut(id=77, fade_frames=0)))
    booth.steps(1)
    assert Answer(77) in peer.received(), "a good command after noise must be obeyed"


def test_a_client_that_slept_still_gets_its_answer(booth: Booth, tmp_path: Path) -> None:
    """Its queue of statuses is full by then, and an answer would find no place."""
    import threading  # noqa: PLC0415 - the engine needs a thread of its own here and nowhere else

    from appliance.engine_client import EngineClient  # noqa: PLC0415

    thread = threading.Thread(target=booth.engine.run)
    booth.card.blocks = 4
    thread.start()
    client = EngineClient(tmp_path / "engine.sock")
    try:
        booth.engine._next_status = 0.0
        threading.Event().wait(1.2)
        client.send(Cut(id=client.next_id(), fade_frames=0))
        assert client.wait_for_status().clock > 0
    finally:
        client.send(Quit(id=client.next_id()))
        thread.join()
        client.close()
