"""Names that look alike, and the order of versions: no row may pass for another, or for a later one."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SIGNS = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "2": "z", "5": "s", "6": "b", "8": "b", "9": "g", "q": "g", "v": "u"}
    | dict.fromkeys("._-", "")
)
"""Characters that pass for each other."""
_PAIRS = (("rn", "m"), ("nn", "m"), ("uu", "w"), ("cl", "d"))
"""Two characters that pass for one, once single ones are replaced."""
_DOUBLED = re.compile(r"([a-z])\1+")
_PARTS = re.compile(r"\d+|[a-z]+")


def skeletons(name: str) -> frozenset[str]:
    """Returns what a name looks like at a glance: names that share one of these can be taken for each other.

    Doubled letters count as one or, where they look like another letter, as that: ``nn`` is ``n`` and ``m``. Doubled
    digits stay: ``model-11`` is not ``model-1``.
    """
    plain = name.lower()
    joined = plain
    for pair, sign in (("rn", "m"), ("nn", "m"), ("vv", "w"), ("uu", "w")):
        joined = joined.replace(pair, sign)
    return frozenset(_signs(_DOUBLED.sub(r"\1", one)) for one in (plain, joined))


def _signs(name: str) -> str:
    looks = name.translate(_SIGNS)
    for pair, sign in _PAIRS:
        looks = looks.replace(pair, sign)
    return looks


def lookalike(name: str, others: Iterable[str]) -> str | None:
    """Returns another name that this one could be taken for, if there is one."""
    mine = skeletons(name)
    return next((other for other in others if other != name and skeletons(other) & mine), None)


def is_later(version: str, other: str) -> bool:
    """Returns whether one version comes after another.

    Versions are runs of digits, which count as numbers, and of letters; what separates them does not count. They are
    compared from the left: a number is later than the end, which is later than letters (``1.0-rc1`` comes before
    ``1.0``, ``1.0.1`` after it). Zeros at the end add nothing: neither of ``1`` and ``1.0`` is later.
    """
    return _order(version) > _order(other)


def _order(version: str) -> list[tuple[int, int, str]]:
    parts = [(2, int(part), "") if part.isdigit() else (0, 0, part) for part in _PARTS.findall(version)]
    # Zeros count for nothing at the end, and before letters that end the numbers: 1.0rc1 is of 1 as of 1.0.
    kept = [p for k, p in enumerate(parts) if p[:2] != (2, 0) or _number_follows(parts, k)]
    return [*kept, (1, 0, "")]


def _number_follows(parts: list[tuple[int, int, str]], place: int) -> bool:
    """Returns whether a number above 0 follows before any letters."""
    for kind, number, _ in parts[place + 1 :]:
        if kind != 2:
            return False
        if number:
            return True
    return False
