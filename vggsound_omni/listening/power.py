"""Power by simulation, before anybody is asked: which difference does a study of this size detect?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t

from vggsound_omni.stats.bradley_terry import Strengths, strengths, win_share
from vggsound_omni.stats.opinion import MeanScores, mean_scores
from vggsound_omni.stats.paired import LEVEL

from .blocks import Cell
from .people import Population, answers, planted, scores
from .study import Kind

SHARES = (0.60, 0.65, 0.70, 0.75, 0.80)
POINTS = (0.25, 0.5, 0.75, 1.0)
STUDIES: dict[Kind, int] = {"pairs": 100, "mos": 40}
"""How many are simulated for each difference; one of single sounds takes longer."""


@dataclass(frozen=True, kw_only=True)
class Power:
    """What a study detects."""

    effect: float  # of pairs, true share of wins of one system over another, ties counting half; else points of score
    power: float  # chance that the study finds the two to differ, all pairs of systems being tested


def power(
    systems: int,
    drawn: Sequence[Sequence[Cell]],
    rng: np.random.Generator,
    *,
    kind: Kind = "pairs",
    studies: int | None = None,
) -> list[Power]:
    """Simulates studies with these blocks in which one system is better than all others, which are equals.

    Args:
        systems: how many.
        drawn: the trials of each listener.
        rng: draws the listeners.
        kind: pairs, or single sounds.
        studies: how many are simulated for each difference; None: ``STUDIES``.
    """
    cells = [(cell, who) for who, block in enumerate(drawn) for cell in block]
    left, listener, item = np.array([(cell.left, who, cell.item) for cell, who in cells]).T
    right = np.array([-1 if cell.right is None else cell.right for cell, _ in cells])
    level = LEVEL / comb(systems, 2)

    def fitted(people: Population) -> Strengths | MeanScores:
        if kind == "mos":
            return mean_scores(scores(people, left, listener, item, rng))
        return strengths(answers(people, left, right, listener, item, rng))

    found = []
    number = studies or STUDIES[kind]
    for effect in POINTS if kind == "mos" else SHARES:
        people = scoring(effect, systems) if kind == "mos" else preferring(effect, systems)
        hits = 0
        for _ in range(number):
            fit = fitted(people)
            difference, error = fit.difference(0, 1)
            hits += difference > t.ppf(1 - level / 2, fit.freedom) * error
        found.append(Power(effect=effect, power=hits / number))
    return found


def scoring(points: float, systems: int) -> Population:
    """Returns listeners to whom the first system is so many points better than each other one."""
    return Population(strengths=np.array([points, *[0.0] * (systems - 1)]))


def preferring(share: float, systems: int) -> Population:
    """Returns listeners who prefer the first system to each other one in this share of answers, ties counting half."""
    people = Population(strengths=np.zeros(systems))

    def at(strength: float) -> Population:
        return replace(people, strengths=np.array([strength, *[0.0] * (systems - 1)]))

    def missing(strength: float) -> float:
        fit = planted(at(strength))
        return win_share(fit.difference(0, 1)[0], fit.tie) - share

    return at(float(brentq(missing, 0.0, 10.0, xtol=1e-3)))
