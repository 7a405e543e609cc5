"""Mastering on several machines at once, for a studio that keeps hundreds of sets: the work goes to a Dask cluster.

Every machine must see the library under the same path, as a shared folder, and have this version of Sidestage.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from appliance.errors import SidestageError
from appliance.workers import Heard

Task = TypeVar("Task")
Result = TypeVar("Result")

CONNECT_S = 10.0


class Cluster:
    """A runner (see ``jobs.Runner``). The connection lasts as long as the ``with`` block."""

    def __init__(self, address: str) -> None:
        """Raises SidestageError where Dask is not installed or nobody answers at ``tcp://host:port``."""
        try:
            import distributed  # noqa: PLC0415 - an optional extra; it takes a second to load
        except ImportError as error:
            raise SidestageError('Dask is not installed. Install it with: pip install "sidestage[studio]"') from error
        self._dask: Any = distributed  # its functions carry no types
        try:
            self._client = self._dask.Client(address, timeout=CONNECT_S)
        except (OSError, ValueError) as error:
            raise SidestageError("There is no Dask scheduler.", address) from error

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *raised: object) -> None:
        self._client.close()

    def __call__(
        self,
        work: Callable[[Task], Result],
        tasks: Iterable[Task],
        heard: Heard,  # noqa: ARG002 - what another machine is at is not told; that it is done, the caller sees
    ) -> Iterator[tuple[Task, Result | None]]:
        futures = {self._client.submit(work, task, pure=False): task for task in tasks}
        try:
            for future in self._dask.as_completed(list(futures)):
                task = futures.pop(future)
                result: Result | None = None
                with contextlib.suppress(self._dask.KilledWorker):
                    result = future.result()
                yield task, result
        finally:
            self._client.cancel(list(futures))
