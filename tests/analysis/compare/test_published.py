"""The comparison of what this project publishes: nothing beats the recordings where they are what is compared with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from vggsound_omni.analysis.compare.comparison import Comparison, compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.analysis.compare.verdicts import verdict
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.results import result_of
from vggsound_omni.board.table import current
from vggsound_omni.metrics import metric_of

ROOT = Path(__file__).parents[3] / "leaderboard" / "results" / "foleyworld"
TRACKS = sorted(folder.name for folder in ROOT.iterdir())


@cache
def published(track: str) -> Comparison:
    rows = {f"{track}/{file.name}": read_submission(file) for file in sorted((ROOT / track).glob("*.json"))}
    return compare(systems([result_of(row) for row in current(rows)]))


@pytest.mark.parametrize("track", TRACKS)
def test_the_oracle_is_first_alone_or_tied_or_what_beats_it_is_said_to_be_fooled(track: str) -> None:
    found = published(track)
    (oracle,) = (system.name for system in found.systems if system.oracle)
    compared = set()
    for metric in found.metrics:
        spec = metric_of(metric.key)
        assert spec is not None
        if spec.better and oracle in metric.ranks:
            better = {name for name in metric.shown if name != oracle and metric.better(name, oracle)}
            assert set(metric.above) == (set() if "reference" in spec.sides else better), metric.key
            if metric.key in ("coverage", "likeness"):
                assert better <= {"retrieval"}, "its answers are the clips that the examples are of"
                continue
            assert not better or "reference" not in spec.sides, metric.key
            assert (metric.ranks[oracle].rank == 1) == (not better & set(metric.ranks)), metric.key
            for name in better:
                assert "above the recordings: saturated or fooled" in verdict(metric, metric.pair(name, oracle))
            compared.add(metric.key)
    assert compared >= {"event_f1", "fad", "kad"} | ({"kl"} if track != "bgm" else set())


@pytest.mark.parametrize("track", TRACKS)
def test_sentence_interval_and_p_never_contradict(track: str) -> None:
    for metric in published(track).metrics:
        for pair in metric.pairs:
            if pair.interval is None:
                assert not pair.apart
                continue
            low, high = pair.interval
            assert pair.p_adjusted is not None
            assert pair.apart == (pair.p_adjusted <= 0.05) == (low > 0 or high < 0)
            assert low <= pair.difference <= high
            assert ("cannot be distinguished" in verdict(metric, pair)) == (not pair.apart)


@pytest.mark.parametrize("track", ["t2a", "v2a", "vt2a"])
def test_recordings_of_other_items_have_no_distance_to_the_recordings(track: str) -> None:
    for metric in published(track).metrics:
        if metric.key in ("fd", "fad", "kad", "fd_inf"):
            assert "shuffled" in metric.absent, metric.key
