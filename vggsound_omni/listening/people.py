"""Simulated listeners, for power before a study and for tests of its analysis; nothing of them is ever published.

Their utilities are those of Davidson's model, with what the model does not know: each listener has a taste of their own
for every system, each system does better on some items than on others, and listeners prefer a side. Who scores single
sounds has, besides, a level and a stretch of the scale of their own, and rounds to a whole score.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy.special import roots_hermitenorm

from vggsound_omni.stats.bradley_terry import Comparisons, Strengths, chances, strengths
from vggsound_omni.stats.intervals import F64
from vggsound_omni.stats.opinion import Scores

from .answers import Answer, Choice, Sheet
from .blocks import blocks
from .study import GOOD, SPOILT, Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Population:
    """Of listeners and items."""

    strengths: F64  # (systems,), in log-odds, before tastes; of single sounds, in points about 3
    taste: float = 0.5  # standard deviation over listeners of what a system is to one, in the same unit
    clip: float = 0.5  # the same over items
    bias: float = 0.1  # to the left, in log-odds
    tie: float = -0.7  # propensity to answer "no difference"; -0.7: a fifth of the time between equals
    careless: float = 0.0  # share of listeners who answer at random
    level: float = 0.5  # standard deviation over listeners of the score they give to an average sound, in points
    stretch: float = 0.3  # the same of the logarithm of how far they stretch the scale
    noise: float = 0.7  # the same over answers, in points


def answers(
    people: Population, left: np.ndarray, right: np.ndarray, listener: np.ndarray, item: np.ndarray,
    rng: np.random.Generator,
) -> Comparisons:  # fmt: skip
    """Draws an answer to each trial.

    Args:
        people: who answers.
        left: (trials,), index of the system on the left.
        right: the same on the right.
        listener: index of who answers.
        item: index of the item.
        rng: draws tastes and answers.
    """
    systems = len(people.strengths)
    taste = rng.normal(0, people.taste, (int(listener.max()) + 1, systems))
    clip = rng.normal(0, people.clip, (int(item.max()) + 1, systems))
    worth = people.strengths + taste[listener] + clip[item]
    trials = np.arange(len(left))
    chance = chances(worth[trials, left] - worth[trials, right] + people.bias, people.tie)
    careless = rng.random(len(taste)) < people.careless
    chance[careless[listener]] = 1 / 3
    drawn = (rng.random(len(left))[:, None] > chance.cumsum(axis=1)[:, :2]).sum(axis=1)
    return Comparisons(systems=systems, left=left, right=right, outcome=1 - drawn, listener=listener, item=item)


def scores(
    people: Population, system: np.ndarray, listener: np.ndarray, item: np.ndarray, rng: np.random.Generator
) -> Scores:
    """Draws a score from 1 to 5 of each trial; the arguments are those of :func:`answers`."""
    systems, listeners = len(people.strengths), int(listener.max()) + 1
    taste = rng.normal(0, people.taste, (listeners, systems))
    clip = rng.normal(0, people.clip, (int(item.max()) + 1, systems))
    level, stretch = rng.normal(3, people.level, listeners), np.exp(rng.normal(0, people.stretch, listeners))
    noise = rng.normal(0, people.noise, len(system))
    worth = people.strengths[system] + taste[listener, system] + clip[item, system] + noise
    given = np.clip(np.rint(level[listener] + stretch[listener] * worth), 1, 5)
    careless = rng.random(listeners) < people.careless
    given = np.where(careless[listener], rng.integers(1, 6, len(system)), given)
    return Scores(systems=systems, system=system, score=given, listener=listener, item=item)


def planted(people: Population) -> Strengths:
    """Returns what a study of endlessly many attentive listeners and items would find: strengths after tastes.

    Tastes pull strengths together, as all randomness does. A pair's chances are integrated over them (Gauss and
    Hermite, 41 points), and the model is fitted to the chances of all pairs.
    """
    nodes, weights = roots_hermitenorm(41)
    weights = weights / weights.sum()
    spread = np.sqrt(2 * (people.taste**2 + people.clip**2))
    pairs = np.array(list(permutations(range(len(people.strengths)), 2)))
    gap = people.strengths[pairs[:, 0]] - people.strengths[pairs[:, 1]] + people.bias
    chance = np.einsum("n,pnc->pc", weights, chances(gap[:, None] + spread * nodes, people.tie))
    left, right = np.repeat(pairs, 3, axis=0).T
    same = np.zeros(len(left), np.int64)
    many = 1e6 / len(pairs)  # answers to a pair
    return strengths(
        Comparisons(
            systems=len(people.strengths),
            left=left,
            right=right,
            outcome=np.tile([1, 0, -1], len(pairs)),
            listener=same,
            item=same,
            weight=chance.ravel() * many,
        )
    )


def scored_study(people: Population, items: int, listeners: int, trials: int, seed: int) -> Scores:
    """Returns the scores of one simulated study of single sounds, designed as :mod:`.blocks` does."""
    rng = np.random.default_rng(seed)
    drawn = blocks(len(people.strengths), items, listeners, trials, rng, "mos")
    rows = [(cell.left, who, cell.item) for who, block in enumerate(drawn) for cell in block]
    system, listener, item = np.array(rows).T
    return scores(people, system, listener, item, rng)


def fill_in(study: Study, people: Population, rng: np.random.Generator) -> list[Sheet]:
    """Returns the answers of simulated listeners to a whole study, as their files would hold them.

    The attentive hear which of two gold sounds is spoilt, and take twice as long as a sound lasts; the careless answer
    everything at random within two seconds. Questions are answered alike, up to chance.

    Raises:
        ValueError: the study is not marked as simulated.
    """
    if not study.simulated:
        raise ValueError("Simulated listeners answer no study that is not marked as simulated.")
    clip = {(item, system): rng.normal(0, people.clip) for item in study.clips for system in study.systems}
    sheets = []
    for session in study.sessions:
        careless = rng.random() < people.careless
        taste = {system: rng.normal(0, people.taste) for system in study.systems}
        worth = dict(zip(study.systems, people.strengths, strict=True)) | {GOOD: 4.0, SPOILT: -4.0}
        level, stretch = rng.normal(3, people.level), float(np.exp(rng.normal(0, people.stretch)))
        given = []
        for trial in session.trials:
            heard = [worth[name] + taste.get(name, 0.0) + clip.get((trial.item, name), 0.0) for name in trial.heard]
            heard = [level - 3 + stretch * one for one in heard] if len(heard) == 1 else heard
            choices = {question.key: _answer(people, heard, rng, careless=careless) for question in study.questions}
            seconds = float(rng.uniform(0.2, 2.0) if careless else 2 * study.clips[trial.item].seconds + rng.gamma(2.0))
            given.append(Answer(trial=trial.id, choices=choices, seconds=round(seconds, 2)))
        sheets.append(Sheet(study=study.id, listener=session.listener, answers=given))
    return sheets


def _answer(people: Population, worth: list[float], rng: np.random.Generator, *, careless: bool) -> Choice | int:
    """Returns a score of one sound, in points about 3, or the choice between two."""
    if len(worth) == 1:
        noisy = 3 + worth[0] + rng.normal(0, people.noise)
        return int(rng.integers(1, 6)) if careless else int(np.clip(np.rint(noisy), 1, 5))
    gap = np.array(worth[0] - worth[1] + people.bias)
    chance = np.full(3, 1 / 3) if careless else chances(gap, people.tie)
    names: tuple[Choice, ...] = ("left", "same", "right")
    return names[rng.choice(3, p=chance)]
