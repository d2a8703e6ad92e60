"""The ceilings of the truth metrics in the documentation are those of the published rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vggsound_omni.board.submission import Submission
from vggsound_omni.board.table import current
from vggsound_omni.metrics import METRICS
from vggsound_omni.metrics.metric import TruthOf

ROOT = Path(__file__).parents[2]


def test_ceilings_in_the_documentation_are_those_of_the_published_recordings() -> None:
    (table,) = re.findall(r"### Ceilings\n.*?\n\| \|(.*?)\n\n", (ROOT / "docs" / "metrics.md").read_text("utf-8"), re.S)
    head, _, *rows = table.splitlines()
    tracks = re.findall(r"`(\w+)`", head)
    keys = [re.findall(r"`(\w+)`", row)[0] for row in rows]
    assert set(keys) == {m.key for m in METRICS.values() if any(isinstance(need, TruthOf) for need in m.needs)}
    for number, track in enumerate(tracks):
        paths = (ROOT / "leaderboard" / "results" / "foleyworld" / track).glob("oracle@*.json")
        rows_there = {f"{track}/{path.name}": Submission.model_validate_json(path.read_text("utf-8")) for path in paths}
        (oracle,) = current(rows_there)
        scores = oracle.scores
        for key, row in zip(keys, rows, strict=True):
            said = row.split("|")[2 + number].strip()
            found = scores.get(key)
            assert (said == "") == (found is None or found.value is None), (track, key)
            if said and found is not None:
                assert found.value == pytest.approx(float(said), rel=6e-3), (track, key)
