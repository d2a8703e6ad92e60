"""One-to-one matching of times that are near each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .estimate import F64

_ROUNDING = 1e-5
"""Seconds by which times in float32 may be off."""


def matched(truth: F64 | Sequence[float], found: F64 | Sequence[float], within: float) -> int:
    """Counts :func:`pairs`."""
    return len(pairs(truth, found, within))


def pairs(truth: F64 | Sequence[float], found: F64 | Sequence[float], within: float) -> list[tuple[int, int]]:
    """Returns the most pairs of a true and a found time, one to one, that are ``within`` seconds, as mir_eval does.

    Returns:
        Indices into both.
    """
    if not len(truth) or not len(found):
        return []
    from mir_eval.util import match_events

    return [
        (int(one), int(other)) for one, other in match_events(np.asarray(truth), np.asarray(found), within + _ROUNDING)
    ]


def errors(truth: F64, found: F64, within: float) -> F64:
    """Returns by how many seconds each found time of such pairs is off: of all sets of most pairs, that nearest.

    Returns:
        (pairs,), not negative.
    """
    from scipy.optimize import linear_sum_assignment

    apart = np.abs(np.subtract.outer(truth, found))
    far = apart > within + _ROUNDING
    pairs = linear_sum_assignment(np.where(far, within * (min(apart.shape) + 1), apart))
    return np.asarray(apart[pairs][~far[pairs]])


def overlap(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> float:
    """Returns intersection over union of the times that two lists of (start, end) cover; 0 if they cover none."""
    edges = np.unique([edge for spans in (one, other) for span in spans for edge in span])
    if len(edges) < 2:
        return 0.0
    middles, lengths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    covered = [np.any([(start < middles) & (middles < end) for start, end in spans], axis=0) for spans in (one, other)]
    both, either = (float(lengths[part].sum()) for part in (covered[0] & covered[1], covered[0] | covered[1]))
    return both / either if either else 0.0
