"""Ranks with ties: who is shown to be better than whom, and who cannot be told apart.

The rule. A system's rank is 1 plus the number of systems shown to be better than it. It could also be as low as the
number of systems less those it is shown to be better than. Where all pairs are tested with one error rate of 5 %
over the table (Holm), the ranges of all systems hold at once with 95 % (Mogstad, Romano, Shaikh and Wilhelm 2024).
Not to be told apart is no equivalence: a may tie with b and b with c while a is shown to be better than c. Letters
say which pairs tie: systems that share a letter were not told apart, and each letter is a largest such set (Piepho
2004).
"""

from __future__ import annotations

import string
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one system stands."""

    rank: int
    """1 plus the number of systems shown to be better; systems may share it."""
    lowest: int
    """The lowest place that the data allow: all systems not shown to be worse might be better."""

    @property
    def text(self) -> str:
        """``1`` where the data fix the place, ``1-3`` where not."""
        return str(self.rank) if self.rank == self.lowest else f"{self.rank}-{self.lowest}"


@dataclass(frozen=True, kw_only=True)
class Rank(Place):
    """A place, and with whom it is shared."""

    letters: str
    """Shared with every system it was not told apart from, and with no other."""


def rank(systems: Sequence[str], shown: Collection[tuple[str, str]]) -> dict[str, Rank]:
    """Ranks from pairwise findings.

    Args:
        systems: names, distinct, the best value first; letters are given out in this order.
        shown: (better, worse) for every pair that the data tell apart.

    Returns:
        By name, in the order given.
    """
    apart = {frozenset(pair) for pair in shown}
    ties = {a: {b for b in systems if b != a and frozenset((a, b)) not in apart} for a in systems}
    sets = sorted(_largest_sets(ties), key=lambda members: sorted(map(systems.index, members)))
    letters = dict.fromkeys(systems, "")
    for number, members in enumerate(sets):
        for name in members:
            letters[name] += _letter(number)
    return {
        name: Rank(
            rank=1 + sum(worse == name for _, worse in shown),
            lowest=len(systems) - sum(better == name for better, _ in shown),
            letters=letters[name],
        )
        for name in systems
    }


def _largest_sets(ties: dict[str, set[str]]) -> list[frozenset[str]]:
    """Every set of systems that tie pairwise and to which none can be added (Bron and Kerbosch 1973, with a pivot)."""
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
    """One character: from a to z, from A to Z, then Greek and on, as far as it takes."""
    letters = string.ascii_letters
    return letters[number] if number < len(letters) else chr(ord("α") + number - len(letters))
