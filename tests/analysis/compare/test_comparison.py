"""Comparison: what is distinguished, what is not, and how often wrongly."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from vggsound_omni.analysis.compare.comparison import Comparison, MetricComparison, compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.analysis.compare.verdicts import remarks, verdict, verdicts
from vggsound_omni.cli.compare import command
from vggsound_omni.errors import UserError
from vggsound_omni.metrics import frechet
from vggsound_omni.present import comparison_tables
from vggsound_omni.runs.result import Result, write_result
from vggsound_omni.stats.paired import LEVEL

from .runs import named, run

RNG = np.random.default_rng


def compared(*runs: Result) -> Comparison:
    return compare(systems(runs), RNG(0))


def one_metric(*runs: Result) -> MetricComparison:
    (metric,) = compared(*runs).metrics
    return metric


def kl(name: str, scores: np.ndarray, seed: int = 0) -> Result:
    return run(name, items={"kl": named(scores)}, seed=seed)


def three(shift: float = 1.0) -> list[Result]:
    """The first better than the second by 1 nat on 40 items, the third a hair from the second."""
    rng = RNG(0)
    items = rng.exponential(2.0, 40)
    return [
        kl("good", items + rng.normal(0, 0.3, 40)),
        kl("fair", items + shift + rng.normal(0, 0.3, 40)),
        kl("fair-too", items + shift + rng.normal(0, 0.3, 40)),
    ]


def test_what_differs_is_distinguished_and_what_does_not_ties() -> None:
    metric = one_metric(*three())
    assert next(iter(metric.values)) == "good"
    assert metric.ranks["good"].text == "1"
    assert {metric.ranks[name].text for name in ("fair", "fair-too")} == {"2-3"}
    pair = metric.pair("good", "fair")
    assert pair.interval is not None
    assert pair.interval[0] < -1 < pair.interval[1]
    assert pair.p_wilcoxon is not None
    assert pair.p_wilcoxon < 0.001
    assert pair.share_higher == 0.0
    assert pair.rank_biserial == -1.0
    assert pair.standardised == pytest.approx(-1 / 0.42, rel=0.25)


def test_what_must_be_known_of_a_system_is_said_beside_the_verdicts() -> None:
    good, fair, _ = three()
    told = remarks(compared(good.model_copy(update={"warnings": ("The model heard the reference.",)}), fair))
    assert "good: The model heard the reference." in told


def test_pairing_sees_what_means_with_their_intervals_cannot() -> None:
    good, fair, _ = three(shift=0.4)
    metric = one_metric(good, fair)
    spread = np.std([scores["kl"] for scores in good.items.values()], ddof=1) / np.sqrt(40)
    assert abs(metric.pairs[0].difference) < 1.96 * spread, "unpaired, the difference is lost among the items"
    assert metric.pairs[0].p_adjusted < 0.001


def test_verdicts_say_who_by_how_much_and_how_sure() -> None:
    difference = np.tile([1.0, 1.4], 32)
    metric = one_metric(kl("reference", np.zeros(64)), kl("shuffled", difference))
    assert verdicts(metric) == [
        "reference is better than shuffled on KL by 1.200 nats (95 % 1.150 to 1.250; p < 0.001, n = 64)."
    ]
    tie = one_metric(kl("a", np.zeros(4)), kl("b", np.array([-1.0, 0.0, 1.0, 2.0])))
    # Student's interval by hand: 0.5 +- 3.182 * 1.291 / 2.
    assert verdict(tie, tie.pairs[0]) == (
        "a and b cannot be distinguished on KL: 0.500 nats (95 % -1.554 to 2.554; p = 0.75, n = 4)."
    )


def test_a_metric_without_a_better_way_says_higher_and_leads_nobody() -> None:
    runs = [run(name, items={"pc": named(level + RNG(0).normal(0, 0.1, 20))}) for name, level in (("a", 1), ("b", 2))]
    metric = one_metric(*runs)
    assert verdicts(metric)[0].startswith("b is higher than a on PC by 1.000 points (95 %")
    assert r"\textbf" not in comparison_tables.to_latex(compared(*runs))


def test_the_correction_covers_every_metric_and_pair_of_the_table() -> None:
    runs = [
        run(name, items={key: named(RNG(i).normal(size=12)) for key in ("kl", "pq", "ds")})
        for i, name in enumerate("abcd")
    ]
    comparison = compared(*runs)
    assert comparison.hypotheses == 3 * 6
    pairs = [pair for metric in comparison.metrics for pair in metric.pairs]
    smallest = min(pairs, key=lambda pair: pair.p_value)
    assert smallest.p_adjusted == pytest.approx(min(1.0, 18 * smallest.p_value))


def test_items_of_one_system_only_are_left_out_and_said() -> None:
    scores = RNG(0).normal(size=10)
    comparison = compared(kl("whole", scores), kl("part", scores[:8] + 1))
    pair = comparison.metrics[0].pairs[0]
    assert (pair.n, pair.left_out) == (8, 2)
    assert abs(pair.difference) == pytest.approx(1.0)
    assert "whole and part: compared on the 8 items of both; 2 items of one left out." in remarks(comparison)


def test_no_common_item_one_system_and_no_common_metric_are_refused() -> None:
    apart = run("b", items={"kl": {"elsewhere": 1.0}})
    with pytest.raises(UserError, match="have no item in common"):
        compared(kl("a", np.ones(3)), apart)
    with pytest.raises(UserError, match=r"two systems or more; there is 1\.$"):
        compared(kl("a", np.ones(3)))
    with pytest.raises(UserError, match=r"there is 1, in 2 runs\. To compare the runs themselves, add --each-run"):
        compared(kl("a", np.ones(3)), kl("a", np.ones(3), seed=1))
    with pytest.raises(UserError, match="nothing to compare"):
        compared(kl("a", np.ones(3)), run("b", items={"pq": named(np.ones(3))}))


def test_a_metric_that_one_system_lacks_is_compared_among_the_others() -> None:
    runs = [run(name, items={"kl": named(RNG(i).normal(size=9))}) for i, name in enumerate("ab")]
    more = [*runs, run("c", items={"pq": named(np.ones(9))})]
    comparison = compared(*more)
    assert list(comparison.metrics[0].values) in (["a", "b"], ["b", "a"])
    assert comparison.metrics[0].absent == {"c": "The result does not hold it."}
    assert list(comparison.not_compared) == ["pq"]


def frechet_run(name: str, reference: np.ndarray, generated: np.ndarray) -> Result:
    found = frechet.evaluate(reference, generated)
    assert found.influence is not None
    return run(name, sets={"fd": (found.value, named(found.influence), found.bias)})


def test_a_difference_of_frechet_distances_is_that_of_values_less_that_of_biases() -> None:
    rng = RNG(0)
    reference, near, far = rng.normal(size=(80, 6)), rng.normal(0.2, 1, (80, 6)), rng.normal(1.5, 1, (80, 6))
    runs = [frechet_run("near", reference, near), frechet_run("far", reference, far)]
    pair = one_metric(*runs).pair("near", "far")
    values = [result.scores["fd"].value or 0.0 for result in runs]
    assert pair.bias is not None
    assert pair.difference + pair.bias == pytest.approx(values[0] - values[1])
    assert pair.apart
    assert (pair.p_wilcoxon, pair.rank_biserial, pair.share_higher) == (None, None, None)


def test_what_only_the_bias_tells_apart_ties() -> None:
    influence = named(np.tile([-1.0, 1.0], 20))
    runs = [run(name, sets={"fd": (10.0 + bias, influence, bias)}) for name, bias in (("a", 0.0), ("b", 9.0))]
    pair = one_metric(*runs).pairs[0]
    assert (pair.difference, pair.p_value, abs(pair.bias or 0.0)) == (0.0, 1.0, 9.0)


def false_findings(draws: int, make: Callable[[], list[Result]]) -> float:
    """Share of tables in which any two systems were distinguished."""
    return float(
        np.mean([any(p.apart for m in compare(systems(make()), RNG(1)).metrics for p in m.pairs) for _ in range(draws)])
    )


def test_equal_systems_are_distinguished_in_at_most_five_of_a_hundred_tables() -> None:
    rng = RNG(7)

    def make() -> list[Result]:
        """Three systems, one with two seeds, on items of unequal difficulty; skewed noise; metrics that correlate."""
        items = rng.exponential(3.0, 24)

        def scores() -> dict[str, dict[str, float]]:
            noise = rng.exponential(1.0, 24)
            return {
                "kl": named(items + noise),
                "pq": named(noise + rng.normal(0, 1, 24)),
                "ds": named(rng.normal(size=24)),
            }

        return [
            run("a", items=scores()),
            run("a", items=scores(), seed=1),
            run("b", items=scores()),
            run("c", items=scores()),
        ]

    found = false_findings(300, make)
    assert found <= LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / 300)
    assert found > 0, "a procedure that never finds anything holds the level too"


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_equal_systems_far_from_or_at_the_reference_tie_in_frechet_distance(shift: float) -> None:
    rng = RNG(3)

    def make() -> list[Result]:
        reference = rng.normal(size=(60, 16))
        return [
            frechet_run(name, reference, 0.5 * reference + rng.normal(shift, np.sqrt(0.75), reference.shape))
            for name in "ab"
        ]

    assert false_findings(200, make) <= LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / 200)


def test_one_comparison_at_five_percent_is_wrong_about_as_often() -> None:
    rng = RNG(5)
    p = [
        one_metric(kl("a", rng.exponential(1, 30)), kl("b", rng.exponential(1, 30))).pairs[0].p_value
        for _ in range(400)
    ]
    assert 0.025 < np.mean(np.array(p) <= 0.05) < 0.085


@pytest.fixture(scope="module")
def table() -> Comparison:
    runs = three()
    odd = runs[1].model_copy(update={"model": {"name": r"50%_a&b [red]{x}|", "arguments": {}, "card": {}}})
    return compared(runs[0], odd, runs[2])


def test_csv_has_a_line_for_each_metric_and_pair_with_every_number(table: Comparison) -> None:
    lines = list(csv.DictReader(io.StringIO(comparison_tables.to_csv(table))))
    assert [(line["metric"], line["first"], line["second"]) for line in lines] == [
        ("kl", pair.first, pair.second) for pair in table.metrics[0].pairs
    ]
    assert float(lines[0]["difference"]) == table.metrics[0].pairs[0].difference
    assert [line["apart"] for line in lines] == [str(pair.apart) for pair in table.metrics[0].pairs]


def test_json_holds_all_that_was_found(table: Comparison) -> None:
    whole = json.loads(comparison_tables.to_json(table))
    assert (whole["version"], whole["hypotheses"], whole["level"]) == (2, 3, 0.05)
    (metric,) = whole["metrics"]
    assert metric["ranks"]["good"] == {"rank": 1, "lowest": 1, "letters": "a"}
    assert [entry["verdict"] for entry in metric["pairs"]] == [
        verdict(table.metrics[0], p) for p in table.metrics[0].pairs
    ]


def test_latex_is_balanced_and_bold_where_none_is_better(table: Comparison) -> None:
    text = comparison_tables.to_latex(table)
    bare = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert bare.count("{") == bare.count("}")
    (row,) = (line for line in text.splitlines() if line.startswith("KL"))
    assert len(re.findall(r"(?<!\\)&", row)) == 3
    assert row.count(r"\textbf") == 1
    assert re.findall(r"\\textsuperscript\{(\w+)\}", row) == ["a", "b", "b"]


def test_the_terminal_takes_no_markup_from_names(table: Comparison) -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    comparison_tables.print_comparison(table, console)
    text = console.export_text()
    assert "50%_a&b [red]{x}|" in text
    assert "good is better than" in text
    assert "cannot be distinguished on KL" in text


def test_the_verb_reads_folders_and_compares_seeds_when_asked(tmp_path: Path) -> None:
    rng = RNG(0)
    for seed in (0, 1):
        write_result(tmp_path / str(seed) / "result.json", kl("mine", rng.exponential(1, 20), seed))
    folders = [str(tmp_path / "0"), str(tmp_path / "1")]
    assert "add --each-run" in str(CliRunner().invoke(command, folders).exception)
    done = CliRunner().invoke(command, [*folders, "--each-run", "--metric", "KL", "--format", "json"])
    assert [system["name"] for system in json.loads(done.output)["systems"]] == ["mine (seed 0)", "mine (seed 1)"]
    assert str(CliRunner().invoke(command, [*folders, "--metric", "lk"]).exception).startswith('Unknown metric "lk"')
