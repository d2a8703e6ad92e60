"""Which runs may be compared, which are one system, and what its items contribute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.errors import UserError
from vggsound_omni.runs.result import Counts, Heard

from .runs import named, run, score, suite

KL = {"kl": named(np.array([1.0, 2.0, 6.0]))}
FD = {"fd": (10.0, named(np.array([-1.0, 0.0, 1.0])), 2.0)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite": suite(name="other")}, "different suites: foleyworld and other"),
        ({"suite": suite(version="2")}, "different versions of the suite: 1 and 2"),
        ({"items_sha256": "cd" * 32}, "different items"),
        ({"encoder_set": "open"}, "different encoder sets: pretrained and open"),
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
    estimate, (low, high) = system.measures["kl"].on(system.measures["kl"].ids)
    assert estimate == pytest.approx(7 / 3)
    assert low < 7 / 3 < high


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
    assert (measure.bias, measure.on(measure.ids)[0]) == (2.0, 8.0)
    assert measure.on(["i0001", "i0002"])[0] == pytest.approx(8.5), "to first order, on other items"
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


def test_a_distance_on_some_items_is_cut_at_0_with_its_interval() -> None:
    spread = np.linspace(-1, 1, 40)
    (system,) = systems([run(sets={"fd": (0.5, named(spread), 0.4)})])
    measure = system.measures["fd"]
    estimate, (low, high) = measure.on(measure.ids[:20])
    assert (estimate, low) == (0.0, 0.0)
    assert high >= 0


def test_a_score_without_an_estimate_is_absent_with_its_reason() -> None:
    biased = run(sets=FD)
    refused = biased.scores["fd"].model_copy(update={"estimate": None, "no_estimate": "Mostly bias."})
    (system,) = systems([biased.model_copy(update={"scores": {"fd": refused}})])
    assert (system.absent, dict(system.measures)) == ({"fd": "Mostly bias."}, {})


SETS = ("fd", "fad", "kad", "fd_inf")


@pytest.mark.parametrize(
    ("heard", "value", "refused"),
    [
        (Heard(compared=40, copies=0, borrowed=1), 5.0, True),
        (Heard(compared=100, copies=0, borrowed=2), 5.0, False),
        (Heard(compared=40, copies=0, borrowed=0), -5.0, True),
        (Heard(compared=40, copies=0, borrowed=0), -0.1, False),
        (Heard(compared=40, copies=0), -5.0, True),
        (None, -5.0, True),
        (None, -0.1, False),
    ],
)
def test_sounds_from_the_reference_set_are_told_by_themselves_or_by_what_cannot_be(
    heard: Heard | None, value: float, refused: bool
) -> None:
    rng = np.random.default_rng(0)
    influence = named(rng.normal(size=40))
    found = run(
        items={"kl": named(rng.normal(size=40))}, sets=dict.fromkeys(SETS, (value, influence, None)), heard=heard
    )
    (system,) = systems([found])
    told = {key for key, reason in system.absent.items() if reason.startswith("The sounds come from the reference set")}
    assert told == (set(SETS) if refused else set())
    assert "kl" in system.measures, "they are sounds of items, and score as such"


def test_trials_and_failures_are_said() -> None:
    few = Counts(planned=100, generated=97, failed=3, scored=97)
    (system,) = systems([run(items=KL, limit=3, counts=few)])
    assert system.warnings == ("mine: a trial on the first 3 items (--limit), no result of the track.",)
    assert system.unranked == "3 of 100 items failed (3.0 %); above 2 % no system ranks."
    (system,) = systems([run(items=KL, counts=Counts(planned=100, generated=98, failed=2, scored=98))])
    assert system.unranked is None


@pytest.mark.parametrize(
    ("likeness", "coverage", "track", "why"),
    [
        (0.5, 0.04, "t2a", "Its Coverage is 0.04, and from 0.2 on a system has a rank on this track."),
        (0.34, 0.5, "t2a", "Its Likeness is 0.34, and from 0.35 on a system has a rank on this track."),
        (0.36, 0.2, "t2a", None),
        (0.04, 0.04, "a track of somebody's own", None),
    ],
)
def test_what_does_not_sound_like_what_it_is_taken_for_has_no_rank(
    likeness: float, coverage: float, track: str, why: str | None
) -> None:
    found = run(
        items={**KL, "likeness": named(np.full(3, likeness))},
        sets={"coverage": (coverage, named(np.array([-0.1, 0.0, 0.1])), None)},
        track=track,
    )
    (system,) = systems([found])
    assert system.unranked == why
    assert systems([run(items=KL, track=track)])[0].unranked is None, "a result without it asks for nothing"


def test_the_oracle_is_told_by_its_sounds_and_in_older_results_by_its_name() -> None:
    own = Heard(compared=40, copies=40, borrowed=0)
    assert systems([run("mine", items=KL, heard=own)])[0].oracle
    assert not systems([run("oracle", items=KL, heard=Heard(compared=40, copies=0))])[0].oracle
    assert systems([run("reference", items=KL)])[0].oracle
    assert not systems([run("mine", items=KL)])[0].oracle


def test_a_stratum_holds_its_items_and_metrics_of_the_set_say_why_not() -> None:
    halves = {f"i{k:04}": "odd" if k % 2 else "even" for k in range(40)}
    strata: dict[str, dict[str, Any]] = {"odd": {}, "even": {}}
    numbers = np.arange(40.0)
    whole = run(
        items={"kl": named(numbers)},
        sets={"fd": (5.0, named(numbers - numbers.mean()), None)},
        strata=strata,
        stratum_of=halves,
    )
    (system,) = systems([whole], stratum="odd")
    assert system.measures["kl"].contributions == pytest.approx(numbers[1::2])
    assert "holds for the whole set" in system.absent["fd"]
    with pytest.raises(UserError, match='Unknown stratum "od": did you mean "odd"'):
        systems([whole], stratum="od")
    with pytest.raises(UserError, match="did not note each item's stratum: score it again"):
        systems([whole.model_copy(update={"stratum_of": {}})], stratum="odd")
    only = whole.model_copy(update={"stratum_of": {}, "strata": {"odd": {}}})
    assert set(systems([only], stratum="odd")[0].measures) == {"kl", "fd"}, "all items are in it"
