"""How many clips a comparison needs, and what difference it can see with the clips at hand.

The test is the paired t-test on the items' differences, two-sided at 5 %, with its exact power, that of the noncentral
t distribution; the sign-flip test has the same power but for a few clips. A comparison of many metrics and systems is
corrected and needs more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.metrics.estimate import F64

from .systems import System

LEVEL = 0.05
_MOST = 10**9
_NODES = 200
"""Of the integral over spreads; its error is 1e-6 or less."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """One way to compare two systems on one metric."""

    words: str
    """What the design is and where its spread comes from."""
    spread: float
    """Standard deviation of one item's difference, in the unit of the metric."""
    clips: int
    """Needed to see the difference asked for."""
    at_hand: int
    """Clips of the run."""
    detectable: float
    """The difference that the clips at hand show with the power asked for."""
    power_at_hand: float
    """Chance that the clips at hand show the difference asked for."""


def designs(
    systems: Sequence[System], key: str, difference: float, *, power: float = 0.8, correlation: float = 0.5
) -> list[Design]:
    """What it takes to see a difference.

    Args:
        systems: one, whose spread two such systems are taken to have, or two, whose differences are known.
        key: of the metric.
        difference: in its unit, above 0.
        power: chance of seeing a difference that is there.
        correlation: assumed between two systems over items; asked for with one system only.

    Returns:
        For one system, items of their own for each system (which no correlation below 0 makes worse), then the same
        items; for two, the same items with the correlation found.

    Raises:
        UserError: the metric has no value, fewer than two items, or nothing varies.
    """
    for system in systems:
        if key not in system.measures:
            raise UserError(f"{system.name} has no such score to plan from: {system.absent[key]}")
    first = systems[0].measures[key]
    if len(systems) == 1:
        spread = _spread(first.contributions, systems[0].name)
        found = {
            "each system on clips of its own: an upper bound": spread * math.sqrt(2),
            f"both on the same clips, correlation {correlation:g} assumed": spread * math.sqrt(2 * (1 - correlation)),
        }
        items = len(first.ids)
    else:
        second = systems[1].measures[key]
        ids = sorted(set(first.ids) & set(second.ids))
        one, other = first.at(ids), second.at(ids)
        names = f"{systems[0].name} and {systems[1].name}"
        spread = _spread(one - other, f"The difference of {names}")
        both_vary = one.std() > 0 and other.std() > 0
        measured = f", correlation {np.corrcoef(one, other)[0, 1]:.2f} measured" if both_vary else ""
        found = {f"both on the same clips{measured}": spread}
        items = len(ids)
    return [
        Design(
            words=words,
            spread=spread,
            clips=clips_needed(spread, difference, power),
            at_hand=items,
            detectable=detectable(spread, items, power),
            power_at_hand=power_at(spread, difference, items),
        )
        for words, spread in found.items()
    ]


def _spread(values: F64, what: str) -> float:
    if len(values) < 2:
        raise UserError(f"{what} has {len(values)} scored item; the spread takes at least 2.")
    spread = float(values.std(ddof=1))
    if spread <= 1e-12 * float(np.abs(values).max()):
        raise UserError(f"{what} does not vary from item to item, so there is nothing to plan from.")
    return spread


def power_at(spread: float, difference: float, clips: int) -> float:
    """Chance that a paired t-test sees a difference.

    Args:
        spread: standard deviation of one item's difference.
        difference: the true mean, in the same unit.
        clips: at least 2.
    """
    from scipy.special import chdtri, ndtr, stdtrit

    freedom = clips - 1
    shift = abs(difference) / spread * math.sqrt(clips)
    limit = float(stdtrit(freedom, 1 - LEVEL / 2))
    # Given the spread that a sample has, the t statistic is normal: the mean over spreads, by their quantiles.
    nodes, weights = _quadrature()
    spreads = np.sqrt(chdtri(freedom, (1 - nodes) / 2) / freedom)
    seen = ndtr(shift - limit * spreads) + ndtr(-shift - limit * spreads)
    return float(seen @ weights / 2)


@cache
def _quadrature() -> tuple[F64, F64]:
    """Gauss and Legendre's nodes from -1 to 1, and weights that sum to 2."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes.astype(np.float64), weights.astype(np.float64)


def clips_needed(spread: float, difference: float, power: float) -> int:
    """Fewest clips with which a difference is seen with the power asked for; at least 2."""
    if power_at(spread, difference, _MOST) < power:
        raise UserError(f"A difference of {difference:g} is too small beside a spread of {spread:g} to be ever seen.")
    low, high = 1, 2
    while power_at(spread, difference, high) < power:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(spread, difference, middle) >= power else (middle, high)
    return high


def detectable(spread: float, clips: int, power: float) -> float:
    """The difference that so many clips show with the power asked for."""
    from scipy.optimize import brentq

    most = 1.0
    while power_at(1.0, most, clips) < power:
        most *= 2
    return spread * float(brentq(lambda difference: power_at(1.0, difference, clips) - power, 0.0, most, xtol=1e-10))
