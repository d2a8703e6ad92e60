"""What a study of single sounds found on one question: mean opinion scores, and which systems differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from statistics import fmean

import numpy as np
from scipy.stats import t

from vggsound_omni.analysis.compare.human_scores import HumanScores
from vggsound_omni.stats.opinion import MeanScores, Scores, mean_scores
from vggsound_omni.stats.paired import LEVEL

from .answers import Listener
from .pair import Pair, ranked
from .study import Key, Question, Study


@dataclass(frozen=True, kw_only=True)
class SystemOutcome:
    """One system on one question."""

    system: str
    score: float  # mean opinion score from 1 to 5, listeners' scales taken out
    interval: tuple[float, float]  # 95 %
    rank: str  # "1", or a range that the answers do not narrow down
    letters: str  # systems that share one were not shown to differ
    answers: int


@dataclass(frozen=True, kw_only=True)
class QuestionOutcome:
    """One question."""

    key: Key
    words: str
    answers: int
    systems: tuple[SystemOutcome, ...]  # the best first
    pairs: tuple[Pair, ...]
    concordance: float | None  # of two systems that a listener scores apart, how often all others agree; None: unknown


def opinions(study: Study, listeners: Sequence[Listener], question: Question) -> QuestionOutcome:
    """Returns the outcome of one question."""
    data = scores(study, listeners, question.key)
    fit = mean_scores(data)
    pairs = [_pair(study, fit, one, other) for one, other in combinations(range(data.systems), 2)]
    order = [study.systems[index] for index in np.argsort(-fit.mean, kind="stable")]
    ranks = ranked(order, pairs)
    critical = t.ppf(1 - LEVEL / 2, fit.freedom)
    errors = np.sqrt(np.diag(fit.covariance))
    systems = []
    for name in order:
        index = study.systems.index(name)
        score, half = float(fit.mean[index]), float(critical * errors[index])
        systems.append(
            SystemOutcome(
                system=name,
                score=score,
                interval=(score - half, score + half),
                rank=ranks[name].text,
                letters=ranks[name].letters,
                answers=int((data.system == index).sum()),
            )
        )
    return QuestionOutcome(
        key=question.key,
        words=question.words,
        answers=len(data.score),
        systems=tuple(systems),
        pairs=tuple(pairs),
        concordance=_concordance(data),
    )


def scores(study: Study, listeners: Sequence[Listener], key: Key) -> Scores:
    """Returns the main answers to one question as indices of systems, listeners and items."""
    system = {name: index for index, name in enumerate(study.systems)}
    item = {name: index for index, name in enumerate(study.clips)}
    rows = [
        (system[trial.left], answer.score(key), who, item[trial.item])
        for who, listener in enumerate(listeners)
        for trial, answer in listener.of("main")
    ]
    of, given, listener, items = np.array(rows, np.int64).reshape(-1, 4).T
    return Scores(systems=len(system), system=of, score=given.astype(np.float64), listener=listener, item=items)


def clip_scores(study: Study, listeners: Sequence[Listener], key: Key) -> HumanScores:
    """Returns a mean score of each clip for ``agree``, listeners' scales and levels taken out."""
    data = scores(study, listeners, key)
    levelled = data.levelled()
    found: dict[str, dict[str, list[float]]] = {}
    items = list(study.clips)
    for system, item, score in zip(data.system, data.item, levelled, strict=True):
        found.setdefault(study.systems[system], {}).setdefault(items[item], []).append(float(score))
    means = {system: {item: fmean(values) for item, values in of.items()} for system, of in found.items()}
    return HumanScores(scores=means, raters=len(listeners))


def _pair(study: Study, fit: MeanScores, one: int, other: int) -> Pair:
    pairs = comb(len(fit.mean), 2)
    difference, error = fit.difference(one, other)
    half = float(t.ppf(1 - LEVEL / 2 / pairs, fit.freedom)) * error
    p = 2 * float(t.sf(abs(difference) / error, fit.freedom)) if error > 0 else float(difference == 0)
    return Pair(
        first=study.systems[one],
        second=study.systems[other],
        difference=difference,
        interval=(difference - half, difference + half),
        p=min(p * pairs, 1.0),
    )


def _concordance(data: Scores) -> float | None:
    """Returns how many pairs of a listener's scores, of two systems, are ordered as by all others' mean scores."""
    right = decided = 0
    levelled = data.levelled()
    for who in np.unique(data.listener):
        own = data.listener == who
        others = [levelled[~own & (data.system == system)] for system in range(data.systems)]
        means = np.array([of.mean() if len(of) else np.nan for of in others])[data.system[own]]
        mine = np.sign(data.score[own][:, None] - data.score[own])
        theirs = np.sign(means[:, None] - means)
        counts = np.triu((mine != 0) & (theirs != 0) & np.isfinite(theirs))
        decided += int(counts.sum())
        right += int((mine == theirs)[counts].sum())
    return right / decided if decided else None
