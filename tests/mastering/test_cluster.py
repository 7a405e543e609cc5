"""The same work on a Dask cluster: two worker processes on this machine, reached over the loopback."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from mastering.bands import master, rig, usual_band

from appliance.errors import PreparedSongError, SidestageError
from appliance.mastering.cluster import Cluster
from appliance.mastering.jobs import Listed, master_set
from appliance.songs.mastered import mastered_path
from appliance.workers import Message

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what Dask's own imports deprecate is not ours
    from distributed import LocalCluster


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_two_workers_master_as_one_process_does(address: str, tmp_path: Path) -> None:
    songs = [usual_band(tmp_path, f"Song {n}", -18.0 - 5 * n, seconds=6.0, seed=n) for n in range(3)]
    here = master(rig(), *songs)
    for song in songs:
        mastered_path(song).unlink()
        song.path.with_name(f"measured-{song.rate_hz}.json").unlink()
    broken = usual_band(tmp_path, "Broken", -20.0, seconds=6.0)
    broken.path.write_bytes(broken.path.read_bytes()[:-1000])
    heard: list[Message] = []
    listed = [Listed(title=song.metadata.title, offset_lu=0.0, song=song) for song in [*songs, broken]]
    with Cluster(address) as cluster:
        mastered = master_set(rig(), rig().mastering, listed, cluster, heard.append)
    assert list(mastered.results) == here
    assert all(mastered_path(song).exists() for song in songs)
    (failed,) = mastered.failed
    assert isinstance(failed, PreparedSongError)
    assert {key for key, _, done in heard if done == 1.0} == {str(song.path) for song in songs}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_nobody_at_that_address_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.mastering.cluster.CONNECT_S", 0.5)
    with pytest.raises(SidestageError, match="There is no Dask scheduler") as refused:
        Cluster("tcp://127.0.0.1:9")
    assert refused.value.subject == "tcp://127.0.0.1:9"
