"""Power by simulation, before anybody is asked: which preference does a study of this size detect?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t

from vggsound_omni.stats.bradley_terry import strengths, win_share
from vggsound_omni.stats.paired import LEVEL

from .blocks import Cell
from .people import Population, answers, planted

SHARES = (0.60, 0.65, 0.70, 0.75, 0.80)
STUDIES = 100


@dataclass(frozen=True, kw_only=True)
class Power:
    """What a study detects."""

    share: float  # true share of wins of one system over another, ties counting half
    power: float  # chance that the study finds the two to differ, all pairs of systems being tested


def power(
    systems: int, drawn: Sequence[Sequence[Cell]], rng: np.random.Generator, *, studies: int = STUDIES
) -> list[Power]:
    """Simulates studies with these blocks in which one system is better than all others, which are equals.

    Args:
        systems: how many.
        drawn: the trials of each listener.
        rng: draws the listeners.
        studies: how many are simulated for each preference.
    """
    rows = [(cell.left, cell.right, who, cell.item) for who, block in enumerate(drawn) for cell in block]
    left, right, listener, item = np.array(rows).T
    level = LEVEL / comb(systems, 2)
    found = []
    for share in SHARES:
        people = preferring(share, systems)
        hits = 0
        for _ in range(studies):
            fit = strengths(answers(people, left, right, listener, item, rng))
            difference, error = fit.difference(0, 1)
            hits += difference > t.ppf(1 - level / 2, fit.freedom) * error
        found.append(Power(share=share, power=hits / studies))
    return found


def preferring(share: float, systems: int) -> Population:
    """Returns listeners who prefer the first system to each other one in this share of answers, ties counting half."""
    people = Population(strengths=np.zeros(systems))

    def at(strength: float) -> Population:
        return replace(people, strengths=np.array([strength, *[0.0] * (systems - 1)]))

    def missing(strength: float) -> float:
        fit = planted(at(strength))
        return win_share(fit.difference(0, 1)[0], fit.tie) - share

    return at(float(brentq(missing, 0.0, 10.0, xtol=1e-3)))
