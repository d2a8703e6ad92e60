"""A run folder that an earlier version began is finished and scored by this one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.media import write_flac
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import RunOptions, make_plan
from vggsound_omni.runs.score import score
from vggsound_omni.suites.suite import items_hash

GOLDEN = Path(__file__).parents[1] / "golden" / "run-1"
ITEMS_SHA256 = json.loads((GOLDEN / "run.json").read_text())["items_sha256"]
QUIET = Console(quiet=True)


@pytest.fixture
def older(tmp_path: Path) -> RunOptions:
    """Two of the items that were asked for then, and the options that ask for a third."""
    folder = tmp_path / "run"
    shutil.copytree(GOLDEN, folder)
    plan = make_plan("foleyworld", "t2a", 2)
    for name, before, now in (
        ("run.json", ITEMS_SHA256, items_hash(plan.suite.items())),
        *(("items.jsonl", f"fw-test-main-000{number}", plan.items[number].id) for number in range(2)),
    ):  # it was of FoleyWorld 1, whose items no longer are
        path = folder / name
        path.write_text(path.read_text("utf-8").replace(before, now), encoding="utf-8")
    for number in range(2):
        samples = np.random.default_rng(number).integers(-9000, 9000, (1, 8 * 16_000)) / 2**15
        audio = Audio(samples=samples.astype(np.float32), sample_rate=16_000)
        write_flac(folder / "audio" / f"{plan.items[number].id}.flac", audio)
    return RunOptions(track="t2a", model="noise", limit=3, output=folder)


def test_it_is_finished_and_what_is_there_stays(older: RunOptions) -> None:
    before = (older.output / "items.jsonl").read_bytes()
    plan = generate(older, QUIET)
    after = (older.output / "items.jsonl").read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == 3
    result = score(older.output, QUIET)
    assert (result.schema_version, result.kit, result.encoder_set) == (3, "omni", "foleyworld")
    assert (result.counts.scored, result.failures) == (3, [])
    assert result.items_sha256 == plan.items_sha256 != ITEMS_SHA256
    assert RunFolder(older.output).aliases(["a"]) == RunFolder(GOLDEN).aliases(["a"]), "its secret lasts"


def test_it_is_scored_as_it_is(older: RunOptions) -> None:
    result = score(older.output, QUIET)
    assert (result.counts.planned, result.counts.scored) == (2, 2)
    assert result.scores["kl"].n == 2
    assert result.model["label"] is None


def test_it_is_still_of_its_suite_alone(older: RunOptions) -> None:
    shutil.copy(GOLDEN / "run.json", older.output)
    with pytest.raises(UserError, match="suite foleyworld has changed since the run"):
        generate(older, QUIET)
    with pytest.raises(UserError, match="suite foleyworld has changed since the run"):
        score(older.output, QUIET)


def test_a_run_of_a_later_version_is_one_sentence(older: RunOptions) -> None:
    run = older.output / "run.json"
    run.write_text(run.read_text().replace('"version": 1,', '"version": 3,', 1))
    with pytest.raises(UserError, match=r"run\.json was written by a later version of this program: update it\."):
        generate(older, QUIET)
