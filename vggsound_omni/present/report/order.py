"""The order of items, worst first, and the choice of those that the page plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vggsound_omni.metrics import metric_of, ordered
from vggsound_omni.runs.result import Result


@dataclass(frozen=True, kw_only=True)
class Order:
    """The items with sound, worst first."""

    key: str | None  # the metric that they are sorted by; None if no item has a score: the order is the suite's
    ids: tuple[str, ...]


def item_metrics(result: Result, first: Sequence[str] = ()) -> list[str]:
    """Returns the metrics for which at least one item has a score, in the order of tables; ``first`` come first."""
    return ordered((key for scores in result.items.values() for key in scores), first)


def direction(result: Result, key: str) -> str | None:
    """Returns which direction is better: ``higher``, ``lower`` or None."""
    score = result.scores.get(key)
    if score is not None and score.direction:
        return score.direction
    metric = metric_of(key)
    return metric.better if metric else None


def worst_first(result: Result, ids: Sequence[str], headline: Sequence[str] = ()) -> Order:
    """Sorts the items that have sound by the first metric that has item scores and a better direction.

    Args:
        result: the run.
        ids: in the suite's order, which ties keep; items without a score come last.
        headline: metrics that come before all others: what ranks on the track.
    """
    sounding = [item_id for item_id in ids if item_id in result.signals]
    key = next((key for key in item_metrics(result, headline) if direction(result, key)), None)
    if key is None:
        return Order(key=None, ids=tuple(sounding))
    sign = -1 if direction(result, key) == "lower" else 1
    scores = {item_id: sign * values[key] for item_id, values in result.items.items() if key in values}
    ranked = sorted((item_id for item_id in sounding if item_id in scores), key=scores.__getitem__)
    return Order(key=key, ids=(*ranked, *(item_id for item_id in sounding if item_id not in scores)))


def chosen(order: Order, worst: int, others: int) -> tuple[list[str], list[str]]:
    """Returns the ``worst`` worst items, and ``others`` of the rest, evenly spaced from bad to good, ends included.

    If no metric sorts the items, none is worst, and ``worst + others`` items are evenly spaced.
    """
    if order.key is None:
        worst, others = 0, worst + others
    rest = order.ids[worst:]
    if len(rest) <= others:
        return list(order.ids[:worst]), list(rest)
    step = (len(rest) - 1) / max(others - 1, 1)
    return list(order.ids[:worst]), [rest[round(i * step)] for i in range(others)]
