"""Many sources of input behind one file descriptor, and devices that come and go."""

import contextlib
import os
import select
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

OnReady = Callable[[], None]


class Poller:
    """Calls back for each descriptor that has something to read. Its own descriptor is readable when any of them is."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._callbacks: dict[int, OnReady] = {}

    def fileno(self) -> int:
        """For the caller's ``select``."""
        return self._epoll.fileno()

    def add(self, fd: int, on_ready: OnReady) -> None:
        """Watch a descriptor. Raises OSError where it cannot be watched."""
        self._epoll.register(fd, select.EPOLLIN)
        self._callbacks[fd] = on_ready

    def remove(self, fd: int) -> None:
        """To be called before the descriptor is closed."""
        if self._callbacks.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def run(self) -> None:
        """Call back for what is ready now; never waits."""
        for fd, _ in self._epoll.poll(0):
            callback = self._callbacks.get(fd)  # an earlier callback may have removed it
            if callback is not None:
                callback()

    def close(self) -> None:
        """The watched descriptors stay open."""
        self._epoll.close()
        self._callbacks.clear()


T = TypeVar("T")


class Mailbox(Generic[T]):
    """What other threads have to say, for the thread that polls."""

    def __init__(self, poller: Poller, receive: Callable[[T], None]) -> None:
        self._items: deque[T] = deque()
        self._receive = receive
        self._poller = poller
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        poller.add(self._fd, self._empty)

    def put(self, item: T) -> None:
        """From any thread; never waits."""
        self._items.append(item)
        with contextlib.suppress(BlockingIOError):  # 2^64 - 2 wake-ups are pending: it will wake all the same
            os.eventfd_write(self._fd, 1)

    def _empty(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._fd)
        while self._items:
            self._receive(self._items.popleft())

    def close(self) -> None:
        """Nothing may be put any more."""
        self._poller.remove(self._fd)
        os.close(self._fd)


class Port(Protocol):
    """An open device."""

    def fileno(self) -> int: ...
    def close(self) -> None: ...


P = TypeVar("P", bound=Port)


class Ports(Generic[P]):
    """The devices of a folder such as /dev/input: opened when they appear, dropped when they vanish.

    ``open_port`` gives None for a device that is none of ours; it is asked again only if the file changes, as it does
    when its permissions are set. ``read`` is called when there is something to read and may raise OSError, which means
    that the device is gone. ``gone`` hears of every port that was open.
    """

    def __init__(
        self,
        poller: Poller,
        folder: Path,
        pattern: str,
        open_port: Callable[[Path], P | None],
        read: Callable[[P], None],
        gone: Callable[[P], None],
    ) -> None:
        self._poller = poller
        self._folder = folder
        self._pattern = pattern
        self._open_port = open_port
        self._read = read
        self._gone = gone
        self._open: dict[Path, P] = {}
        self._not_ours: dict[Path, tuple[int, int]] = {}

    def scan(self) -> None:
        """Look what came and went. What cannot be opened yet is tried again the next time."""
        here = set(self._folder.glob(self._pattern)) if self._folder.is_dir() else set()
        for path in [path for path in self._open if path not in here]:
            self._drop(path)
        for path in sorted(here - self._open.keys()):
            with contextlib.suppress(OSError):
                self._look_at(path)

    def _look_at(self, path: Path) -> None:
        stat = path.stat()
        seen = (stat.st_ino, stat.st_ctime_ns)
        if self._not_ours.get(path) == seen:
            return
        port = self._open_port(path)
        if port is None:
            self._not_ours[path] = seen
            return
        self._not_ours.pop(path, None)
        try:
            self._poller.add(port.fileno(), lambda: self._ready(path))
        except OSError:
            port.close()
            raise
        self._open[path] = port

    def _ready(self, path: Path) -> None:
        try:
            self._read(self._open[path])
        except OSError:
            self._drop(path)

    def _drop(self, path: Path) -> None:
        port = self._open.pop(path)
        self._poller.remove(port.fileno())
        self._gone(port)
        with contextlib.suppress(OSError):
            port.close()

    def close(self) -> None:
        """All of them."""
        for path in list(self._open):
            self._drop(path)

    @property
    def open_ports(self) -> list[P]:
        """Those that are open now."""
        return list(self._open.values())
