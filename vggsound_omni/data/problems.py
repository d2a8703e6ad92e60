"""What is wrong with which item, and whether that keeps it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

KINDS: dict[str, str] = {
    "bad-row": "a row of a table that cannot be understood",
    "duplicate": "an id that stands in one table twice",
    "copy": "a sound that is that of another item",
    "lists-disagree": "an id that not every label list has, or that they label differently",
    "unknown-id": "an annotation, score or decision for an id that is not listed",
    "unlisted-file": "a media file that belongs to no listed id",
    "two-files": "more than one picture, or more than one sound, for an id",
    "no-file": "a listed id without a media file",
    "no-annotation": "a listed id without an annotation",
    "no-caption": "an annotation whose caption is empty",
    "mojibake": "text that was decoded with the wrong alphabet",
    "unavailable": "an id that is not on the pinned list of available clips",
    "unreadable": "a clip that does not decode from end to end",
    "no-picture": "a clip without a picture",
    "no-sound": "a clip without sound",
    "short": "a clip that is shorter than asked for",
    "still": "a picture that does not move",
    "silent": "a sound whose peak lies below -60 dBFS",
    "not-finite": "a sound with NaN or infinite samples",
    "out-of-step": "a sound that begins later, or ends earlier, than its picture",
    "not-selected": "a candidate for off-screen sound that does not meet a threshold",
    "dropped": "a candidate that a reviewer dropped",
    "changed": "a file that is not the one the suite was built with",
}
"""Every kind of problem, in the order of reports."""


class Problem(NamedTuple):
    """One thing that is wrong."""

    id: str  # the item's id, or file and line if it has none
    kind: str  # a key of :data:`KINDS`
    why: str  # in words
    left_out: bool  # whether it keeps the item out of the suite


def counts(problems: Iterable[Problem]) -> dict[str, int]:
    """Returns the count of each kind that occurs, in the order of :data:`KINDS`."""
    found = Counter(problem.kind for problem in problems)
    return {kind: found[kind] for kind in KINDS if found[kind]}
