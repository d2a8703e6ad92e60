"""Ranks with ties: which system is shown to be better than which, and which cannot be distinguished.

A system's rank is 1 plus the number of systems shown to be better than it; its true place may be as low as the number
of systems less those it is shown to be better than. If all pairs are tested with a family-wise error rate of 5 %, the
ranges of all systems hold simultaneously with 95 % (Mogstad, Romano, Shaikh and Wilhelm 2024). Ties are not
transitive: a may tie with b and b with c while a is shown to be better than c. Letters say which pairs tie: systems
that share a letter were not distinguished, and each letter is a maximal such set (Piepho 2004).
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place of one system."""

    rank: int  # 1 plus the number of systems shown to be better; systems may share it
    lowest: int  # the lowest place that the data allow: all systems not shown to be worse might be better

    @property
    def text(self) -> str:
        """``1`` if the data fix the place, else a range: ``1-3``."""
        return str(self.rank) if self.rank == self.lowest else f"{self.rank}-{self.lowest}"


@dataclass(frozen=True, kw_only=True)
class Rank(Place):
    """A place with its ties."""

    letters: str  # each shared with systems it was not distinguished from, and with no other


def places(better: NDArray[np.bool_]) -> list[Place]:
    """Returns places from findings.

    Args:
        better: (systems, systems), where the first is shown to be better than the second.
    """
    worse_than, better_than = better.sum(axis=0), better.sum(axis=1)
    return [Place(rank=1 + int(w), lowest=len(better) - int(b)) for w, b in zip(worse_than, better_than, strict=True)]


def rank(systems: Sequence[str], better: NDArray[np.bool_]) -> dict[str, Rank]:
    """Returns places with letters.

    Args:
        systems: distinct names, the best value first; letters are assigned in this order.
        better: (systems, systems), where the first is shown to be better than the second.

    Returns:
        Ranks by name, in the order given.
    """
    apart = better | better.T
    ties = {a: {b for j, b in enumerate(systems) if j != i and not apart[i, j]} for i, a in enumerate(systems)}
    sets = sorted(_largest_sets(ties), key=lambda members: sorted(map(systems.index, members)))
    letters = dict.fromkeys(systems, "")
    for number, members in enumerate(sets):
        for name in members:
            letters[name] += _letter(number)
    return {
        name: Rank(rank=place.rank, lowest=place.lowest, letters=letters[name])
        for name, place in zip(systems, places(better), strict=True)
    }


def _largest_sets(ties: dict[str, set[str]]) -> list[frozenset[str]]:
    """Returns the maximal sets of systems that tie pairwise (Bron and Kerbosch 1973, with a pivot)."""
    found: list[frozenset[str]] = []

    def grow(members: frozenset[str], candidates: set[str], done: set[str]) -> None:
        if not candidates and not done:
            found.append(members)
            return
        pivot = max(sorted(candidates | done), key=lambda name: len(ties[name] & candidates))
        for name in sorted(candidates - ties[pivot]):
            grow(members | {name}, candidates & ties[name], done & ties[name])
            candidates = candidates - {name}
            done = done | {name}

    grow(frozenset(), set(ties), set())
    return found


def _letter(number: int) -> str:
    """Returns one character: a to z, A to Z, then Greek and beyond."""
    letters = string.ascii_letters
    return letters[number] if number < len(letters) else chr(ord("α") + number - len(letters))
