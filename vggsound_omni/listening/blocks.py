"""Who hears what: balanced incomplete blocks of systems, items and sides.

A listener hears every item once at most. Over listeners, every item is heard as often as any other, to within one
trial; so is every pair of systems, and a pair is on either side as often as on the other. Within a listener, pairs are
as even as their number allows. Trials are drawn one by one, each the one that is behind most, ties at random. Where one
sound is scored, systems take the place of pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vggsound_omni.errors import UserError

from .study import Kind


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One trial of a block, as indices."""

    item: int
    left: int
    right: int | None  # None where one sound is scored


def blocks(
    systems: int, items: int, listeners: int, trials: int, rng: np.random.Generator, kind: Kind = "pairs"
) -> list[list[Cell]]:
    """Returns the trials of each listener, in random order.

    Args:
        systems: how many, two at least.
        items: how many.
        listeners: how many.
        trials: of each listener.
        rng: draws among what is equally good.
        kind: whether a trial is of two systems or of one.

    Raises:
        UserError: a listener would hear an item twice.
    """
    if trials > items:
        raise UserError(f"{trials} trials a listener take as many items; there are {items}: lower --trials.")
    pairs: list[tuple[int, ...]] = list(combinations(range(systems), 2 if kind == "pairs" else 1))
    by_pair, by_item = np.zeros(len(pairs)), np.zeros(items)
    by_cell = np.zeros((len(pairs), items))
    lefts = Counter[tuple[int, int]]()
    found: list[list[Cell]] = []
    for _ in range(listeners):
        own_pairs, unseen = np.zeros(len(pairs)), np.ones(items, bool)
        own_lefts = Counter[int]()
        block: list[Cell] = []
        for _ in range(trials):
            pair = _least([own_pairs, by_pair], np.ones(len(pairs), bool), rng)
            item = _least([by_item, by_cell[pair]], unseen, rng)
            left, right = (*pairs[pair], None)[:2]
            assert left is not None, "a trial has a sound"
            if right is not None:
                lead = lefts[left, right] - lefts[right, left]  # how much oftener the first was on the left
                lead = lead or own_lefts[left] - own_lefts[right] or int(rng.choice([-1, 1]))
                left, right = (right, left) if lead > 0 else (left, right)
                lefts[left, right] += 1
                own_lefts[left] += 1
            own_pairs[pair] += 1
            by_pair[pair] += 1
            by_item[item] += 1
            by_cell[pair, item] += 1
            unseen[item] = False
            block.append(Cell(item=item, left=left, right=right))
        found.append([block[index] for index in rng.permutation(trials)])
    return found


def _least(counts: Sequence[np.ndarray], allowed: np.ndarray, rng: np.random.Generator) -> int:
    """Returns the allowed index with the least first count, of those the least second, of those any."""
    left = np.flatnonzero(allowed)
    for count in counts:
        left = left[count[left] == count[left].min()]
    return int(rng.choice(left))
