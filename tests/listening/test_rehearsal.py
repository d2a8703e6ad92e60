"""A whole study of five systems on FoleyWorld, from runs to the board's table; nobody listens, and it says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from vggsound_omni.cli import command
from vggsound_omni.listening.human import published, read_human
from vggsound_omni.runs.plan import make_plan

SYSTEMS = ("oracle", "grammar", "shuffled", "noise", "silence")  # from the best: what simulated listeners prefer


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["pairs", "mos"])
def test_from_five_runs_to_the_boards_table(tmp_path: Path, kind: str) -> None:
    def bench(*words: object) -> str:
        done = CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    runs = [tmp_path / "runs" / name for name in SYSTEMS]
    for run in runs:
        bench("generate", "--track", "vt2a", "--model", run.name, "--limit", 18, "--output", run)
    study, answers = tmp_path / "study", tmp_path / "answers"
    size = ("--items", 14, "--trials", 12, "--listeners", 40)
    bench("listen", "design", *runs, "--kind", kind, *size, "--simulated", "--out", study)
    bench("listen", "simulate", study, "--out", answers, "--careless", 0.2)
    said = bench("listen", "score", study, answers)
    assert "SIMULATED: no person gave these answers." in said
    table = read_human(study / "outcome" / "human.json")
    assert table.simulated
    assert table.kind == kind
    assert table.left_out.get("gold", 0) + table.left_out.get("time", 0) >= 4, "the careless are out"
    assert table.items_sha256 == make_plan(table.suite, table.track).items_sha256
    for question in table.questions:
        names = [one.system for one in question.systems]
        values = dict(zip(names, (one.value for one in question.systems), strict=True))
        assert names[-1] == SYSTEMS[-1]
        places = {one.system: one.place for one in question.systems}
        assert places[SYSTEMS[0]].partition("-")[0] == "1", "nobody is shown to be better"
        assert all(abs(names.index(name) - place) <= 1 for place, name in enumerate(SYSTEMS)), "neighbours at most"
        assert np.corrcoef([values[name] for name in SYSTEMS], range(5))[0, 1] < -0.9
    (tmp_path / "human").mkdir()
    (tmp_path / "human" / "study.json").write_bytes((study / "outcome" / "human.json").read_bytes())
    ((), (sentence,)) = published(tmp_path)
    assert "simulated listeners, which are not published" in sentence
