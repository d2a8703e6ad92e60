"""What a failed item counts as, and which rows rank at all.

A failed item has the worst outcome: the bad end of its metric's bounds or, if there is none (KL), the worst score that
any ranked row of the table has on any item. So has an item without a score that the metric does apply to. Metrics of
the set (FD, FAD, KAD, IS, FD-inf) have no score of an item that could be the worst, so a row with any failure has no
rank in them; its value is that of the scored items. Above 2 % of failed items a row has no rank at all. A set of
recordings has no rank by its distance to the recordings.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vggsound_omni.analysis.compare.rule import (
    FROM_REFERENCE,
    Distance,
    below,
    from_reference,
    too_many_failed,
)
from vggsound_omni.metrics import Metric, title_of
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.intervals import F64, of_mean
from vggsound_omni.tracks import Track

from .owners import Owners
from .submission import Submission

ABSENT = Score(status="not_computed", reason="The row does not hold it.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """One metric of one row with its failed items counted as the worst."""

    score: Score
    shares: F64 | None  # contribution of each item, whose mean is the value; None: the row does not rank by the metric
    ids: tuple[str, ...]  # in the order of the shares


def item_range(metric: Metric) -> tuple[float, float] | None:
    """Returns the least and the greatest score that an item can have; None if nothing is known."""
    low, high = metric.bounds
    if high is None:
        high = metric.implausible
    if not metric.per_item or (low is None and high is None):
        return None
    return -math.inf if low is None else low, math.inf if high is None else high


def worst_outcome(metric: Metric, rows: Iterable[Submission]) -> float | None:
    """Returns what a failed item counts as; None for a metric of the set, or one that no row has.

    Args:
        metric: its bounds, if the bad end is finite, say so.
        rows: those of the table that rank.
    """
    if not metric.per_item or metric.better is None:
        return None
    bound = metric.bounds[0 if metric.better == "higher" else 1]
    if bound is not None:
        return bound
    found = [score for row in rows for score in row.items.get(metric.key, ()) if score is not None]
    return (min(found) if metric.better == "higher" else max(found)) if found else None


def judges(rows: Sequence[Submission], owners: Owners) -> list[Submission]:
    """Returns the rows of a table that say what others must hold: its baselines or, if it has none, all."""
    return [row for row in rows if owners.is_baseline(row)] or list(rows)


def scored_items(metric: Metric, rows: Iterable[Submission]) -> frozenset[str]:
    """Returns the ids of the items that the metric applies to, as told by rows of a table that hold it."""
    return frozenset(
        item_id
        for row in rows
        for item_id, number in zip(row.ids, _column(row, metric), strict=False)
        if number is not None
    )


def _column(row: Submission, metric: Metric) -> Sequence[float | None]:
    return (row.items if metric.per_item else row.influence).get(metric.key, ())


def counted(row: Submission, metric: Metric, worst: float | None, applies: Collection[str] | None = None) -> Counted:
    """Returns a metric of a row, failed items included.

    Args:
        row: may lack the metric.
        metric: which.
        worst: what a failed item counts as; None: a row with one does not rank by the metric.
        applies: ids of the items that the metric applies to; None: all.
    """
    score, column = row.scores.get(metric.key, ABSENT), _column(row, metric)
    known = [(item_id, number) for item_id, number in zip(row.ids, column, strict=False) if number is not None]
    if score.value is None or not known:
        return Counted(score=score, shares=None, ids=())
    if metric.is_distance and from_reference(row.heard, _distances(row)):
        nothing = {"estimate": None, "no_estimate": FROM_REFERENCE, "interval": None}
        return Counted(score=score.model_copy(update=nothing), shares=None, ids=())
    ids, numbers = tuple(item_id for item_id, _ in known), np.array([number for _, number in known])
    there = set(ids)
    gone = [*(failure.id for failure in row.failures), *(item_id for item_id in row.ids if item_id not in there)]
    failed = [item_id for item_id in gone if applies is None or item_id in applies]
    if not failed:
        return Counted(score=score, shares=numbers if metric.per_item else numbers + score.value, ids=ids)
    total = len(ids) + len(failed)
    if worst is None:
        told = f"Of the {len(ids)} scored items of {total}; with a failed item a row has no rank in {metric.title}."
        noted = score.model_copy(update={"reason": f"{told} {score.reason or ''}".strip()})
        return Counted(score=noted, shares=None, ids=())
    shares = np.array([*numbers, *[worst] * len(failed)])
    mean = math.fsum(shares) / total
    told = f"{len(failed)} failed of {total} items count as {worst:.4g} each."
    changed = {
        "value": mean,
        "estimate": mean,
        "interval": of_mean(shares, shares=metric.shares, bounds=metric.bounds) if total > 1 else None,
        "n": total,
        "reason": f"{told} {score.reason or ''}".strip(),
    }
    return Counted(score=score.model_copy(update=changed), shares=shares, ids=(*ids, *failed))


def _distances(row: Submission) -> Iterator[Distance]:
    for key, score in row.scores.items():
        if score.value is not None:
            influence = np.array([number for number in row.influence.get(key, ()) if number is not None], np.float64)
            yield Distance(key, score.value - (score.bias or 0.0), influence, score.uncertain or 0.0)


CLAIMED = "Claimed: only who generated its sounds has scored them, and rows that somebody else scored rank here."


def why_unranked(
    row: Submission, track: Track, owners: Owners, required: Collection[str], *, checked: bool
) -> str | None:
    """Returns why a row is listed without a rank, or None if it ranks.

    Args:
        row: of a table; a model, no reference line.
        track: of the table.
        owners: the maintainers' list.
        required: keys of metrics in which the table's :func:`judges` have values.
        checked: whether the table has models that somebody else scored.
    """
    if failed := too_many_failed(len(row.failures), len(row.ids) + len(row.failures)):
        return failed
    if row.heard is not None and row.heard.marked and not owners.is_baseline(row):
        return f"{row.heard.copies} of {row.heard.compared} sounds are the items' own recordings."
    if unlike := below(row.scores, track.ranks_from):
        return unlike
    missing = [key for key, score in row.scores.items() if score.status == "not_computed" and key in required]
    if missing:
        titles = ", ".join(map(title_of, missing))
        return f"{titles} could not be computed; a row ranks by all metrics that it was scored with or by none."
    return CLAIMED if checked and row.claimed and not owners.is_baseline(row) else None
