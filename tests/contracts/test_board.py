"""What the board needs of every metric, suite and published row."""

from __future__ import annotations

import math

import pytest

from tests.board.attacks import PUBLISHED
from tests.board.shelves import made
from vggsound_omni.board.checks import known, problems, suites
from vggsound_omni.board.identity import bound, checkable, identities
from vggsound_omni.board.outcomes import item_range, worst_outcome
from vggsound_omni.board.shelf import validate
from vggsound_omni.metrics import METRICS, Metric
from vggsound_omni.suites import open_suite
from vggsound_omni.tracks import TRACKS

BOUNDED = [
    (metric, end)
    for metric in METRICS.values()
    if metric.key in identities("foleyworld")  # what the board's encoders can compute
    for end in (0, 1)
    if metric.bounds[end] is not None or (end and metric.per_item and metric.implausible is not None)
]


def track_of(metric: Metric) -> str:
    """The smallest track of FoleyWorld to which a metric applies."""
    found = [track for track in TRACKS if known("foleyworld", track).why_not(metric) is None]
    return min(found, key=lambda track: len(known("foleyworld", track).items))


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.key)
def test_a_failed_item_has_a_worst_outcome_or_takes_the_rank(metric: Metric) -> None:
    """Without a bound, it is the worst score of any ranked row; a metric of the set, or of no direction, has none."""
    row = made().submission
    given = row.model_copy(update={"items": {metric.key: (1.0,) * len(row.ids)}})
    worst = worst_outcome(metric, [given])
    if not metric.per_item or metric.better is None:
        assert worst is None
    else:
        assert worst is not None
        assert worst <= 1.0 if metric.better == "higher" else worst >= 1.0


@pytest.mark.parametrize(("metric", "end"), BOUNDED, ids=lambda one: getattr(one, "key", str(one)))
def test_a_score_beyond_its_metrics_bounds_is_refused(metric: Metric, end: int) -> None:
    row = made(track=track_of(metric)).submission
    limit = (item_range(metric) or metric.bounds)[end]
    assert limit is not None
    assert math.isfinite(limit)
    beyond = limit + (1 if end else -1)
    if metric.per_item:
        column = (beyond, *row.items[metric.key][1:])
        told = problems(row.model_copy(update={"items": {**row.items, metric.key: column}}))
        assert any(sentence.startswith(f"{metric.title} of {row.ids[0]} is") for sentence in told)
    else:
        score = row.scores[metric.key].model_copy(update={"value": beyond})
        told = problems(row.model_copy(update={"scores": {**row.scores, metric.key: score}}))
        assert any("it is never " in sentence and sentence.startswith(metric.title) for sentence in told)


@pytest.mark.parametrize("encoder_set", checkable())
def test_every_metric_of_a_checkable_set_has_a_name_for_its_numbers(encoder_set: str) -> None:
    playable = {key for key, one in bound(encoder_set).items() if set(one.metric.roles) <= set(one.encoders)}
    assert set(identities(encoder_set)) == playable
    names = [one.metric_id for one in identities(encoder_set).values()]
    assert len(set(names)) == len(names)


def test_every_suite_that_the_board_takes_opens_by_its_name() -> None:
    assert [open_suite(name).name for name in suites()] == suites()


def test_every_published_row_is_valid() -> None:
    """Without ``published``: rows that rank are by today's networks, superseded ones by those of their time."""
    found = validate(PUBLISHED, listen=False)
    assert found.sentences == ()
    assert len(found.submissions) >= 140
