"""Which runs may be compared, which are one system, and what its items contribute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.errors import UserError
from vggsound_omni.metrics import METRICS

from .runs import named, run, score, suite

KL = {"kl": named(np.array([1.0, 2.0, 6.0]))}
FD = {"fd": (10.0, named(np.array([-1.0, 0.0, 1.0])), 2.0)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite": suite(name="other")}, "different suites: foleyworld and other"),
        ({"suite": suite(version="2")}, "different versions of the suite: 1 and 2"),
        ({"items_sha256": "cd" * 32}, "different items"),
        ({"encoder_set": "pretrained"}, "different encoder sets: foleyworld and pretrained"),
        ({"track": "v2a"}, "different tracks: t2a and v2a"),
        ({"kit": "av-benchmark"}, "different kits: omni and av-benchmark"),
        ({"scores": {"kl": score("kl", 3.0, 3, checkpoint_sha256="cd" * 32)}}, "different networks or checkpoints"),
        ({"scores": {"kl": score("kl", 3.0, 3, encoder="panns")}}, "KL of one and of other do not compare"),
    ],
)
def test_what_does_not_compare_is_refused_in_one_sentence(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as error:
        systems([run("one", items=KL), run("other", items=KL, **changes)])
    assert str(error.value).count("\n") == 0


def test_a_result_of_version_1_is_to_be_scored_again_but_its_clips_still_compare() -> None:
    old = run(sets=FD, items=KL).model_copy(update={"influence": {}})
    with pytest.raises(UserError, match="what each item adds to FD: score it again with omni-bench score RUN"):
        systems([old])
    assert list(systems([old], metrics=["kl"])[0].measures) == ["kl"]


def test_seeds_of_one_model_are_one_system_averaged_within_each_item() -> None:
    (system,) = systems(
        [run(items={"kl": named(np.array(scores))}, seed=seed) for seed, scores in enumerate([[1.0, 2, 6], [3, 2, 0]])]
    )
    assert (system.name, system.seeds) == ("mine", (0, 1))
    assert system.measures["kl"].contributions == pytest.approx([2.0, 2.0, 3.0])
    assert system.measures["kl"].value == pytest.approx(7 / 3)


def test_versions_and_arguments_make_systems() -> None:
    runs = [
        run(items=KL),
        run(items=KL, version="2"),
        run(items=KL, model="").model_copy(update={"model": {"name": "mine", "arguments": {"steps": "5"}}}),
    ]
    assert [system.name for system in systems(runs)] == ["mine@0", "mine@2", "mine steps=5"]


def test_one_seed_twice_is_refused_unless_runs_are_what_is_compared() -> None:
    runs = [run(items=KL), run(items=KL)]
    with pytest.raises(UserError, match="mine was given more than once at seed 0"):
        systems(runs)
    assert [system.name for system in systems(runs, each_run=True)] == ["mine (seed 0) #1", "mine (seed 0) #2"]


def test_contributions_of_a_metric_of_the_set_are_the_value_plus_influence() -> None:
    (system,) = systems([run(sets=FD)])
    measure = system.measures["fd"]
    assert measure.contributions == pytest.approx([9.0, 10.0, 11.0])
    assert (measure.value, measure.bias, measure.value_at_infinity) == (10.0, 2.0, 8.0)
    assert measure.at(["i0002", "i0000"]) == pytest.approx([11.0, 9.0])


def test_items_missing_at_one_seed_are_left_out_and_counted() -> None:
    (system,) = systems([run(items=KL), run(items={"kl": named(np.array([3.0, 4.0]))}, seed=1)])
    assert (system.measures["kl"].ids, system.measures["kl"].left_out) == (("i0000", "i0001"), 1)


def test_variance_between_seeds_is_told_from_variance_between_items() -> None:
    rng = np.random.default_rng(0)
    items = rng.normal(0, 2, 2_000)
    runs = [run(items={"kl": named(items + rng.normal(0, 1, 2_000))}, seed=seed) for seed in range(3)]
    (system,) = systems(runs)
    assert system.measures["kl"].seed_share == pytest.approx(1 / (1 + 4), abs=0.02)
    assert systems(runs[:1])[0].measures["kl"].seed_share is None


def test_inception_scores_of_few_items_are_not_compared() -> None:
    few, enough = (
        run(sets={"is": (5.0, named(np.random.default_rng(0).normal(size=n)), -0.1)})
        for n in (METRICS["is"].fewest - 1, METRICS["is"].fewest)
    )
    assert "fewer than 300 items" in systems([few])[0].absent["is"]
    assert "is" in systems([enough])[0].measures
