"""95 % intervals of any metric from what single items add to it.

Arrays in, numbers out. An item is one independent draw: a clip with its reference, never a patch of a clip.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Interval = tuple[float, float]

LEVEL = 0.95


def by_influence(value: float, influence: F64, bias: float | None = None) -> Interval:
    """Interval of a metric that is about the truth plus its bias plus the mean of the influences.

    Student's, with t turned into a more symmetric quantity by a cubic of the influences' skewness (Hall 1992, "On the
    removal of skewness by transformation", equation 2.5): the means of skewed scores err further to one side. Without
    skewness it is Student's own.

    Args:
        value: of all items. The interval of a mean of scores is that of their mean and their deviations from it.
        influence: (items,) with mean 0, at least two.
        bias: taken off the value.
    """
    n = len(influence)
    t = quantile(n - 1) * np.array([1.0, -1.0]) / math.sqrt(n)
    skew = skewness(influence)
    if abs(skew) > 1e-6:
        t = (np.cbrt(1 + skew * (t - skew / (6 * n))) - 1) * 3 / skew
    low, high = value - (bias or 0.0) - standard_error(influence) * math.sqrt(n) * t
    return float(low), float(high)


def by_two_influences(value: float, one: F64, other: F64, bias: float | None = None) -> Interval:
    """Welch's interval of a metric of two independent sets of items, from the influences of either."""
    errors = np.array([standard_error(one), standard_error(other)])
    least = min(len(one), len(other)) - 1
    squares = np.square(errors)
    total = float(squares.sum())
    shares = float((np.square(squares) / (np.array([len(one), len(other)]) - 1)).sum())
    centre, half = value - (bias or 0.0), quantile(total**2 / shares if shares else least) * math.sqrt(total)
    return centre - half, centre + half


def standard_error(influence: F64) -> float:
    """Of the mean of (items,)."""
    return float(influence.std(ddof=1)) / math.sqrt(len(influence))


def skewness(scores: F64) -> float:
    """Third standardised moment of (items,); 0 where all are equal, but for rounding."""
    deviations = scores - scores.mean()
    scale = float(np.sqrt(np.square(deviations).mean()))
    if scale <= 1e-12 * float(np.abs(scores).max()):
        return 0.0
    return float(np.mean((deviations / scale) ** 3))


def quantile(freedom: float) -> float:
    """Of Student's t with these degrees of freedom, for both ends of an interval together."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + LEVEL / 2))
