"""Metrics of truth follow a truth that is told wrongly; others are found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.metrics.heard import estimate, perfect, truths
from vggsound_omni.analysis.audit.mistold import MISTAKES, Mistake, findings, mistold
from vggsound_omni.metrics import METRICS, Metric, MetricError
from vggsound_omni.suites.suite import Item, SoundEvent, Truth

KEYS = ("event_f1", "av_f1", "onset_f1", "hits", "timing", "count", "order", "leak", "level")
ITEMS = [
    Item(id=f"item{k:02d}", stratum="main", duration=8.0, caption=None, truth=truth)
    for k, truth in enumerate(truths()[:32])
]
Column = dict[str, dict[str, float]]


def scores(metrics: Sequence[Metric]) -> dict[tuple[str, float], Column]:
    """Of what a perfect ear hears of the truth as it is."""

    def column(told: dict[str, Truth]) -> Column:
        heard = [perfect(item.truth) for item in ITEMS if item.truth]
        found: Column = {item.id: {} for item in ITEMS}
        for metric in metrics:
            try:
                single = estimate(metric, heard, list(told.values())).per_item
            except MetricError:  # it is about none of them
                continue
            assert single is not None
            for item, score in zip(ITEMS, single, strict=True):
                if not np.isnan(score):
                    found[item.id][metric.key] = float(score)
        return found

    places = {(one.key, severity): mistold(ITEMS, one, severity) for one in MISTAKES for severity in one.severities}
    places["", 0.0] = {item.id: item.truth for item in ITEMS if item.truth}
    return {place: column(told) for place, told in places.items()}


def test_every_metric_of_truth_passes_with_a_perfect_ear() -> None:
    metrics = [METRICS[key] for key in KEYS]
    found = {one.metric: one for one in findings(metrics, ITEMS, scores(metrics))}
    assert {key: one.verdict for key, one in found.items()} == dict.fromkeys(KEYS, "pass")
    assert found["level"].numbers["spearman_louder"] == 1
    assert "acts moved +1.00" in found["timing"].sentence
    assert {key for mistake in MISTAKES for key in mistake.sees} == set(KEYS)


def test_a_metric_that_moves_when_it_must_not_or_follows_nothing_fails() -> None:
    event_f1 = METRICS["event_f1"]
    by = scores([event_f1])

    def verdict(changed: Callable[[tuple[str, float], float], float]) -> str:
        other = {
            place: {i: {"event_f1": changed(place, one["event_f1"])} for i, one in column.items() if one}
            for place, column in by.items()
        }
        (found,) = findings([event_f1], ITEMS, other)
        return found.verdict

    assert verdict(lambda _, score: score) == "pass"
    assert verdict(lambda place, score: score - 0.01 * (place[0] == "louder")) == "fail"
    assert verdict(lambda place, score: 1.0 if place[0] == "lacking" else score) == "fail"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.key)
def test_a_mistake_is_the_same_whenever_it_is_told_and_grows(mistake: Mistake) -> None:
    first, again = (mistold(ITEMS, mistake, mistake.severities[-1]) for _ in range(2))
    assert first == again
    truth = {item.id: item.truth for item in ITEMS}
    off = [
        sum(mistold(ITEMS, mistake, severity)[i] != truth[i] for i in truth)
        for severity in (mistake.severities[0], mistake.severities[-1])
    ]
    assert 0 < off[0] <= off[1]


def test_textures_are_never_left_out() -> None:
    rain = SoundEvent(sound_class="raining", onset=1.0, end=5.0, discrete=False)
    bark = SoundEvent(sound_class="dog barking", onset=0.5, end=0.7)
    item = replace(ITEMS[0], truth=Truth(events=(bark, rain, replace(bark, onset=6.0, end=6.2))))
    (told,) = mistold([item], MISTAKES[0], 1.0).values()
    assert told.events == (bark, rain)
