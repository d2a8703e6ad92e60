"""Chance and ceiling: they are what the baselines score, and a share says where a system lies between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.api import evaluate
from vggsound_omni.metrics import METRICS, metric_of
from vggsound_omni.runs.anchors import NOISES, AnchorSounds, Reading, judged, paired
from vggsound_omni.runs.result import Anchors, Result

ITEMS = 20
IDS = tuple(f"item{k}" for k in range(9))


@pytest.fixture(scope="module")
def run(scenes: Callable[[int], str]) -> Callable[[str], Result]:
    """Results of baselines on vt2a, each computed once."""
    suite, done = scenes(ITEMS), dict[str, Result]()

    def result(model: str) -> Result:
        if model not in done:
            done[model] = evaluate(model, "vt2a", suite=suite, encoder_set="foleyworld").result
        return done[model]

    return result


def test_real_sound_of_other_items_is_chance_only_where_it_matters_whose_sound_it_is() -> None:
    assert {key for key, metric in METRICS.items() if paired(metric)} >= {"kl", "ms_clap", "la_clap", "ib", "ds"}
    assert not any(paired(METRICS[key]) for key in ("fd", "fad", "kad", "fd_inf", "is", "pq", "ce", "cu", "pc"))
    assert {key for key, metric in METRICS.items() if metric.is_distance} == {"fd", "fad", "kad", "fd_inf"}


def test_the_oracle_is_at_the_ceiling_and_silence_scores_what_its_own_run_scores(run: Callable[[str], Result]) -> None:
    oracle, silence = run("oracle"), run("silence")
    for key in ("kl", "pq", "ms_clap", "ib", "ds"):
        anchors = oracle.anchors[key]
        assert anchors.ceiling is not None
        assert anchors.ceiling.by == "oracle"
        assert anchors.ceiling.estimate == pytest.approx(oracle.scores[key].value, abs=1e-4)
        assert anchors.share == pytest.approx(1.0, abs=1e-4), key
        assert not anchors.above, key
        assert silence.anchors[key] == anchors.model_copy(
            update={name: getattr(silence.anchors[key], name) for name in ("share", "share_interval", "no_share")}
        ), "the same items have the same anchors, whoever is scored on them"
    kl = silence.anchors["kl"]
    assert kl.chance is not None
    assert kl.chance.by in ("silence", "noise"), (
        "a confident tagger's KL of wrong recordings is far higher, and no floor"
    )
    assert silence.scores["kl"].value is not None
    assert kl.chance.estimate <= silence.scores["kl"].value + 1e-4
    assert kl.share is not None
    assert kl.share <= 1e-4
    assert oracle.anchors["pc"].chance is None
    assert oracle.anchors["pc"].no_share == "Neither direction is better."


def test_an_estimate_that_is_null_is_read_against_nothing(run: Callable[[str], Result]) -> None:
    result = run("oracle")
    assert set(result.anchors) == {key for key, score in result.scores.items() if score.estimate is not None}
    assert result.scores["fd_inf"].estimate is None, "20 items, 128 dimensions"


def there(placing: dict[str, str] | None) -> dict[str, str]:
    assert placing is not None
    return placing


def test_halves_are_other_items_recordings_and_shuffled_is_never_an_items_own() -> None:
    sounds = AnchorSounds({i: Path(f"{i}.wav") for i in IDS}, [2.0, 4.0, 8.0])
    own, shuffled = there(sounds.oracle(IDS)), there(sounds.shuffled(IDS))
    assert sorted(shuffled.values()) == sorted(own.values()), "each recording once"
    assert all(shuffled[i] != own[i] for i in IDS)
    halves = [there(sounds.halved(IDS, seed)) for seed in range(2)]
    for half in halves:
        assert len(half) == len(IDS) // 2
        assert not {own[i] for i in half} & set(half.values())
    assert halves[0] != halves[1]
    for placing in (sounds.silence(IDS), sounds.noise(IDS), shuffled, *halves):
        assert set(placing.values()) <= set(sounds.sources)
    assert len(set(sounds.noise(IDS).values())) == NOISES
    made = sounds.sources[sounds.silence(IDS)[IDS[0]]]
    assert callable(made)
    assert len(made().data) == 4.0 * made().rate, "as long as the median item"


def test_items_without_recordings_have_chance_but_no_ceiling() -> None:
    sounds = AnchorSounds({i: None if i == IDS[0] else Path(f"{i}.wav") for i in IDS}, [1.0])
    assert sounds.oracle(IDS) is sounds.shuffled(IDS) is sounds.halved(IDS, 0) is None
    assert sounds.oracle(IDS[1:]) is not None
    assert sounds.noise(IDS)
    assert AnchorSounds({}, []).shuffled(()) is None


def drawn(mean: float, seed: int, spread: float = 0.3) -> Reading:
    numbers = np.random.default_rng(seed).normal(0, spread, 40)
    numbers += mean - numbers.mean()
    return Reading(mean, {f"item{k}": number for k, number in enumerate(numbers)})


def placed(key: str, score: Reading, ceiling: Reading | None, **chances: Reading) -> Anchors:
    metric = metric_of(key)
    assert metric is not None
    return judged(metric, score, chances, None if ceiling is None else ("oracle", ceiling))


def test_a_share_is_of_the_way_from_the_best_chance() -> None:
    """KL's share used to be flattered by shuffled, which no metric of the set has as chance."""
    chances = {"silence": drawn(5.5, 1), "noise": drawn(9.0, 2), "shuffled": drawn(21.5, 3)}
    found = placed("kl", drawn(1.87, 0), drawn(0.0, 4, 0.0), **chances)
    assert found.chance is not None
    assert found.chance.by == "silence"
    assert found.share == pytest.approx(1 - 1.87 / 5.5)
    assert found.share_interval is not None
    low, high = found.share_interval
    assert 0.6 < low < (found.share or 0.0) < high < 0.72
    worse = placed("kl", drawn(9.0, 2), drawn(0.0, 4, 0.0), **chances)
    assert worse.share is not None
    assert worse.share < 0


def test_bias_that_is_not_known_widens_the_share_and_can_undo_it() -> None:
    score, ceiling = drawn(8.0, 0), drawn(0.0, 1)
    sure = placed("fd", score, ceiling, noise=drawn(100.0, 2))
    unsure = placed("fd", Reading(8.0, score.items, uncertain=4.0), ceiling, noise=drawn(100.0, 2))
    assert sure.share_interval is not None
    assert unsure.share_interval is not None
    assert unsure.share_interval[0] == pytest.approx(sure.share_interval[0] - 0.04)
    none = placed("fd", score, Reading(0.0, ceiling.items, uncertain=200.0), noise=drawn(100.0, 2))
    assert (none.share, none.no_share) == (None, "Here the recordings are not shown to be better than chance.")


@pytest.mark.parametrize(
    ("key", "score", "above"),
    [("pq", 8.9, True), ("pq", 8.5, False), ("pq", 8.55, False), ("kl", -3.0, False), ("pc", 9.0, False)],
    ids=["above", "equal", "not shown", "has a reference", "no direction"],
)
def test_above_the_recordings_is_what_is_shown_to_be(key: str, score: float, *, above: bool) -> None:
    assert placed(key, drawn(score, 0), drawn(8.5, 1), noise=drawn(3.0, 2)).above == above


@pytest.mark.parametrize(
    ("ceiling", "chances", "why"),
    [
        (None, {"noise": drawn(1.0, 1)}, "without what the recordings score"),
        (drawn(5.0, 2), {}, "without a chance level"),
        (drawn(5.0, 2), {"noise": drawn(5.0, 1)}, "not shown to be better than chance"),
        (drawn(5.0, 2), {"noise": drawn(6.0, 1)}, "not shown to be better than chance"),
    ],
)
def test_there_is_no_share_where_there_is_no_way(
    ceiling: Reading | None, chances: dict[str, Reading], why: str
) -> None:
    found = placed("pq", drawn(4.0, 0), ceiling, **chances)
    assert found.share is None
    assert why in (found.no_share or "")
