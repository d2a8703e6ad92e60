"""What a study says of numbers that are known beforehand."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from reference_model.components import Components
from reference_model.generator import WEIGHTS
from reference_model.study import report
from reference_model.study.arms import ARMS
from reference_model.study.evaluate import Run
from reference_model.study.findings import CLAIMS, check
from reference_model.study.presets import PRESETS
from reference_model.study.summary import Summary, summary
from reference_model.study.train import Study
from tests.analysis.compare.runs import named, run
from vggsound_omni.board.packing import read_card
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.runs.result import Result

ITEMS = 40
BETTER = {"t2a-only": 0.3, "apart-20": 0.4, "apart-40": 0.6, "bridge": 0.8, "oracle": 0.95}
"""event_f1 on t2a; FAD falls by 100 times as much."""


def results(rng: np.random.Generator, between_seeds: float = 0.01) -> list[tuple[Run, Result]]:
    found = []
    for name, mean in BETTER.items():
        for seed in (0, 1, 2) if name in ARMS else (None,):
            options = RunOptions(track="t2a", model="ref", output=Path(name))
            values = mean + rng.normal(0, between_seeds) + rng.normal(0, 0.05, ITEMS)
            influence = rng.normal(0, 5.0, ITEMS)
            sets = {"fad": (100 - 100 * mean + 3.0, named(influence - influence.mean()), 3.0)}
            model = {"name": "ref", "label": f"{name}-seed{seed}", "arguments": {}, "card": {"version": str(seed)}}
            one = run(items={"event_f1": named(values)}, sets=sets, encoder_set="foleyworld")
            one = one.model_copy(update={"model": model})
            found.append((Run(system=name, seed=seed, options=options), one))
    return found


@pytest.fixture(scope="module")
def found() -> Summary:
    return summary(results(np.random.default_rng(0)))


def test_seeds_of_one_way_of_training_are_one_row(found: Summary) -> None:
    number = found.number("bridge", "t2a", "event_f1")
    assert number is not None
    assert (number.seeds, number.items) == (3, ITEMS)
    assert number.low < 0.8 < number.high
    fad = found.number("bridge", "t2a", "fad")
    assert fad is not None
    assert fad.estimate == pytest.approx(20, abs=1e-6)  # less its bias


def test_seeds_that_differ_widen_the_interval() -> None:
    wide = summary(results(np.random.default_rng(0), between_seeds=0.1)).number("bridge", "t2a", "event_f1")
    narrow = summary(results(np.random.default_rng(0), between_seeds=0.0)).number("bridge", "t2a", "event_f1")
    assert wide is not None
    assert narrow is not None
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


@pytest.mark.parametrize(("metric", "expected"), [("event_f1", 0.2), ("fad", 20.0)])
def test_a_difference_is_positive_where_the_first_is_better(found: Summary, metric: str, expected: float) -> None:
    number, back = (found.difference(*pair, "t2a", metric) for pair in (("bridge", "apart-40"), ("apart-40", "bridge")))
    assert number is not None
    assert back is not None
    assert number.low < expected < number.high
    assert number.low > 0 > back.high
    assert back.estimate == pytest.approx(-number.estimate)


def test_what_is_not_run_or_not_finished_has_no_difference(found: Summary) -> None:
    assert found.difference("bridge", "s1-s2", "t2a", "fad") is None
    runs = [one for one in results(np.random.default_rng(0)) if (one[0].system, one[0].seed) != ("bridge", 2)]
    assert summary(runs).difference("bridge", "apart-40", "t2a", "fad") is None


def test_table_findings_plot_and_cards_are_written(found: Summary, tmp_path: Path) -> None:
    study = Study(tmp_path, PRESETS["laptop"], WEIGHTS, Components.load(WEIGHTS), Console(quiet=True))
    arms, checked = list(ARMS.values()), check(found)
    report.write(study, arms, found, checked)
    table = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert [line.split(" | ")[0] for line in table if line.startswith("| ")] == [
        *("| t2a", "| ---", "| T2A only", "| T2A .20 + V2A .80", "| T2A .40 + V2A .60", "| S2 only: the bridge"),
        "| oracle",
    ]
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["metric"] for row in rows} == {"event_f1", "fad"}
    verdicts = {(one.claim.better, one.claim.worse, one.claim.track, one.claim.metric): one.verdict for one in checked}
    assert verdicts["apart-40", "apart-20", "t2a", "fad"] == "confirmed"
    assert verdicts["bridge", "apart-40", "t2a", "event_f1"] == "confirmed"
    assert verdicts["s1-s2", "bridge", "vt2a", "fd"] == "not run"
    assert "confirmed" in (tmp_path / "findings.md").read_text(encoding="utf-8")
    assert "T2A only" in (tmp_path / "study.svg").read_text(encoding="utf-8")
    card = read_card(tmp_path / "cards" / "bridge.toml")
    assert (card.name, card.version) == ("dilemma-bridge", "laptop-seed0")


def test_what_is_shown_fits_80_columns(found: Summary, tmp_path: Path) -> None:
    study = Study(tmp_path, PRESETS["laptop"], WEIGHTS, Components.load(WEIGHTS), Console(quiet=True))
    out = StringIO()
    report.show(study, list(ARMS.values()), found, check(found), Console(width=80, file=out))
    text = out.getvalue()
    assert "S2 only: the bridge" in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_page_shows_the_numbers_of_the_study() -> None:
    docs = Path(__file__).parents[2] / "docs"
    with (docs / "generalist-dilemma.csv").open(newline="", encoding="utf-8") as file:
        found = {(row["model"], row["track"], row["metric"]): row for row in csv.DictReader(file)}
    page = (docs / "generalist-dilemma.md").read_text(encoding="utf-8")
    counts = re.search(
        r"Of (\d+) claims, (\d+) are confirmed, (\d+) is opposite, (\d+) are not seen and (\d+) not", page
    )
    claims = page[page.index("## All claims") :]
    verdicts = [claims.count(f"| {verdict} |") for verdict in ("confirmed", "opposite", "not seen", "not measured")]
    assert counts is not None
    assert [*map(int, counts.groups())] == [len(CLAIMS), *verdicts]
    page = page[page.index("| | `t2a`, event F1 ") :]
    head = page.partition("\n")[0]
    columns = [(track, metric.replace(" ", "_").lower()) for track, metric in re.findall(r"`(\w+)`, ([\w ]+) \|", head)]
    rows = re.findall(r"^\| `([\w-]+)` (\|.*0\.\d\d.*)\|$", page, flags=re.M)
    assert [name for name, _ in rows] == [*ARMS, *PRESETS["laptop"].baselines]
    for name, cells in rows:
        for (track, metric), cell in zip(columns, cells.split("|")[1:], strict=True):
            row = found.get((name, track, metric))
            numbers = [f"{float(row[key]):.2f}" for key in ("estimate", "low", "high")] if row else []
            assert re.findall(r"[\d.]+", cell) == numbers[: 3 if name in ARMS else 1], (name, track)
