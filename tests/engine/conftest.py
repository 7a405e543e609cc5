"""Booths that are taken down again."""

from collections.abc import Callable, Iterator

import pytest
from booth import Booth


@pytest.fixture
def open_booth() -> Iterator[Callable[..., Booth]]:
    """Makes booths; their engines end with the test."""
    booths: list[Booth] = []

    def made(*arguments: object, **options: object) -> Booth:
        booths.append(Booth(*arguments, **options))
        return booths[-1]

    yield made
    for booth in booths:
        booth.close()
