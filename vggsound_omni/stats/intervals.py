"""95 % confidence intervals of any metric from the influence of single items.

An item is one independent draw: a clip with its reference, never a patch of a clip.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Interval = tuple[float, float]
Bounds = tuple[float | None, float | None]

LEVEL = 0.95


def by_influence(value: float, influence: F64, bias: float | None = None) -> Interval:
    """Returns the interval of a metric whose value is about the truth, plus its bias, plus the mean of the influences.

    Student's, with t turned into a more symmetric quantity by a cubic of the influences' skewness (Hall 1992, "On the
    removal of skewness by transformation", equation 2.5), because means of skewed scores err further to one side.
    Without skewness it is Student's interval.

    Args:
        value: of all items; for a mean of scores, their mean.
        influence: (items,) with mean 0, at least two; for a mean of scores, their deviations from it.
        bias: subtracted from the value.
    """
    n = len(influence)
    t = quantile(n - 1) * np.array([1.0, -1.0]) / math.sqrt(n)
    skew = skewness(influence)
    if abs(skew) > 1e-6:
        t = (np.cbrt(1 + skew * (t - skew / (6 * n))) - 1) * 3 / skew
    low, high = value - (bias or 0.0) - standard_error(influence) * math.sqrt(n) * t
    return float(low), float(high)


def of_square(interval: Interval, estimate: float) -> Interval:
    """Moves the interval of a squared distance to where the interval of the distance itself lies, squared.

    The standard error of a square rises with it, so intervals of small estimates are too short: the truth is missed
    above them. That of the root hardly does, and (sqrt(v) +- h / (2 sqrt(v)))^2 = v +- h + h^2 / (4 v) for an interval
    v +- h. Where v is below h and the root says little, the shift falls to 0 with v.
    """
    low, high = interval
    half = (high - low) / 2
    shift = half**2 / (4 * estimate) if estimate > half else max(estimate, 0.0) / 4
    return min(low + shift, estimate), high + shift


def by_two_influences(value: float, one: F64, other: F64, bias: float | None = None) -> Interval:
    """Returns Welch's interval of a metric of two independent sets of items, from the influences in each."""
    errors = np.array([standard_error(one), standard_error(other)])
    least = min(len(one), len(other)) - 1
    squares = np.square(errors)
    total = float(squares.sum())
    shares = float((np.square(squares) / (np.array([len(one), len(other)]) - 1)).sum())
    centre, half = value - (bias or 0.0), quantile(total**2 / shares if shares else least) * math.sqrt(total)
    return centre - half, centre + half


def of_shares(mean: float, n: int) -> Interval:
    """Returns Wilson's (1927) interval of a mean of n scores between 0 and 1, which lies between 0 and 1 too.

    It is that of scores of 0 and 1; scores in between vary less, so for them it is too wide rather than too narrow.
    Unlike Student's it has a width if all scores are equal: of ten clips without a fault, a quarter may have one.
    """
    from scipy.special import ndtri

    square = float(ndtri(0.5 + LEVEL / 2)) ** 2
    middle, half = mean + square / (2 * n), math.sqrt(square * (mean * (1 - mean) / n + square / (4 * n**2)))
    low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
    return min(max(low, 0.0), mean), max(min(high, 1.0), mean)


def of_mean(scores: F64, *, shares: bool = False, bounds: Bounds = (None, None)) -> Interval:
    """Returns the interval of a mean of two scores or more, cut at what a score can be.

    Args:
        scores: (items,), without NaN.
        shares: whether they are shares, most of them 0 or 1, so that it is :func:`of_shares`.
        bounds: of a score, and so of the mean; None where there is none.
    """
    mean = float(scores.mean())
    return within(of_shares(mean, len(scores)) if shares else by_influence(mean, scores - mean), mean, bounds)


def within(interval: Interval, estimate: float, bounds: Bounds) -> Interval:
    """Cuts an interval at the ends of a range; it still holds the estimate.

    Student's interval knows of no range: of ten clips that are 0 or 1 acts off it may begin below 0, where the truth
    never is, so that the cut costs it nothing.
    """
    low, high = (-math.inf if bounds[0] is None else bounds[0]), (math.inf if bounds[1] is None else bounds[1])
    return min(max(interval[0], low), estimate), max(min(interval[1], high), estimate)


def standard_error(influence: F64) -> float:
    """Returns the standard error of the mean of (items,)."""
    return float(influence.std(ddof=1)) / math.sqrt(len(influence))


def skewness(scores: F64) -> float:
    """Returns the third standardised moment of (items,); 0 if all are equal up to rounding."""
    deviations = scores - scores.mean()
    scale = float(np.sqrt(np.square(deviations).mean()))
    if scale <= 1e-12 * float(np.abs(scores).max()):
        return 0.0
    return float(np.mean((deviations / scale) ** 3))


def quantile(freedom: float) -> float:
    """Returns the two-sided quantile of Student's t with these degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + LEVEL / 2))
