"""Names that look alike: one row must not pass for another."""

from __future__ import annotations

from collections.abc import Iterable

_LOOKS = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", ".": "", "_": "", "-": ""})


def skeleton(name: str) -> str:
    """What a name looks like at a glance: two names with one skeleton can be taken for each other."""
    return name.lower().replace("rn", "m").replace("vv", "w").translate(_LOOKS)


def lookalike(name: str, others: Iterable[str]) -> str | None:
    """Another name that this one could be taken for."""
    mine = skeleton(name)
    return next((other for other in others if other != name and skeleton(other) == mine), None)
