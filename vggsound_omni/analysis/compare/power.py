"""How many clips a comparison needs, and what difference it can detect with the clips of a run.

The power is that of a paired test (:mod:`vggsound_omni.stats.power`) at the level that one of several comparisons has.
A difference must exceed what the biases of two values are uncertain of, so only the rest of it is there to be detected.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.stats.intervals import F64
from vggsound_omni.stats.paired import LEVEL
from vggsound_omni.stats.power import detectable, items_needed, power_at

from .systems import System


@dataclass(frozen=True, kw_only=True)
class Design:
    """One way to compare two systems on one metric."""

    words: str  # what the design is and where its spread comes from
    spread: float  # standard deviation of one item's difference, in the unit of the metric
    clips: int  # needed to detect the difference asked for
    at_hand: int  # clips of the run
    detectable: float  # the difference that the run's clips detect with the power asked for
    power_at_hand: float  # chance that the run's clips detect the difference asked for


def designs(
    systems: Sequence[System],
    key: str,
    difference: float,
    *,
    power: float = 0.8,
    correlation: float = 0.5,
    comparisons: int = 1,
) -> list[Design]:
    """Plans a comparison that detects a difference.

    Args:
        systems: one, whose spread both are assumed to have, or the two themselves.
        key: of the metric.
        difference: in its unit, above 0.
        power: chance of detecting a difference that is there.
        correlation: assumed between two systems over items; used with one system only.
        comparisons: how many share the level of 5 %: for k systems on one metric, k (k - 1) / 2.

    Returns:
        For one system, a design with other items for each system (an upper bound unless the correlation is negative),
        then one with the same items; for two, the same items with the correlation measured.

    Raises:
        UserError: the metric has no value, fewer than two items, nothing varies, or the difference is no more than the
            biases are uncertain.
    """
    for system in systems:
        if key not in system.measures:
            raise UserError(f"{system.name} has no such score to plan from: {system.absent[key]}")
    measures = [system.measures[key] for system in systems]
    first = measures[0]
    if len(systems) == 1:
        spread = _spread(first.contributions, systems[0].name)
        found = {
            "each system on clips of its own: an upper bound": spread * math.sqrt(2),
            f"both on the same clips, correlation {correlation:g} assumed": spread * math.sqrt(2 * (1 - correlation)),
        }
        items = len(first.ids)
    else:
        second = measures[1]
        ids = sorted(set(first.ids) & set(second.ids))
        one, other = first.at(ids), second.at(ids)
        names = f"{systems[0].name} and {systems[1].name}"
        spread = _spread(one - other, f"The difference of {names}")
        both_vary = one.std() > 0 and other.std() > 0
        measured = f", correlation {np.corrcoef(one, other)[0, 1]:.2f} measured" if both_vary else ""
        found = {f"both on the same clips{measured}": spread}
        items = len(ids)
    unknown = sum((measure.uncertain for measure in measures), 0.0) * (2 if len(systems) == 1 else 1)
    if difference <= unknown:
        raise UserError(
            f"A difference of {difference:g} cannot be detected with {items} clips: the biases are uncertain by "
            f"{unknown:.3g}."
        )
    level = LEVEL / comparisons
    return [
        Design(
            words=words,
            spread=spread,
            clips=items_needed(spread, difference - unknown, power, level=level),
            at_hand=items,
            detectable=unknown + detectable(spread, items, power, level=level),
            power_at_hand=power_at(spread, difference - unknown, items, level=level),
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
