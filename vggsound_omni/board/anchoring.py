"""Chance and ceiling of a table: what its own rows of the baselines score on the same items."""

from __future__ import annotations

from collections.abc import Sequence

from vggsound_omni.metrics import Metric
from vggsound_omni.runs.anchors import Reading, judged, paired, reading
from vggsound_omni.runs.result import Anchors

from .outcomes import Counted
from .owners import Owners
from .submission import Submission

_CEILING = ("oracle", "reference")  # rows of schema 1 call the oracle by the second name
_CHANCE = ("silence", "noise")


def anchored(
    metric: Metric, rows: Sequence[Submission], counted: Sequence[Counted], owners: Owners
) -> list[Anchors | None]:
    """Returns, by row, what its score is read against; None if it has no estimate, or the table no baselines.

    The ceiling of a distance is the oracle's 0: a row holds no features to compare two halves of the recordings by.

    Args:
        metric: one that is known.
        rows: of a table.
        counted: the metric of each row.
        owners: say whose rows are baselines.
    """
    there = {
        row.card.name: found
        for row, one in zip(rows, counted, strict=True)
        if owners.is_baseline(row) and (found := _reading(metric, one)) is not None
    }
    names = (*_CHANCE, "shuffled") if paired(metric) else _CHANCE
    chances = {name: there[name] for name in names if name in there}
    ceiling = next((("oracle", there[name]) for name in _CEILING if name in there), None)
    if metric.better is None:
        chances = {}
    if ceiling is None and not chances:
        return [None] * len(rows)
    return [
        judged(metric, own, chances, ceiling)
        if one.score.estimate is not None and (own := _reading(metric, one)) is not None
        else None
        for one in counted
    ]


def _reading(metric: Metric, counted: Counted) -> Reading | None:
    if counted.shares is None:
        return None
    return reading(metric, counted.score, dict(zip(counted.ids, map(float, counted.shares), strict=True)))
