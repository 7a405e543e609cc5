"""No code of the audio side looks at the wall clock: a step of it must change nothing that is heard or shown."""

import ast
import re
from pathlib import Path

import pytest

import appliance

ROOT = Path(appliance.__file__).parent
FILES = sorted([*ROOT.glob("engine/*.py"), *ROOT.glob("kernel/*.py")])
FORBIDDEN = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "clock_gettime", "CLOCK_REALTIME"},
    "datetime": {"*"},
    "date": {"*"},
}


def looks_at_the_wall(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = FORBIDDEN.get(node.value.id, set())
            if node.attr in names or "*" in names:
                found.append(f"{node.value.id}.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module in {"time", "datetime"}:
            wrong = [n.name for n in node.names if node.module == "datetime" or n.name in FORBIDDEN["time"]]
            found += [f"{node.module}.{name}" for name in wrong]
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name == "datetime"]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_python_knows_only_the_monotonic_clock(path: Path) -> None:
    assert looks_at_the_wall(path.read_text()) == []


def test_c_knows_no_clock_at_all() -> None:
    sources = sorted((ROOT.parent / "native" / "src").glob("*.[ch]"))
    assert sources
    for source in sources:
        called = re.findall(r"\b(clock_gettime|gettimeofday|time|clock|localtime)\s*\(", source.read_text())
        assert called == [], source.name


def test_the_search_finds_what_it_looks_for() -> None:
    for source in (
        "import time\ntime.time()",
        "from time import time",
        "import datetime",
        "from datetime import datetime",
        "import time\ntime.clock_gettime(time.CLOCK_REALTIME)",
    ):
        assert looks_at_the_wall(source)
    assert not looks_at_the_wall("import time\ntime.monotonic()\ntime.sleep(1)")
