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

from vggsound_omni.analysis.compare.comparison import LONG_TAILED, Comparison, MetricComparison, Pair, compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.analysis.compare.verdicts import reasons, remarks, tally, verdict, verdicts
from vggsound_omni.cli.compare import command
from vggsound_omni.errors import UserError
from vggsound_omni.metrics import METRICS, frechet
from vggsound_omni.present import comparison_tables
from vggsound_omni.present.comparison_terminal import print_comparison
from vggsound_omni.runs.result import Counts, Heard, Result, write_result
from vggsound_omni.stats.paired import LEVEL

from .runs import named, run

RNG = np.random.default_rng


def compared(*runs: Result) -> Comparison:
    return compare(systems(runs))


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
    assert next(iter(metric.shown)) == "good"
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
    assert metric.pairs[0].p_adjusted is not None
    assert metric.pairs[0].p_adjusted < 0.001


def test_verdicts_say_who_by_how_much_and_how_sure() -> None:
    difference = np.tile([1.0, 1.4], 32)
    metric = one_metric(kl("reference", np.zeros(64)), kl("shuffled", difference))
    # Student's interval by hand: 1.2 +- 1.998 * 0.2016 / 8; Hall's is the same, as there is no skewness.
    assert verdicts(metric) == [
        "reference is better than shuffled on KL by 1.200 nats (95 % 1.150 to 1.250; p < 0.001, n = 64)."
    ]
    tie = one_metric(kl("a", np.zeros(20)), kl("b", np.tile([-1.0, 1.1], 10)))
    assert verdict(tie, tie.pairs[0]) == (
        "a and b cannot be distinguished on KL: 0.05 nats (95 % -0.45 to 0.55; p = 0.84, n = 20)."
    )


def test_warnings_of_the_metrics_travel_into_verdicts() -> None:
    runs = three()[:2]
    told = runs[1].scores["kl"].model_copy(update={"reason": "Few clips. Some were silent."})
    warned = runs[1].model_copy(update={"scores": {"kl": told}})
    metric = one_metric(runs[0], warned)
    assert " KL of fair: Few clips. KL of fair: Some were silent." in verdicts(metric)[0]
    assert {"Few clips.", "Some were silent."} <= set(reasons(compared(runs[0], warned)))


def test_few_items_with_rare_large_scores_carry_a_note_and_false_findings_without_it_are_rare() -> None:
    rng, draws, found = RNG(2), 120, 0
    for _ in range(draws):
        metric = one_metric(kl("a", rng.lognormal(-1.125, 1.5, 40)), kl("b", rng.lognormal(-0.245, 0.7, 40)))
        found += metric.pairs[0].apart and not any(LONG_TAILED in notes for notes in metric.caveats.values())
    assert found / draws <= 0.05
    plain = one_metric(kl("a", rng.normal(5, 1, 40)), kl("b", rng.normal(7, 1, 40)))
    assert plain.pairs[0].apart
    assert not plain.caveats
    (note,) = one_metric(kl("a", rng.lognormal(0, 2, 40)), kl("b", rng.normal(7, 1, 40))).caveats.values()
    assert note == (LONG_TAILED,)


def test_equivalence_is_a_verdict_of_its_own_with_its_own_interval() -> None:
    rng = RNG(0)
    items = rng.normal(0, 1, 200)
    runs = [kl(name, items + rng.normal(0, 0.1, 200)) for name in "ab"]

    def asked(margin: float) -> Pair:
        return compare(systems(runs), within={"kl": margin}).metrics[0].pairs[0]

    wide, narrow = asked(0.05), asked(0.005)
    assert wide.equivalence is not None
    assert narrow.equivalence is not None
    assert (wide.equivalence.shown, narrow.equivalence.shown) == (True, False)
    assert wide.interval is not None
    assert wide.interval[0] < wide.equivalence.interval[0] < wide.equivalence.interval[1] < wide.interval[1]
    comparison = compare(systems(runs), within={"kl": 0.05})
    sentence = verdicts(comparison.metrics[0])[0]
    assert re.fullmatch(
        r"\w and \w are equivalent on KL, within 0\.05 nats: 0\.\d+ nats \(90 % .* to .*; n = 200\)\.", sentence
    )
    assert tally(comparison, "a", "b").sentence == "better on 0, worse on 0, undecided on 0, equivalent on 1"
    with pytest.raises(UserError, match="FD is not compared, so it has no margin"):
        compare(systems(runs), within={"fd": 1.0})


def test_equivalence_is_wrongly_shown_in_at_most_five_of_a_hundred() -> None:
    """Systems that differ by the margin itself."""
    rng = RNG(1)
    shown = 0
    for _ in range(200):
        items = rng.normal(size=60)
        runs = [kl("a", items + rng.normal(0, 0.2, 60)), kl("b", items + 0.1 + rng.normal(0, 0.2, 60))]
        found = compare(systems(runs), within={"kl": 0.1}).metrics[0].pairs[0].equivalence
        shown += found is not None and found.shown
    assert 0 < shown <= 0.05 * 200 + 3 * np.sqrt(0.05 * 0.95 * 200)


def test_what_beats_the_recordings_is_saturated_or_fooled() -> None:
    rng = RNG(0)
    own = Heard(compared=40, copies=40, borrowed=0)
    scores = rng.normal(8, 0.1, 40)
    oracle = run("oracle", items={"pq": named(scores), "kl": named(np.zeros(40))}, heard=own)
    mine = run("mine", items={"pq": named(scores + 0.5), "kl": named(rng.exponential(1, 40))})
    comparison = compared(oracle, mine)
    pq = next(metric for metric in comparison.metrics if metric.key == "pq")
    assert pq.above == ("mine",)
    assert "mine is above the recordings: saturated or fooled." in verdicts(pq)[0]
    assert "Above the recordings: saturated or fooled." in shown(comparison)
    assert all(not metric.above for metric in comparison.metrics if metric.key == "kl")


def test_few_scored_items_give_no_rank_but_are_compared() -> None:
    good, fair, worse = three()
    failing = fair.model_copy(update={"counts": Counts(planned=44, generated=40, failed=4, scored=40)})
    comparison = compared(good, failing, worse)
    (metric,) = comparison.metrics
    assert list(metric.ranks) == ["good", "fair-too"]
    assert metric.pair("good", "fair").apart
    assert "fair has no rank: 4 of 44 items failed (9.1 %); above 2 % no system ranks." in remarks(comparison)


def test_a_metric_without_a_better_way_says_higher_and_leads_nobody() -> None:
    runs = [run(name, items={"pc": named(level + RNG(0).normal(0, 0.1, 20))}) for name, level in (("a", 1), ("b", 2))]
    metric = one_metric(*runs)
    assert verdicts(metric)[0].startswith("b is higher than a on PC by 1.00 points (95 %")
    assert r"\textbf" not in comparison_tables.to_latex(compared(*runs))


def test_the_family_is_a_metric_or_the_table() -> None:
    runs = [
        run(name, items={key: named(RNG(i).normal(size=24)) for key in ("kl", "pq", "ms_clap")})
        for i, name in enumerate("abcd")
    ]
    one, table = compare(systems(runs)), compare(systems(runs), family="table")
    assert {metric.tests for metric in one.metrics} == {6}
    assert {metric.tests for metric in table.metrics} == {18}
    for loose, strict in zip(one.metrics, table.metrics, strict=True):
        for pair, other in zip(loose.pairs, strict.pairs, strict=True):
            assert pair.p_value is not None
            assert other.p_value == pair.p_value
            assert pair.p_adjusted == pytest.approx(min(1, 6 * pair.p_value))
            assert other.p_adjusted == pytest.approx(min(1, 18 * pair.p_value))
            assert pair.interval is not None
            assert other.interval is not None
            assert other.interval[0] < pair.interval[0]
    strata = compare(systems(runs), strata=2)
    assert {metric.tests for metric in strata.metrics} == {12}


def test_items_of_one_system_only_are_left_out_and_said() -> None:
    scores = RNG(0).normal(size=30)
    comparison = compared(kl("whole", scores), kl("part", scores[:28] + 1))
    (metric,) = comparison.metrics
    (pair,) = metric.pairs
    assert (pair.n, pair.left_out) == (28, 2)
    assert abs(pair.difference) == pytest.approx(1.0)
    assert "whole and part: compared on the 28 items of both; 2 items of one left out." in remarks(comparison)
    values = [metric.shown[name].estimate for name in ("whole", "part")]
    assert values == pytest.approx([scores[:28].mean(), scores[:28].mean() + 1]), "on the common items"


def test_no_common_item_one_system_and_no_common_metric_are_refused() -> None:
    apart = run("b", items={"kl": {f"elsewhere{k}": float(k) for k in range(20)}})
    with pytest.raises(UserError, match="have no item in common"):
        compared(kl("a", np.ones(20)), apart)
    with pytest.raises(UserError, match=r"nothing to compare\. Compared from 20 items on; there are 19\."):
        compared(kl("a", np.ones(19)), kl("b", np.ones(19)))
    with pytest.raises(UserError, match=r"two systems or more; there is 1\.$"):
        compared(kl("a", np.ones(3)))
    with pytest.raises(UserError, match=r"there is 1, in 2 runs\. To compare the runs themselves, add --each-run"):
        compared(kl("a", np.ones(3)), kl("a", np.ones(3), seed=1))
    with pytest.raises(UserError, match="nothing to compare"):
        compared(kl("a", np.ones(30)), run("b", items={"pq": named(np.ones(30))}))


def test_a_metric_that_one_system_lacks_is_compared_among_the_others() -> None:
    runs = [run(name, items={"kl": named(RNG(i).normal(size=29))}) for i, name in enumerate("ab")]
    more = [*runs, run("c", items={"pq": named(np.ones(29))})]
    comparison = compared(*more)
    assert set(comparison.metrics[0].shown) == {"a", "b"}
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
    estimates = [result.scores["fd"].estimate or 0.0 for result in runs]
    assert pair.raw == pytest.approx(values[0] - values[1])
    assert pair.difference == pytest.approx(estimates[0] - estimates[1])
    assert pair.apart
    assert (pair.p_wilcoxon, pair.rank_biserial, pair.share_higher) == (None, None, None)


def test_what_only_the_bias_tells_apart_ties() -> None:
    influence = named(np.tile([-1.0, 1.0], 20))
    runs = [run(name, sets={"fd": (10.0 + bias, influence, bias)}) for name, bias in (("a", 0.0), ("b", 9.0))]
    pair = one_metric(*runs).pairs[0]
    assert (pair.difference, pair.p_value, abs(pair.raw)) == (0.0, 1.0, 9.0)


@pytest.mark.parametrize(("key", "values"), [("kad", (-0.1, -0.3)), ("fd", (-0.1, -0.3)), ("is", (0.9, 3.0))])
def test_differences_are_of_the_estimates_that_are_shown(key: str, values: tuple[float, float]) -> None:
    """KAD is unbiased and may be below 0 by chance; FD and IS are cut at 0 and 1, in tables and in differences."""
    influence = named(np.tile([-1.0, 1.0], 20))
    runs = [run(name, sets={key: (value, influence, 0.0)}) for name, value in zip("ab", values, strict=True)]
    found = one_metric(*runs)
    shown = {name: one.estimate for name, one in found.shown.items()}
    floor = METRICS[key].floor
    pair = found.pairs[0]
    assert pair.difference == pytest.approx(shown[pair.first] - shown[pair.second])
    assert min(shown.values()) == (min(values) if floor is None else max(min(values), floor))


def test_a_difference_within_what_the_biases_are_uncertain_of_is_none() -> None:
    influence = named(np.tile([-1.0, 1.0], 20))
    runs = [run(name, sets={"fd": (value, influence, 2.0)}) for name, value in (("a", 12.0), ("b", 15.0))]
    assert not one_metric(*runs).pairs[0].apart, "an older result, whose bias may be off by all of it"
    known = [
        one.model_copy(update={"scores": {"fd": one.scores["fd"].model_copy(update={"uncertain": 0.5})}})
        for one in runs
    ]
    pair = one_metric(*known).pairs[0]
    assert (pair.apart, pair.uncertain) == (True, 1.0)
    assert "less than the biases of few clips are uncertain" in verdicts(one_metric(*runs))[0]


def false_findings(draws: int, make: Callable[[], list[Result]]) -> float:
    """Share of tables in which any two systems were distinguished."""
    return float(
        np.mean([any(p.apart for m in compare(systems(make())).metrics for p in m.pairs) for _ in range(draws)])
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
                "ms_clap": named(rng.normal(size=24)),
            }

        return [
            run("a", items=scores()),
            run("a", items=scores(), seed=1),
            run("b", items=scores()),
            run("c", items=scores()),
        ]

    found = float(
        np.mean(
            [
                any(p.apart for m in compare(systems(make()), family="table").metrics for p in m.pairs)
                for _ in range(150)
            ]
        )
    )
    assert found <= LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / 150)
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
    assert (whole["version"], whole["family"], whole["metrics"][0]["tests"], whole["level"]) == (3, "metric", 3, 0.05)
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


def shown(comparison: Comparison, width: int = 80, **options: bool) -> str:
    console = Console(record=True, width=width, file=io.StringIO())
    print_comparison(comparison, console, **options)
    return console.export_text()


def test_the_terminal_takes_no_markup_from_names(table: Comparison) -> None:
    text = shown(table, 200, verdicts=True)
    assert "50%_a&b [red]{x}|" in text
    assert "good is better than" in text
    assert "cannot be distinguished on KL" in text


def test_the_verdict_comes_first_and_all_fits_in_80_columns() -> None:
    runs = [
        run(f"system-{k}", items={key: named(RNG(k).normal(k, 1, 40)) for key in ("kl", "pq", "ms_clap")})
        for k in range(9)
    ]
    two, many = shown(compared(*runs[:2])), shown(compared(*runs))
    assert two.splitlines()[1] == "system-0 against system-1: better on 1, worse on 2, undecided on 0."
    assert many.splitlines()[1:3] == ["Against system-0:", "  system-1  better on 2, worse on 1, undecided on 0"]
    assert max(map(len, [*two.splitlines(), *many.splitlines()])) <= 80
    for name in (one.model["name"] for one in runs):
        assert name in many


def test_each_reason_is_one_footnote() -> None:
    runs = []
    for name in "abc":
        one = run(name, items={key: named(RNG(ord(name)).normal(0, 1, 40)) for key in ("pq", "ce", "ms_clap")})
        scores = {key: score.model_copy(update={"reason": "Odd. Few."}) for key, score in one.scores.items()}
        runs.append(one.model_copy(update={"scores": scores}))
    for text in (shown(compared(*runs)), shown(compared(*runs[:2]))):
        assert text.count("Odd.") == text.count("Few.") == 1
        assert "PQ ↑¹ ²" in text, "what holds for all systems stands beside the metric"


def test_the_verb_reads_folders_and_compares_seeds_when_asked(tmp_path: Path) -> None:
    rng = RNG(0)
    for seed in (0, 1):
        write_result(tmp_path / str(seed) / "result.json", kl("mine", rng.exponential(1, 20), seed))
    folders = [str(tmp_path / "0"), str(tmp_path / "1")]
    assert "add --each-run" in str(CliRunner().invoke(command, folders).exception)
    done = CliRunner().invoke(command, [*folders, "--each-run", "--metric", "KL", "--format", "json"])
    assert [system["name"] for system in json.loads(done.output)["systems"]] == ["mine (seed 0)", "mine (seed 1)"]
    assert str(CliRunner().invoke(command, [*folders, "--metric", "lk"]).exception).startswith('Unknown metric "lk"')
