"""A disk that stalls, fails or lies: silence, the place moves on, and stems and click never part."""

import re
from pathlib import Path

import pytest
from disk import HERE, CannotBuildError, build, run_scenario

NAMES = re.findall(r"^def ([a-z]\w+)\(folder: Path\)", (HERE / "scenarios.py").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return build(tmp_path_factory.mktemp("stall"))
    except CannotBuildError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", NAMES)
def test_scenario(name: str, library: Path, tmp_path: Path) -> None:
    run = run_scenario(name, library, tmp_path)
    assert run.returncode == 0, run.stderr


def test_the_disk_really_is_in_between(library: Path, tmp_path: Path) -> None:
    """The count of reads that the scenarios rely on is of real reads."""
    assert len(NAMES) == 6
    run_scenario("a_cued_song_touches_no_disk", library, tmp_path)
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 6
    assert all(line.startswith("a.song ") for line in lines)
