"""Whatever comes over the control socket: answered, refused, counted; and never waited for."""

import selectors
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.conductor.server import MAX_STRIKES, STALLED_S, ControlServer
from appliance.control import schema
from appliance.control.commands import Command, Goto, Play
from appliance.errors import EngineError

STATE = schema.State(
    state="cued", sentence="Ash is cued.", trouble="", setlist="Friday", place=0, songs=(), waiting=False,
    click_only=False, position_s=0.0,
)  # fmt: skip


class Desk:
    """A server that is stepped by hand, on a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.now = 100.0
        self.obeyed: list[Command] = []
        self.selector = selectors.DefaultSelector()
        self.server = ControlServer(
            folder / "run" / "control.sock", self.selector, self._obey, lambda: STATE, lambda: self.now
        )

    def _obey(self, request: schema.Request) -> schema.Answer:
        self.obeyed.append(request)
        return schema.Answer(id=request.id, done=True, sentence="Ash plays.")

    def step(self) -> None:
        while ready := self.selector.select(0):
            for key, _ in ready:
                key.data()

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(str(self.server.path))
        client.setblocking(False)
        self.step()
        return client

    def say(self, client: socket.socket, data: bytes) -> None:
        """In pieces that the system takes."""
        while data:
            try:
                data = data[client.send(data) :]
            except BlockingIOError:
                self.step()
            except (BrokenPipeError, ConnectionResetError):
                break
        self.step()

    @staticmethod
    def read(client: socket.socket) -> list[schema.AnyReport]:
        data = b""
        try:
            while more := client.recv(1 << 16):
                data += more
        except (BlockingIOError, ConnectionResetError):
            pass
        return [msgspec.json.decode(line, type=schema.AnyReport) for line in data.split(b"\n")[:-1]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.server.close()
    desk.selector.close()


@pytest.fixture
def connect(desk: Desk) -> Iterator[Callable[[], socket.socket]]:
    clients: list[socket.socket] = []

    def connect() -> socket.socket:
        clients.append(desk.connect())
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def answers(reports: list[schema.AnyReport]) -> list[schema.Answer]:
    return [each for each in reports if isinstance(each, schema.Answer)]


def test_a_request_has_its_answer_and_a_line_may_come_in_pieces(desk: Desk, connect) -> None:
    client = connect()
    desk.say(client, b'{"command":"play","id":7}\n{"command":"go')
    desk.say(client, b'to","number":5,"id":8}\r\n\n')
    assert desk.obeyed == [Play(id=7), Goto(id=8, number=5)]
    reports = desk.read(client)
    assert reports[0] == schema.Hello(protocol=schema.PROTOCOL)
    assert [(each.id, each.done) for each in answers(reports)] == [(7, True), (8, True)]


def test_the_state_comes_when_it_is_asked_for_and_news_only_to_subscribers(desk: Desk, connect) -> None:
    asks, listens, meters = connect(), connect(), connect()
    desk.say(asks, b'{"command":"status"}\n')
    desk.say(listens, b'{"command":"subscribe"}\n')
    desk.say(meters, b'{"command":"subscribe","meters":true}\n')
    desk.server.tell(schema.Event(sentence="The engine is gone."))
    desk.server.tell(schema.Meters(position_s=1.0, buses=()))
    kinds = [[type(each).__name__ for each in desk.read(client)] for client in (asks, listens, meters)]
    assert kinds[0] == ["Hello", "Answer", "State"]
    assert kinds[1] == [*kinds[0], "Event"]
    assert kinds[2] == [*kinds[1], "Meters"]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense", b"[]", b"{}", b'{"command":"explode"}', b'{"command":"play","volume":11}', b'{"command":"goto"}',
        b'{"command":"goto","number":0}', b'{"command":"goto","number":1e3}', b'{"command":"fade_out","seconds":1e9}',
        b'{"command":"section","name":""}', b'{"command":"play","id":-1}', b"\xff\xfe\x00", b"[" * 4_000,
        b'{"command":"play","id":"x"}',
        b'{"command":"section","name":"' + b"a" * 1_000 + b'"}', b'{"command":"play"}' + b" " * 5_000,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_counted_and_the_next_is_obeyed(desk: Desk, connect, line: bytes) -> None:
    client = connect()
    desk.say(client, line + b"\n" + b'{"command":"play","id":1}\n')
    first, second = answers(desk.read(client))
    assert not first.done
    assert first.sentence.endswith(".")
    assert (second.id, second.done) == (1, True)
    assert (desk.server.refused, desk.obeyed) == (1, [Play(id=1)])


def test_a_refusal_tells_whose_it_is(desk: Desk, connect) -> None:
    client = connect()
    desk.say(client, b'{"command":"explode","id":12}\n')
    assert answers(desk.read(client))[0].id == 12


def test_a_line_without_an_end_ends_the_connection(desk: Desk, connect) -> None:
    client = connect()
    desk.say(client, b"x" * (schema.MAX_LINE + 1))
    assert not desk.server.clients
    assert desk.server.refused == 1


def test_a_flood_is_refused_and_the_others_are_served(desk: Desk, connect) -> None:
    flood, other = connect(), connect()
    desk.say(flood, b'{"command":"play"}\n' * 2_000)
    assert schema.REQUESTS_PER_SECOND <= len(desk.obeyed) <= schema.REQUESTS_PER_SECOND + 1
    assert desk.server.refused == MAX_STRIKES
    assert len(desk.server.clients) == 1, "the one that floods is gone"
    desk.say(other, b'{"command":"play","id":3}\n')
    assert answers(desk.read(other))[0].done


def test_the_rate_recovers(desk: Desk, connect) -> None:
    client = connect()
    desk.say(client, b'{"command":"play"}\n' * schema.REQUESTS_PER_SECOND)
    desk.say(client, b'{"command":"play"}\n')
    desk.now += 1.0
    desk.say(client, b'{"command":"play"}\n' * schema.REQUESTS_PER_SECOND)
    done = [each.done for each in answers(desk.read(client))]
    assert (done.count(True), done.count(False)) == (2 * schema.REQUESTS_PER_SECOND, 1)


def test_more_clients_than_there_may_be_are_turned_away(desk: Desk, connect) -> None:
    clients = [connect() for _ in range(schema.MAX_CLIENTS + 3)]
    assert len(desk.server.clients) == schema.MAX_CLIENTS
    assert desk.read(clients[-1]) == []
    clients[0].close()
    desk.step()
    assert desk.read(connect())[0] == schema.Hello()


def test_a_client_that_does_not_read_gets_the_newest_and_is_let_go_in_the_end(desk: Desk, connect) -> None:
    slow, quick = connect(), connect()
    for client in (slow, quick):
        desk.say(client, b'{"command":"subscribe","meters":true}\n')
    desk.read(quick)
    buses = tuple(
        schema.Bus(name="x" * 40, sample_peak_dbfs=-1.0, true_peak_dbtp=-1.0, rms_dbfs=-9.0, momentary_lufs=-9.0,
                   gain_reduction_db=0.0) for _ in range(16)
    )  # fmt: skip
    for number in range(2_000):
        desk.server.tell(schema.Meters(position_s=float(number), buses=buses))
        assert desk.read(quick)[-1].position_s == number
    waits = next(client for client in desk.server.clients if client.stuck_since is not None)
    assert len(waits.queue) + len(waits.newest) <= 1
    seen = [each for each in desk.read(slow) if isinstance(each, schema.Meters)]
    desk.step()
    seen += [each for each in desk.read(slow) if isinstance(each, schema.Meters)]
    assert len(seen) < 1_999, "what was not read in time was replaced"
    for number in range(2_000):
        desk.server.tell(schema.Meters(position_s=float(number), buses=buses))
        desk.read(quick)
    desk.now += STALLED_S + 1
    desk.server.drop_stuck()
    assert len(desk.server.clients) == 1


def test_another_conductor_is_refused(desk: Desk) -> None:
    with pytest.raises(EngineError, match="Another conductor"):
        ControlServer(desk.server.path, desk.selector, desk._obey, lambda: STATE, lambda: 0.0)


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=200),
        st.just(b"\n"),
        st.sampled_from([b'{"command":"play"}\n', b'{"command":', b'"subscribe"', b"[[[[", b"null\n", b'"\\ud800"\n']),
        st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=5)), max_size=4).map(
            lambda each: msgspec.json.encode(each) + b"\n"
        ),
    ),
    max_size=30,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=PIECES)
def test_no_bytes_at_all_can_harm_it(desk: Desk, pieces: list[bytes]) -> None:
    client = desk.connect()
    for piece in pieces:
        desk.say(client, piece)
    client.close()
    desk.step()
    with desk.connect() as good:
        desk.now += 60
        desk.say(good, b'{"command":"play","id":5}\n')
        assert answers(desk.read(good)) == [schema.Answer(id=5, done=True, sentence="Ash plays.")]
    desk.step()
    assert not desk.server.clients


def test_the_schema_describes_what_is_sent() -> None:
    described = schema.json_schema()
    assert "$defs" in described
    assert set(described["$defs"]["Request"]["discriminator"]["mapping"]) >= {"play", "goto", "section", "subscribe"}
    assert described["$defs"]["GotoSection"]["additionalProperties"] is False
