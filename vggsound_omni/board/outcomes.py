"""What a failed item counts as, and which rows rank at all.

A failed item has the worst outcome: the worst score that its metric can have or, where there is no such bound (KL),
the worst that any ranked row of the table has on any item. Metrics of the set (FD, FAD, KAD, IS, FD-inf) have no score
of an item that could be the worst, so a row with any failure has no rank in them; its value is that of the scored
items. Above 2 % of failed items a row has no rank at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vggsound_omni.metrics.catalogue import METRICS, MetricInfo
from vggsound_omni.metrics.desync import OFFSETS
from vggsound_omni.metrics.estimate import F64
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.intervals import by_influence

from .owners import Owners
from .submission import Submission

MOST_FAILED = 0.02
"""Share of failed items above which a row does not rank."""
_RANGES = {
    "points, 1 to 10": (1.0, 10.0),
    "cosine": (-1.0, 1.0),
    "s": (0.0, max(map(abs, OFFSETS))),
    # The bundled tagger gave at most 43 nats for any baseline, and 36 for full-scale square waves, clicks and sweeps.
    "nats": (0.0, 100.0),
}
"""What an item's score may be, by the metric's unit; the upper end of KL is not a bound but beyond what occurs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """One metric of one row with its failed items counted as the worst."""

    score: Score
    shares: F64 | None
    """Contribution of each item, whose mean is the value; None where the row does not rank by the metric."""
    ids: tuple[str, ...]
    """In the order of the shares."""


def item_range(info: MetricInfo) -> tuple[float, float] | None:
    """The least and the greatest score of an item; None where nothing is known."""
    return _RANGES.get(info.unit) if info.per_clip else None


def worst_outcome(info: MetricInfo, rows: Iterable[Submission]) -> float | None:
    """What a failed item counts as; None for a metric of the set, or one that no row has.

    Args:
        info: the metric.
        rows: those of the table that rank.
    """
    if not info.per_clip or info.direction is None:
        return None
    if info.unit in ("points, 1 to 10", "cosine", "s"):
        low, high = _RANGES[info.unit]
        return low if info.direction == "higher" else high
    found = [score for row in rows for score in row.items.get(info.key, ())]
    return (min(found) if info.direction == "higher" else max(found)) if found else None


def counted(row: Submission, key: str, worst: float | None) -> Counted:
    """A metric of a row, failed items included."""
    info, score = METRICS[key], row.scores.get(key, Score(status="not_computed", reason="The row does not hold it."))
    column = (row.items if info.per_clip else row.influence).get(key)
    failed = tuple(failure.id for failure in row.failures)
    if score.value is None or not column:
        return Counted(score=score, shares=None, ids=())
    if not failed:
        shares = np.array(column) if info.per_clip else np.array(column) + score.value
        return Counted(score=score, shares=shares, ids=row.ids)
    total = len(row.ids) + len(failed)
    if worst is None:
        told = f"Of the {len(row.ids)} scored items of {total}; with a failed item a row has no rank in {info.title}."
        noted = score.model_copy(update={"reason": f"{told} {score.reason or ''}".strip()})
        return Counted(score=noted, shares=None, ids=())
    shares = np.array([*column, *[worst] * len(failed)])
    mean = math.fsum(shares) / total
    told = f"{len(failed)} failed of {total} items count as {worst:.4g} each."
    changed = {
        "value": mean,
        "interval": by_influence(mean, shares - mean) if total > 1 else None,
        "n": total,
        "reason": f"{told} {score.reason or ''}".strip(),
    }
    return Counted(score=score.model_copy(update=changed), shares=shares, ids=(*row.ids, *failed))


def why_unranked(row: Submission, owners: Owners) -> str | None:
    """Why a row is listed without a rank; None where it ranks."""
    total = len(row.ids) + len(row.failures)
    if total and len(row.failures) > MOST_FAILED * total:
        share, most = 100 * len(row.failures) / total, 100 * MOST_FAILED
        return f"{len(row.failures)} of {total} items failed ({share:.1f} %); above {most:g} % no row ranks."
    if row.heard is not None and row.heard.marked and not owners.is_baseline(row):
        return f"{row.heard.copies} of {row.heard.compared} sounds are the items' own recordings."
    missing = [
        METRICS[key].title for key, score in row.scores.items() if score.status == "not_computed" and key in METRICS
    ]
    if missing:
        return f"{', '.join(missing)} could not be computed; a row ranks by all metrics of its track or by none."
    return None
