"""The ratio of two means over the same items, with its interval."""

from __future__ import annotations

import math

import numpy as np

from .intervals import F64, Interval, quantile


def fieller(
    top: float, bottom: float, top_influence: F64, bottom_influence: F64, further: float = 0.0
) -> Interval | None:
    """Returns the 95 % interval of ``top / bottom``; None if the bottom is not distinguishable from 0.

    Fieller's (1954, "Some problems in interval estimation"): the ratios r for which the mean of top - r bottom differs
    from 0 by no more than its own standard error times Student's t, the ends of which solve a quadratic equation. It
    needs no linearisation, and is bounded just if the bottom differs from 0.

    Args:
        top: an estimate.
        bottom: another, on the same items.
        top_influence: (items,) with mean 0, in one order of at least two items.
        bottom_influence: likewise, in the same order.
        further: variance of the bottom that does not come from these items.
    """
    count = len(top_influence)
    both = np.stack([top_influence, bottom_influence])
    (a, c), (_, b) = both @ both.T / (count - 1) / count
    square = quantile(count - 1) ** 2
    b += further
    leading = bottom**2 - square * b
    if leading <= 0:
        return None
    middle = top * bottom - square * c
    root = math.sqrt(max(middle**2 - leading * (top**2 - square * a), 0.0))
    return float(middle - root) / leading, float(middle + root) / leading
