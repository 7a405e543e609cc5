"""The whole delivery: five songs, rendered side by side, and the truth about them for those who test importers."""

import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Literal

from appliance import storage
from appliance.demo import builtin, midi
from appliance.demo.charts import CHARTS, Chart, arrange
from appliance.demo.click_guide import click_track, guide_track
from appliance.demo.delivery import Delivery
from appliance.errors import StorageError

Tools = Literal["auto", "debian", "builtin"]
Progress = Callable[[str, int, int], None]
"""Called after each song with its title, how many are done, and of how many."""

SETLIST = "Copper Kites\nTwo Lamps\nsalz & sand\n\nA song they never recorded\nTin Parade\n"
"""As a singer types it: not every name is right."""


def truth_path(folder: Path) -> Path:
    """Beside the delivery, never in it: an importer must find out by itself."""
    return folder.parent / "truth.json"


def render_band(
    folder: Path,
    seconds: float = 60.0,
    progress: Progress | None = None,
    tools: Tools = "auto",
    workers: int | None = None,
) -> None:
    """Write the band's delivery into ``folder``, which must not exist or be empty, and truth.json beside it.

    ``tools``: ``debian`` plays with MMA and FluidSynth, ``builtin`` with this package alone, ``auto`` with what is
    there. The same arguments give the same sound. ``workers`` is how many songs are rendered at a time; by default
    one per core, and 1 starts no other process. Raises StorageError where the folder is in use or the disk refuses.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StorageError("There is something in this folder already; name a new one.", str(folder))
    with storage.storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent)
    with scratch as parent:
        staged = Path(parent) / folder.name
        staged.mkdir()
        chosen: Tools = tools if tools != "auto" else "debian" if midi.available() else "builtin"
        truths: dict[str, dict[str, Any]] = {}
        for truth in _rendered(staged, seconds, chosen, workers):
            truths[truth["title"]] = truth
            if progress:
                progress(truth["title"], len(truths), len(CHARTS))
        (staged / "setlist.txt").write_text(SETLIST, encoding="utf-8")
        storage.publish_folder(staged, folder)
    songs = [truths[chart.title] for chart in CHARTS]
    text = json.dumps({"tools": chosen, "songs": songs, "broken": []}, indent=1, ensure_ascii=False)
    storage.write_bytes(truth_path(folder), text.encode())


def _rendered(staged: Path, seconds: float, tools: Tools, workers: int | None) -> Iterator[dict[str, Any]]:
    """The truth about each song as soon as it is written."""
    processes = min(workers or os.cpu_count() or 1, len(CHARTS))
    if processes == 1:
        for chart in CHARTS:
            yield _song(chart, staged, seconds, tools)
        return
    # Fresh processes: a forked one would inherit the threads of whoever calls in an unknown state.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        jobs = [pool.submit(_song, chart, staged, seconds, tools) for chart in CHARTS]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _song(chart: Chart, staged: Path, seconds: float, tools: Tools) -> dict[str, Any]:
    arrangement = arrange(chart, seconds)
    stems = midi.play(arrangement) if tools == "debian" else builtin.play(arrangement)
    click = click_track(arrangement, chart.click_rate_hz or chart.rate_hz)
    guide = guide_track(arrangement, builtin=tools == "builtin")
    folder = staged / chart.folder
    with storage.storage_errors(folder):
        folder.mkdir()
        return Delivery(arrangement, folder).write(stems, click, guide)
