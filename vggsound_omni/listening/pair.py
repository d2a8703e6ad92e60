"""Two systems on one question, however they were heard, and the places that follow from all such pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vggsound_omni.stats.paired import LEVEL
from vggsound_omni.stats.ranks import Rank, rank


@dataclass(frozen=True, kw_only=True)
class Pair:
    """How far apart two systems are."""

    first: str
    second: str
    difference: float  # of strengths, or of scores
    interval: tuple[float, float]  # those of all pairs hold together with 95 %
    p: float  # of this pair, times the number of pairs

    @property
    def in_order(self) -> tuple[str, str]:
        """The better one, and the other."""
        return (self.first, self.second) if self.difference > 0 else (self.second, self.first)


def ranked(order: Sequence[str], pairs: Iterable[Pair]) -> dict[str, Rank]:
    """Returns the places of systems, the best first, by the pairs that were shown to differ."""
    better = np.zeros((len(order), len(order)), bool)
    for pair in pairs:
        if pair.p < LEVEL:
            one, other = map(order.index, pair.in_order)
            better[one, other] = True
    return rank(order, better)
