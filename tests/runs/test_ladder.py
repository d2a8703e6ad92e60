"""The ladder: metrics order what must be ordered, end to end, with the shipped encoders on FoleyWorld."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from vggsound_omni.analysis.compare.comparison import compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.api import evaluate
from vggsound_omni.encoders.foleyworld.aesthetics.encoder import AestheticsEncoder
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.data import Shard, render_shard
from vggsound_omni.encoders.foleyworld.synchroniser.encoder import SynchroniserEncoder
from vggsound_omni.encoders.registry import playing
from vggsound_omni.metrics import METRICS, desync
from vggsound_omni.runs.result import Result
from vggsound_omni.suites.foleyworld import SAMPLE_RATE, scene
from vggsound_omni.suites.foleyworld.classes import CLASSES

ITEMS, OTHERS = 32, 16
"""Scenes that are run, and those whose sound only a shuffle uses: with none, it would give the very same set."""
SCENES = 24
LADDER = ("oracle", "shuffled", "noise")


@pytest.fixture(scope="session")
def rung(scenes: Callable[[int], str]) -> Callable[..., Result]:
    """Results of the baselines on vt2a, each computed once."""
    suite = scenes(ITEMS + OTHERS)
    done: dict[tuple[str, int], Result] = {}

    def result(model: str, seed: int = 0) -> Result:
        if (model, seed) not in done:
            done[model, seed] = evaluate(
                model, "vt2a", suite=suite, limit=ITEMS, encoder_set="foleyworld", seed=seed
            ).result
        return done[model, seed]

    return result


def value(result: Result, key: str) -> float:
    found = result.scores[key].value
    assert found is not None, result.scores[key].reason
    return found


def test_the_oracle_is_the_optimum_of_every_distance(rung: Callable[..., Result]) -> None:
    oracle = rung("oracle")
    # 24-bit storage of what the reference holds in 16 bits is exact, so the sets are identical.
    assert value(oracle, "kl") == pytest.approx(0, abs=1e-9)
    assert value(oracle, "fd") < 1e-6
    assert value(oracle, "fad") < 1e-6
    assert value(oracle, "fd_inf") < 1e-6


@pytest.mark.parametrize(("key", "sign"), [("kl", -1), ("ms_clap", 1), ("la_clap", 1), ("ib", 1), ("ds", -1)])
def test_metrics_of_pairing_fall_from_oracle_to_shuffled(rung: Callable[..., Result], key: str, sign: int) -> None:
    oracle, shuffled = rung("oracle").scores[key], rung("shuffled").scores[key]
    assert oracle.interval is not None
    assert shuffled.interval is not None
    # Clearly: the intervals do not touch.
    if sign > 0:
        assert oracle.interval[0] > shuffled.interval[1]
    else:
        assert oracle.interval[1] < shuffled.interval[0]


@pytest.mark.parametrize("key", ["fd", "fad", "kad"])
def test_metrics_of_the_set_hardly_see_a_shuffle_and_do_see_noise(rung: Callable[..., Result], key: str) -> None:
    shuffled, noise = value(rung("shuffled"), key), value(rung("noise"), key)
    assert shuffled - value(rung("oracle"), key) < 0.15 * noise
    assert noise > 5 * max(shuffled, 1e-3)


@pytest.mark.parametrize("key", ["pq", "is"])
def test_quality_falls_from_oracle_to_noise(rung: Callable[..., Result], key: str) -> None:
    assert value(rung("oracle"), key) > 1.5 * value(rung("noise"), key)


def test_silence_never_scores_well(rung: Callable[..., Result]) -> None:
    for key, better in (
        ("kl", -1),
        ("fd", -1),
        ("fad", -1),
        ("is", 1),
        ("pq", 1),
        ("ms_clap", 1),
        ("la_clap", 1),
        ("ib", 1),
        ("ds", -1),
    ):
        oracle, silence = value(rung("oracle"), key), value(rung("silence"), key)
        assert better * (oracle - silence) > 0, key
        if key not in ("kl", "fd", "fad", "ds"):
            assert silence < 0.6 * oracle, key


def test_the_comparison_ranks_the_ladder(rung: Callable[..., Result]) -> None:
    found = compare(systems([rung("noise"), rung("shuffled"), rung("oracle")]))
    ranks = {metric.key: {name: place.rank for name, place in metric.ranks.items()} for metric in found.metrics}
    unranked = {system.name: system.unranked for system in found.systems if system.unranked}
    assert unranked == {"noise": "Its Coverage is 0, and from 0.2 on a system has a rank on this track."}
    # Pairing falls from oracle to shuffled, the sound itself from shuffled to noise; nothing climbs the other way.
    assert {key for key, places in ranks.items() if places["oracle"] != 1} <= {"pc"}
    for key in ("kl", "ms_clap", "la_clap", "ib"):
        assert ranks[key]["shuffled"] > 1, key
    for metric in found.metrics:
        if metric.key in ("pq", "ce", "cu"):
            assert (metric.ranks["oracle"].rank, metric.ranks["shuffled"].rank) == (1, 1), metric.key
            # Against the oracle, one clip of which is poor, 32 clips may not be enough to be certain of a mean.
            assert metric.better("shuffled", "noise"), metric.key
        if metric.key in ("fad", "kad"):
            assert metric.better("oracle", "noise"), metric.key
            assert metric.absent["shuffled"].startswith("The sounds come from the reference set"), metric.key


def test_two_seeds_of_one_system_tie(rung: Callable[..., Result]) -> None:
    found = compare(systems([rung("noise"), rung("noise", 1)], each_run=True), family="table")
    assert {metric.key for metric in found.metrics} >= {"kl", "fad", "kad", "pq", "ms_clap", "ib"}
    assert found.not_compared["ds"].startswith("Compared from 60 items on")
    assert "fd" in found.not_compared, "32 clips have no covariance in 128 dimensions"
    for metric in found.metrics:
        # Of a table whose systems are the same, one in twenty has a pair that is apart: no more is promised.
        assert (metric.pairs[0].p_adjusted or 0) > 0.01, metric.key
        assert not metric.ranks, "neither sounds like anything"


def test_a_result_identifies_every_number(rung: Callable[..., Result]) -> None:
    result = rung("shuffled")
    assert result.counts.scored == ITEMS
    played = playing("foleyworld")
    for key, score in result.scores.items():
        if METRICS[key].needs_truth:
            assert score.reason == "the truth of the suite's items is not known"
            continue
        if METRICS[key].needs_judge:
            assert score.status == "not_computed"
            continue
        if not set(METRICS[key].roles) <= set(played):
            assert score.status != "computed"
            continue
        assert score.status == "computed", f"{key}: {score.reason}"
        assert score.n == ITEMS
        assert score.encoder is not None
        assert score.encoder.startswith("foleyworld-")
        assert score.checkpoint_sha256 is not None
        assert score.metric_id is not None
        assert score.unit
    assert set(result.items) == set(result.signals)
    kl = [scores["kl"] for scores in result.items.values()]
    assert np.mean(kl) == pytest.approx(value(result, "kl"))
    parts = [scores["kl"] for scores in result.strata.values()]
    assert np.average([part.value for part in parts], weights=[part.n or 0 for part in parts]) == pytest.approx(
        value(result, "kl")
    )


@pytest.fixture(scope="session")
def impacts(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Scenes of the validation split with impacts in the picture."""
    everything = [("validation", "main", i) for i in range(128)]
    keys = [k for k in everything if any(s.on_screen and CLASSES[s.sound_class].impact for s in scene(*k).heard)][
        :SCENES
    ]
    shard = Shard(keys=tuple(keys), folder=tmp_path_factory.mktemp("impacts"))
    render_shard(shard)
    return Clips([shard])


def test_a_shift_of_the_reference_costs_about_that_shift(impacts: Clips) -> None:
    encoder = SynchroniserEncoder()
    seen = encoder.video(impacts.frames(range(SCENES)))
    found = []
    for seconds in (0.0, 0.09, 0.2, 0.25, 0.4, 0.8):
        shift = round(seconds * SAMPLE_RATE)
        late = torch.nn.functional.pad(impacts.samples(range(SCENES)), (shift, 0))[:, : 8 * SAMPLE_RATE]
        logits = encoder.compare(encoder.audio(late), seen).numpy()
        found.append(desync.evaluate(logits, encoder.offsets).value)
    assert found == sorted(found)
    for seconds, ds in zip((0.09, 0.2, 0.25, 0.4, 0.8), found[1:], strict=True):
        assert ds - found[0] == pytest.approx(seconds, abs=0.12), found


def test_noise_lowers_quality_step_by_step(impacts: Clips) -> None:
    encoder = AestheticsEncoder()
    clean = impacts.samples(range(SCENES))
    level = clean.square().mean(1, keepdim=True).sqrt()
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0)) * level
    quality = [float(encoder.audio(clean)["pq"].mean())]
    quality += [float(encoder.audio(clean + noise * 10 ** (-snr / 20))["pq"].mean()) for snr in (20, 10, 0)]
    assert quality == sorted(quality, reverse=True)
    assert quality[0] > quality[-1] + 3


def test_the_python_face_gives_a_row_an_item(tmp_path: Path) -> None:
    evaluation = evaluate("shuffled", "offscreen", limit=3, output=tmp_path / "run")
    assert set(evaluation.items.index) == set(evaluation.result.items)
    assert {"caption", "labels", "stratum", "kl", "ms_clap", "pq"} <= set(evaluation.items.columns)
    assert evaluation.result.scores["is"].status == "not_computed"
    assert "20" in (evaluation.result.scores["is"].reason or "")
    assert evaluation.result.scores["ib"].status == "not_applicable"
