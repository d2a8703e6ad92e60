"""Power against the textbook, against simulation, and from runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vggsound_omni.analysis.compare.power import designs
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.cli.power import command
from vggsound_omni.errors import UserError
from vggsound_omni.runs.result import write_result
from vggsound_omni.stats.paired import Contributions, differences
from vggsound_omni.stats.power import detectable, items_needed, power_at

from .runs import named, run

RNG = np.random.default_rng


@pytest.mark.parametrize(("effect", "clips"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_cohens_small_medium_and_large_effects(effect: float, clips: int) -> None:
    # Published sample sizes of the paired t-test, 80 % power, two-sided at 5 %.
    assert items_needed(1.0, effect, 0.8) == clips
    assert items_needed(3.0, 3 * effect, 0.8) == clips, "only their ratio counts"


@settings(deadline=None)
@given(st.floats(0.05, 3), st.floats(0.3, 0.95))
def test_the_clips_needed_are_the_fewest(effect: float, power: float) -> None:
    clips = items_needed(1.0, effect, power)
    assert power_at(1.0, effect, clips) >= power
    if clips > 2:
        assert power_at(1.0, effect, clips - 1) < power


@settings(deadline=None)
@given(st.integers(2, 5_000), st.floats(0.3, 0.95))
def test_the_detectable_difference_is_seen_with_the_power_asked_for(clips: int, power: float) -> None:
    assert power_at(1.0, detectable(1.0, clips, power), clips) == pytest.approx(power, abs=1e-6)


@pytest.mark.parametrize("clips", [2, 3, 10, 100, 3_000])
def test_power_is_that_of_the_noncentral_t_distribution(clips: int) -> None:
    limit = stats.t.ppf(0.975, clips - 1)
    for shift in (0.0, 0.5, 1.5, 2.5):
        theirs = stats.nct.sf(limit, clips - 1, shift) + stats.nct.sf(limit, clips - 1, -shift)
        assert power_at(1.0, shift / np.sqrt(clips), clips) == pytest.approx(theirs, abs=2e-6)


@pytest.mark.parametrize("comparisons", [1, 10])
def test_a_comparison_finds_about_as_often_as_the_plan_says(comparisons: int) -> None:
    clips = items_needed(1.0, 0.3, 0.8, level=0.05 / comparisons)
    ids, rng, found = tuple(map(str, range(clips))), RNG(0), 0
    for _ in range(500):
        systems_ = [Contributions(ids=ids, numbers=rng.normal(mean, 1.0, clips)) for mean in (0.3, 0.0)]
        systems_[1] = Contributions(ids=ids, numbers=np.zeros(clips))
        found += bool(differences(systems_, tests=comparisons).apart[0])
    assert found / 500 == pytest.approx(0.8, abs=0.06)


def test_one_run_gives_an_upper_bound_and_what_an_assumed_correlation_saves() -> None:
    scores = RNG(0).normal(0, 2, 100)
    bound, saved = designs(systems([run(items={"kl": named(scores)})]), "kl", 0.5, correlation=0.75)
    assert bound.spread == pytest.approx(scores.std(ddof=1) * np.sqrt(2))
    assert saved.spread == pytest.approx(bound.spread / 2)
    assert saved.clips == pytest.approx(bound.clips / 4, abs=2)
    assert saved.detectable == pytest.approx(bound.detectable / 2)
    assert bound.at_hand == 100


def test_two_runs_tell_the_spread_of_their_difference() -> None:
    items, rng = RNG(0).normal(0, 5, 80), RNG(1)
    runs = [run(name, items={"kl": named(items + rng.normal(0, 0.1, 80))}) for name in "ab"]
    (plan,) = designs(systems(runs), "kl", 0.1)
    assert plan.spread == pytest.approx(0.1 * np.sqrt(2), rel=0.25)
    assert "correlation 1.00 measured" in plan.words


def test_metrics_of_the_set_are_planned_by_influence_beyond_what_their_biases_are_uncertain() -> None:
    influence = RNG(0).normal(0, 3, 50)
    found = systems([run(sets={"fd": (40.0, named(influence - influence.mean()), 1.0)})])
    bound, _ = designs(found, "fd", 3.0)
    assert bound.spread == pytest.approx(influence.std(ddof=1) * np.sqrt(2))
    assert bound.clips == items_needed(bound.spread, 1.0, 0.8)
    with pytest.raises(
        UserError, match="A difference of 2 cannot be detected with 50 clips: the biases are uncertain by 2"
    ):
        designs(found, "fd", 2.0)


def test_more_comparisons_take_more_clips() -> None:
    found = systems([run(items={"kl": named(RNG(0).normal(0, 2, 100))})])
    one, ten = (designs(found, "kl", 0.5, comparisons=comparisons)[0] for comparisons in (1, 10))
    assert ten.clips == items_needed(one.spread, 0.5, 0.8, level=0.005)
    assert 1.5 < ten.clips / one.clips < 2
    assert ten.detectable > one.detectable


@pytest.mark.parametrize(
    ("scores", "words"),
    [(np.ones(5), "does not vary from item to item"), (np.ones(1), "has 1 scored item")],
)
def test_what_cannot_be_planned_is_said(scores: np.ndarray, words: str) -> None:
    with pytest.raises(UserError, match=words):
        designs(systems([run(items={"kl": named(scores)})]), "kl", 0.1)


def test_an_absent_metric_gives_its_reason() -> None:
    with pytest.raises(UserError, match="mine has no such score to plan from: The result does not hold it"):
        designs(systems([run(items={"kl": named(np.ones(5))})], metrics=["pq"]), "pq", 0.1)


def test_the_verb_takes_one_run_or_two(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(tmp_path / name / "result.json", run(name, items={"ms_clap": named(RNG(0).normal(size=30))}))
    asked = ["--metric", "ms-clap", "--difference", "0.5"]
    shown = CliRunner().invoke(command, [str(tmp_path / "a"), *asked])
    assert "MS-CLAP, a difference of 0.5 (cosine), 80% power at 5 %:" in shown.output
    done = CliRunner().invoke(command, [str(tmp_path / "a"), *asked, "--format", "json", "--power", "0.9"])
    found = json.loads(done.output)
    assert (found["power"], len(found["designs"]), found["designs"][0]["at_hand"]) == (0.9, 2, 30)
    many = CliRunner().invoke(command, [str(tmp_path / "a")] * 3 + asked)
    assert str(many.exception) == "power takes one run or two; 3 were given."
