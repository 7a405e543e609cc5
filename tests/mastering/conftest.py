import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from click_library import imported_once

from appliance.demo import render_band
from appliance.songs.library import Library


def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def click_library(stick: Any, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The stick's whole songs."""
    folders = [stick.root / song["folder"] for song in stick.truth["songs"]]
    return imported_once(common_folder(tmp_path_factory), "stick-library", folders)


@pytest.fixture(scope="session")
def demo_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The built-in band, 20 s a song: the same to the sample on every beat."""
    common = common_folder(tmp_path_factory)
    with (common / "click-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (common / "click-demo").exists():
            render_band(common / "click-demo", 20.0, tools="builtin", workers=1)
    return imported_once(common, "demo-library", [common / "click-demo"])
