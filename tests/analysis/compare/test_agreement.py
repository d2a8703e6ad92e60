"""Agreement with human scores: the coefficients, their levels and intervals, and wrong files."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.analysis.compare.agreement import Agreement, Agreements, agree
from vggsound_omni.analysis.compare.human_scores import HumanScores, read_human_scores
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.cli.agree import command
from vggsound_omni.errors import UserError
from vggsound_omni.runs.result import write_result
from vggsound_omni.stats.correlation import kendall_tau_b, pearson

from .runs import named, run

RNG = np.random.default_rng
DRAWS = 200
integers = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=12)


def agreements(metric: dict[str, np.ndarray], human: dict[str, np.ndarray], key: str = "kl") -> Agreements:
    """Of models with scores of items, and people's."""
    runs = [run(name, items={key: named(scores)}) for name, scores in metric.items()]
    said = HumanScores(scores={name: named(scores) for name, scores in human.items()}, raters=1)
    return agree(systems(runs), said, RNG(0), draws=DRAWS)


def level(found: Agreements, name: str) -> Agreement:
    return next(row for row in found.rows if row.level == name)


@settings(deadline=None)
@given(integers)
def test_tau_b_counts_pairs_and_takes_ties_into_account(points: list[tuple[int, int]]) -> None:
    x, y = np.array(points, float).T
    signs = [(np.sign(a[0] - b[0]), np.sign(a[1] - b[1])) for a, b in combinations(points, 2)]
    untied = math.prod(sum(pair[side] != 0 for pair in signs) for side in (0, 1))
    if untied:
        assert kendall_tau_b(x, y) == pytest.approx(sum(a * b for a, b in signs) / math.sqrt(untied))
        assert pearson(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_full_agreement_is_1_whichever_way_is_better() -> None:
    scores = {name: level + RNG(0).normal(size=10) for name, level in (("a", 0), ("b", 3), ("c", 9))}
    for key, sign in (("kl", -1.0), ("ms_clap", 1.0)):
        found = agreements(scores, {name: sign * each for name, each in scores.items()}, key)
        for row in found.rows:
            assert row.kendall is not None
            assert row.pearson is not None
            assert [row.kendall.value, row.pearson.value] == pytest.approx([1, 1]), row.level
            assert row.level == "system" or row.pearson.interval == pytest.approx((1, 1))


def test_what_only_systems_differ_by_counts_at_clip_level_and_not_within_systems() -> None:
    rng = RNG(1)
    metric = {name: 10.0 * place + rng.normal(size=60) for place, name in enumerate("abc")}
    found = agreements(metric, {name: 10.0 * place + rng.normal(size=60) for place, name in enumerate("abc")}, "pq")
    overall, within = level(found, "clip").pearson, level(found, "clip within system").pearson
    assert overall is not None
    assert within is not None
    assert within.interval is not None
    assert overall.value > 0.95
    assert within.interval[0] < 0 < within.interval[1]


def test_the_interval_is_fishers_where_that_holds() -> None:
    x, noise = RNG(0).normal(size=(2, 200))
    row = level(agreements({"a": x}, {"a": 0.6 * x + 0.8 * noise}, "pq"), "clip")
    assert row.pearson is not None
    assert row.pearson.interval is not None
    centre, half = math.atanh(row.pearson.value), 1.96 / math.sqrt(197)
    assert row.pearson.interval == pytest.approx((math.tanh(centre - half), math.tanh(centre + half)), abs=0.04)


def test_systems_are_too_few_until_they_are_not() -> None:
    def found(count: int) -> Agreement:
        rng = RNG(2)
        metric = {f"s{i}": 4 * i + rng.normal(size=15) for i in range(count)}
        return level(
            agreements(metric, {name: each + rng.normal(size=15) for name, each in metric.items()}, "pq"), "system"
        )

    two, three, ten = found(2), found(3), found(10)
    assert two.kendall is None
    assert two.reason == "2 systems with human scores; an order takes at least 3."
    assert three.kendall is not None
    assert three.pearson is not None
    assert three.kendall.interval is not None
    assert three.pearson.interval is None
    assert "of so few systems, Pearson's has none that holds" in str(three.reason)
    assert ten.reason is None
    assert ten.pearson is not None
    assert ten.pearson.interval is not None


def test_systems_that_the_items_do_not_tell_apart_have_no_interval_and_others_one_that_holds() -> None:
    rng, held, given = RNG(0), 0, 0
    for spread in (0.05, 1.0):
        for _ in range(40):
            truth = spread * rng.normal(size=(2, 4))
            scores = truth[:, :, None] + rng.normal(size=(2, 4, 50))
            metric, people = ({f"s{k}": each for k, each in enumerate(side)} for side in scores)
            runs = [
                run(name, sets={"fd": (99 - each.mean(), named(each.mean() - each), None)})
                for name, each in metric.items()
            ]
            said = HumanScores(scores={name: named(each) for name, each in people.items()}, raters=1)
            (row,) = agree(systems(runs), said, RNG(1), draws=100).rows
            assert row.kendall is not None
            if spread < 1:
                assert row.kendall.interval is None, row
                assert "too few items" in str(row.reason)
            elif row.kendall.interval is not None:
                given += 1
                low, high = row.kendall.interval
                held += low - 1e-9 <= kendall_tau_b(*truth) <= high + 1e-9
    assert given > 20
    assert held >= 0.9 * given


def test_metrics_of_the_set_agree_at_system_level_only_and_without_their_bias() -> None:
    flat = named(np.tile([-1.0, 1.0], 10))
    runs = [
        run(name, sets={"fd": (value + bias, flat, bias)})
        for name, value, bias in (("a", 1, 9), ("b", 2, 0), ("c", 3, 5))
    ]
    human = HumanScores(
        scores={name: named(np.full(20, score)) for name, score in (("a", 3.0), ("b", 2.0), ("c", 1.0))}, raters=1
    )
    (row,) = agree(systems(runs), human, RNG(0), draws=DRAWS).rows
    assert row.pearson is not None
    assert row.pearson.value == pytest.approx(1)


def test_a_score_that_never_changes_agrees_with_nothing() -> None:
    row = level(agreements({"a": RNG(0).normal(size=9)}, {"a": np.ones(9)}), "clip")
    assert (row.kendall, row.pearson, row.reason) == (None, None, "One of the two scores is the same throughout.")


def test_what_does_not_meet_is_left_out_and_said() -> None:
    scores = RNG(0).normal(size=12)
    found = agreements({"a": scores[:8], "unrated": scores}, {"a": scores, "theirs": scores})
    assert found.systems == ("a",)
    assert level(found, "clip").n == 8
    assert found.remarks == (
        "Scored by people, but no run was given: theirs.",
        "Runs without human scores, left out: unrated.",
        "4 of 24 clips with human scores are not among the scored items, left out.",
    )
    with pytest.raises(UserError, match='Unknown model in the human scores "mne": did you mean "mine"'):
        agreements({"mine": scores}, {"mne": scores})
    elsewhere = HumanScores(scores={"mine": {"x": 1.0}}, raters=1)
    with pytest.raises(UserError, match="No id of the human scores is an item of the runs"):
        agree(systems([run(items={"kl": named(scores)})]), elsewhere, RNG(0))


def test_raters_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "human.csv"
    path.write_text("model,id,score,rater\nm,a,1,x\nm,a,2,y\nm,b,5,x\n", encoding="utf-8")
    human = read_human_scores(path)
    assert human.scores == {"m": {"a": 1.5, "b": 5.0}}
    assert (human.raters, human.clips) == (2, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model,clip,score\nm,a,1\n", "lacks the column id; it has model, clip, score"),
        ("", "lacks the column model, id, score; it has none"),
        ("model,id,score\n", "has a header line and no scores"),
        ("model,id,score\nm,a,good\n", "line 2: the score 'good' is no number"),
        ("model,id,score\nm,a,nan\n", "line 2: the score 'nan' is no number"),
        ("model,id,score\nm,a\n", "line 2: the score None is no number"),
        ("model,id,score\nm,,3\n", "line 2: id is empty"),
        ("model,id,score\nm,a,1\nm,a,2\n", "line 3: a of m is scored a second time; name the raters in a column rater"),
        ("model,id,score,rater\nm,a,1,x\nm,a,2,x\n", "line 3: a of m is scored a second time by x"),
        ('model,id,score\nm,"a,1\n', "is no CSV"),
    ],
)
def test_a_wrong_file_is_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "human.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_human_scores(path)
    assert words in str(error.value)
    with pytest.raises(UserError, match="There is no file"):
        read_human_scores(tmp_path / "none.csv")


def test_the_verb_prints_a_table_and_json(tmp_path: Path) -> None:
    lines = ["model,id,score"]
    for place, name in enumerate("abc"):
        scores = named(place + RNG(place).normal(size=12))
        write_result(tmp_path / name / "result.json", run(name, items={"kl": scores}))
        lines += [f"{name},{item_id},{-score}" for item_id, score in scores.items()]
    (tmp_path / "human.csv").write_text("\n".join(lines), encoding="utf-8")
    arguments = [*(str(tmp_path / name) for name in "abc"), "--scores", str(tmp_path / "human.csv")]
    assert "1.00 [1.00, 1.00]" in CliRunner().invoke(command, arguments).output
    rows = json.loads(CliRunner().invoke(command, [*arguments, "--format", "json"]).output)["rows"]
    assert [(row["level"], row["n"]) for row in rows] == [("system", 3), ("clip", 36), ("clip within system", 36)]
