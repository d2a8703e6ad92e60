"""The power of the paired t-test on the items' differences, two-sided, by the noncentral t distribution.

That of a comparison is a little lower where differences are skewed, as its test must hold there.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from vggsound_omni.errors import UserError

from .intervals import F64
from .paired import LEVEL

_NODES = 200
"""Of the integral over spreads; its error is 1e-6 or less."""
_MOST = 10**9


def power_at(spread: float, difference: float, items: int, *, level: float = LEVEL) -> float:
    """Returns the chance that a paired t-test detects a difference.

    Args:
        spread: standard deviation of one item's difference.
        difference: the true mean, in the same unit.
        items: at least 2.
        level: chance of detecting one that is not there.
    """
    from scipy.special import chdtri, ndtr, stdtrit

    freedom = items - 1
    shift = abs(difference) / spread * math.sqrt(items)
    limit = float(stdtrit(freedom, 1 - level / 2))
    # Given the spread that a sample has, the t statistic is normal: the mean over spreads, by their quantiles.
    nodes, weights = _quadrature()
    spreads = np.sqrt(chdtri(freedom, (1 - nodes) / 2) / freedom)
    detected = ndtr(shift - limit * spreads) + ndtr(-shift - limit * spreads)
    return float(detected @ weights / 2)


@cache
def _quadrature() -> tuple[F64, F64]:
    """Returns the Gauss-Legendre nodes from -1 to 1, and weights that sum to 2."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes.astype(np.float64), weights.astype(np.float64)


def items_needed(spread: float, difference: float, power: float, *, level: float = LEVEL) -> int:
    """Returns the fewest items, at least 2, that detect a difference with this power.

    Raises:
        UserError: a billion do not.
    """
    if power_at(spread, difference, _MOST, level=level) < power:
        raise UserError(f"A difference of {difference:g} is too small to detect beside a spread of {spread:g}.")
    low, high = 1, 2
    while power_at(spread, difference, high, level=level) < power:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(spread, difference, middle, level=level) >= power else (middle, high)
    return high


def detectable(spread: float, items: int, power: float, *, level: float = LEVEL) -> float:
    """Returns the smallest difference that this many items detect with this power."""
    from scipy.optimize import brentq

    most = 1.0
    while power_at(1.0, most, items, level=level) < power:
        most *= 2

    def missing(difference: float) -> float:
        return power_at(1.0, difference, items, level=level) - power

    return spread * float(brentq(missing, 0.0, most, xtol=1e-10))
