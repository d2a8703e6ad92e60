"""Clips that change places: within their class, or across classes.

A swap permutes the clips of a set, and the set stays the same: a metric of sets must not move, one of pairs must.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vggsound_omni.suites.suite import Item

Labels = Mapping[str, frozenset[str]]
"""Classes heard, by id."""


@dataclass(frozen=True, kw_only=True)
class Swap:
    """A way to permute clips."""

    key: str
    title: str
    within: bool  # whether a clip changes places with one of its own class; otherwise of another
    severities: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)  # share of items, from the mildest to the worst
    unit: str = "share of items"
    what: str
    kind: Literal["graded"] = "graded"


WITHIN = Swap(
    key="swap_within", title="swapped within class", within=True,
    what="Clips change places with those of the most similar classes.",
)  # fmt: skip
ACROSS = Swap(
    key="swap_across", title="swapped across classes", within=False,
    what="Clips change places with those of the least similar classes.",
)  # fmt: skip


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Returns the share of the classes of either that are classes of both, 0 to 1."""
    return len(a & b) / len(a | b) if a | b else 0.0


def in_pairs(items: Sequence[Item], limit: int | None) -> list[Item]:
    """Chooses the first items of a suite, each with the one most like it by class, so that few items share classes.

    Returns:
        ``limit`` items in the suite's order; all of them if there is no limit, or no more.
    """
    left = list(items)
    if limit is None or limit >= len(left):
        return left
    chosen: list[Item] = []
    while len(chosen) < limit:
        first = left.pop(0)
        likeness = [jaccard(frozenset(first.labels), frozenset(other.labels)) for other in left]
        second = left.pop(int(np.argmax(likeness)))  # the earliest of equals
        chosen += [first, second]
    wanted = {item.id for item in chosen[:limit]}
    return [item for item in items if item.id in wanted]


def sources(swap: Swap, labels: Labels, share: float) -> dict[str, str]:
    """Returns whose clip each item gets.

    At share 1 no item keeps its own; the sum of Jaccard indices is the largest possible within classes, and the
    smallest across them. At a lower share, clips move along what is left of the same cycles, so that it is still a
    permutation.

    Args:
        swap: which.
        labels: of all items, two at least.
        share: of items, 0 to 1.

    Returns:
        The id of the clip, by id of the item.
    """
    from scipy.optimize import linear_sum_assignment

    ids = sorted(labels)
    cost = np.array([[jaccard(labels[a], labels[b]) for b in ids] for a in ids])
    cost = -cost if swap.within else cost
    cost += np.random.default_rng(0).uniform(0, 1e-6, cost.shape)  # among equals, any
    np.fill_diagonal(cost, 1e3)
    _, following = linear_sum_assignment(cost)
    moved = set(_along_cycles(following.tolist())[: round(share * len(ids))])
    result = dict(zip(ids, ids, strict=True))
    for i in moved:
        j = int(following[i])
        while j not in moved:
            j = int(following[j])
        result[ids[i]] = ids[j]
    return result


def _along_cycles(following: Sequence[int]) -> list[int]:
    """Returns every number once, cycle by cycle."""
    order: dict[int, None] = {}
    for start in range(len(following)):
        at = start
        while at not in order:
            order[at] = None
            at = int(following[at])
    return list(order)
