import json

import pytest

from appliance.demo import render_band, truth_path


@pytest.fixture(scope="session")
def band(tmp_path_factory):
    """The delivery by the built-in synthesiser, 20 s a song, and the truth about it."""
    folder = tmp_path_factory.mktemp("band") / "stick"
    render_band(folder, 20, tools="builtin", workers=1)
    return folder, json.loads(truth_path(folder).read_text())["songs"]
