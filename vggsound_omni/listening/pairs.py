"""What a study of pairs found on one question: strengths of systems, how often they win, and which differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from statistics import fmean

import numpy as np
from scipy.stats import t

from vggsound_omni.analysis.compare.human_scores import HumanScores
from vggsound_omni.stats.bradley_terry import Comparisons, Strengths, chances, strengths, win_share
from vggsound_omni.stats.paired import LEVEL

from .answers import Listener
from .pair import Pair, ranked
from .study import Key, Question, Study


@dataclass(frozen=True, kw_only=True)
class SystemOutcome:
    """One system on one question."""

    system: str
    strength: float  # log-odds, mean 0 over systems
    interval: tuple[float, float]  # 95 %
    share: float  # of answers that it would win against a system of mean strength, ties counting half
    share_interval: tuple[float, float]
    rank: str  # "1", or a range that the answers do not narrow down
    letters: str  # systems that share one were not shown to differ
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, kw_only=True)
class PairOutcome(Pair):
    """Two systems on one question."""

    wins: int  # of the first
    ties: int
    losses: int
    share: float  # of answers that the first wins by the model, ties counting half


@dataclass(frozen=True, kw_only=True)
class QuestionOutcome:
    """One question."""

    key: Key
    words: str
    answers: int
    systems: tuple[SystemOutcome, ...]  # the strongest first
    pairs: tuple[PairOutcome, ...]
    left: float  # share of decided answers between equals that go to the left
    concordance: float | None  # of decided answers, how many side with the other listeners; None: nothing to say


def preferences(study: Study, listeners: Sequence[Listener], question: Question) -> QuestionOutcome:
    """Returns the outcome of one question."""
    data = comparisons(study, listeners, question.key)
    fit = strengths(data)
    pairs = [_pair(study, data, fit, one, other) for one, other in combinations(range(data.systems), 2)]
    order = [study.systems[index] for index in np.argsort(-fit.strength, kind="stable")]
    ranks = ranked(order, pairs)
    critical = t.ppf(1 - LEVEL / 2, fit.freedom)
    errors = fit.standard_errors()
    systems = []
    for name in order:
        index = study.systems.index(name)
        strength, half = float(fit.strength[index]), float(critical * errors[index])
        on_left, on_right = data.outcome[data.left == index], data.outcome[data.right == index]
        systems.append(
            SystemOutcome(
                system=name,
                strength=strength,
                interval=(strength - half, strength + half),
                share=win_share(strength, fit.tie),
                share_interval=(win_share(strength - half, fit.tie), win_share(strength + half, fit.tie)),
                rank=ranks[name].text,
                letters=ranks[name].letters,
                wins=int((on_left == 1).sum() + (on_right == -1).sum()),
                ties=int((on_left == 0).sum() + (on_right == 0).sum()),
                losses=int((on_left == -1).sum() + (on_right == 1).sum()),
            )
        )
    win, _, loss = chances(np.array(fit.bias), fit.tie)
    return QuestionOutcome(
        key=question.key,
        words=question.words,
        answers=len(data.outcome),
        systems=tuple(systems),
        pairs=tuple(pairs),
        left=float(win / (win + loss)),
        concordance=_concordance(data),
    )


def comparisons(study: Study, listeners: Sequence[Listener], key: Key) -> Comparisons:
    """Returns the main answers to one question as indices of systems, listeners and items."""
    system = {name: index for index, name in enumerate(study.systems)}
    item = {name: index for index, name in enumerate(study.clips)}
    rows = [
        (*(system[name] for name in trial.heard), answer.score(key), who, item[trial.item])
        for who, listener in enumerate(listeners)
        for trial, answer in listener.of("main")
    ]
    left, right, result, listener, items = np.array(rows, np.int64).reshape(-1, 5).T
    return Comparisons(systems=len(system), left=left, right=right, outcome=result, listener=listener, item=items)


def clip_scores(study: Study, listeners: Sequence[Listener], key: Key) -> HumanScores:
    """Returns a score of each clip for ``agree``: its share of wins, ties counting half, less what is due to opponents.

    What a system of mean strength would win against the same opponents is taken off, and a half added.
    """
    data = comparisons(study, listeners, key)
    fit = strengths(data)
    names, items = study.systems, list(study.clips)
    found: dict[tuple[int, int], list[float]] = {}
    for mine, theirs, sign in ((data.left, data.right, 1), (data.right, data.left, -1)):
        won = (1 + sign * data.outcome) / 2
        for system, other, item, result in zip(mine, theirs, data.item, won, strict=True):
            due = win_share(-float(fit.strength[other]), fit.tie)
            found.setdefault((int(system), int(item)), []).append(float(result) - due + 0.5)
    scores: dict[str, dict[str, float]] = {}
    for (system, item), values in sorted(found.items()):
        scores.setdefault(names[system], {})[items[item]] = fmean(values)
    return HumanScores(scores=scores, raters=len(listeners))


def _pair(study: Study, data: Comparisons, fit: Strengths, one: int, other: int) -> PairOutcome:
    pairs = comb(data.systems, 2)
    difference, error = fit.difference(one, other)
    half = float(t.ppf(1 - LEVEL / 2 / pairs, fit.freedom)) * error
    p = 2 * float(t.sf(abs(difference) / error, fit.freedom)) if error > 0 else float(difference == 0)
    forth = data.outcome[(data.left == one) & (data.right == other)]
    back = -data.outcome[(data.left == other) & (data.right == one)]
    results = np.concatenate([forth, back])
    return PairOutcome(
        first=study.systems[one],
        second=study.systems[other],
        wins=int((results == 1).sum()),
        ties=int((results == 0).sum()),
        losses=int((results == -1).sum()),
        difference=difference,
        interval=(difference - half, difference + half),
        p=min(p * pairs, 1.0),
        share=win_share(difference, fit.tie),
    )


def _concordance(data: Comparisons) -> float | None:
    """Returns how many decided answers prefer the system that is stronger by all other listeners' answers."""
    right = decided = 0
    for who in np.unique(data.listener):
        own = data.listener == who
        rest = strengths(_some(data, ~own))
        gap = rest.strength[data.left[own]] - rest.strength[data.right[own]]
        given = data.outcome[own]
        counts = (given != 0) & (gap != 0)
        decided += int(counts.sum())
        right += int((np.sign(gap) == given)[counts].sum())
    return right / decided if decided else None


def _some(data: Comparisons, chosen: np.ndarray) -> Comparisons:
    return Comparisons(
        systems=data.systems,
        left=data.left[chosen],
        right=data.right[chosen],
        outcome=data.outcome[chosen],
        listener=data.listener[chosen],
        item=data.item[chosen],
    )
