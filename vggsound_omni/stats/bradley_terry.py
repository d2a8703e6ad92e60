"""Strengths of systems from paired comparisons with ties; answers may share listeners and items.

Davidson's model (1970, "On extending the Bradley-Terry model to accommodate ties"): with strengths s and tie propensity
t, left wins, right wins, or they tie with chances in the ratio exp(d/2) : exp(-d/2) : exp(t), where
d = s_left - s_right + b, and b is the listeners' bias to the left. It is a conditional logit, so its likelihood is
concave.

Answers of one listener depend on each other, and so do answers on one item. The covariance is the sandwich of the model
with scores clustered by listener and by item at once (Cameron, Gelbach and Miller 2011, "Robust inference with multiway
clustering", section 2.2): that of listeners, plus that of items, less that of both. Chance can make that difference too
small, even negative, so a variance is never taken to be less than by listeners alone or by items alone (MacKinnon,
Nielsen and Webb 2024, "Jackknife inference with two-way clustering").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .intervals import F64

Ints = NDArray[np.integer]
_RIDGE = 1 / 25
"""Of a normal prior with a deviation of 5, which keeps the strength of a system that never loses finite; it takes 0.3 %
off a strength known to +-0.25, and 1 % off one known to +-0.5."""
_STEPS = 100
_CONVERGED = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparisons:
    """Answers to one question; every array has an entry for each answer."""

    systems: int
    left: Ints  # index of the system on the left
    right: Ints
    outcome: Ints  # 1: left is better, 0: a tie, -1: right is better
    listener: Ints  # index of who answered
    item: Ints  # index of the item
    weight: F64 | None = None  # of each answer; None: 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Strengths:
    """What the model finds."""

    strength: F64  # (systems,), in log-odds, mean 0
    covariances: F64  # (3, systems, systems), of the strengths, clustered both ways, by listener, and by item
    tie: float  # propensity to tie, t
    bias: float  # log-odds of the left one's winning between equals
    freedom: int  # degrees of freedom of intervals: the smaller number of clusters, less 1

    def difference(self, one: int, other: int) -> tuple[float, float]:
        """Returns the difference of two strengths and its standard error."""
        contrast = np.zeros(len(self.strength))
        contrast[one], contrast[other] = 1.0, -1.0
        variance = np.einsum("p,cpq,q->c", contrast, self.covariances, contrast).max()
        return float(contrast @ self.strength), float(np.sqrt(variance))

    def standard_errors(self) -> F64:
        """Returns those of the strengths, (systems,)."""
        return np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2).max(axis=0))


def strengths(found: Comparisons) -> Strengths:
    """Fits the model by Newton's method.

    Raises:
        ValueError: fewer than two systems, or no answer.
    """
    if found.systems < 2 or not len(found.outcome):
        raise ValueError("Strengths take two systems and an answer.")
    basis = _basis(found.systems)
    features = _features(found, basis)
    chosen = features[np.arange(len(features)), 1 - found.outcome]
    weight = np.ones(len(features)) if found.weight is None else found.weight
    at = np.zeros(features.shape[-1])
    value, gradient, curvature = _likelihood(at, features, chosen, weight)
    for _ in range(_STEPS):
        step = np.linalg.solve(curvature, gradient.sum(axis=0) - _RIDGE * at)
        if np.abs(step).max() < _CONVERGED:
            break
        for _ in range(_STEPS):
            new = _likelihood(at + step, features, chosen, weight)
            if new[0] >= value:
                break
            step = step / 2
        at = at + step
        value, gradient, curvature = new
    bread = np.linalg.inv(curvature)
    free = found.systems - 1
    ours = basis @ bread[:free]
    clusters = min(len(np.unique(found.listener)), len(np.unique(found.item)))
    return Strengths(
        strength=basis @ at[:free],
        covariances=np.stack([ours @ meat @ ours.T for meat in _meats(gradient, found)]),
        bias=float(at[free]),
        tie=float(at[free + 1]),
        freedom=max(clusters - 1, 1),
    )


def win_share(difference: float, tie: float) -> float:
    """Returns the chance that the better one wins, a tie counting half, from a difference of strengths."""
    win, loss, none = np.exp(difference / 2), np.exp(-difference / 2), np.exp(tie)
    return float((win + none / 2) / (win + loss + none))


def chances(difference: F64, tie: float) -> F64:
    """Returns (..., 3): the chances that left wins, of a tie, and that right wins, from s_left - s_right + b."""
    logits = np.stack([difference / 2, np.full_like(difference, tie), -difference / 2], axis=-1)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _basis(systems: int) -> F64:
    """Returns (systems, systems - 1): orthonormal columns that sum to 0 (Helmert's)."""
    columns = (
        np.tril(np.ones((systems, systems)), -1)[:, : systems - 1]
        - np.diag(np.arange(systems - 1, -1, -1.0))[:, : systems - 1]
    )
    return columns / np.linalg.norm(columns, axis=0)


def _features(found: Comparisons, basis: F64) -> F64:
    """Returns (answers, 3, parameters) of left wins, tie, right wins; parameters are strengths, bias and tie."""
    versus = np.column_stack([basis[found.left] - basis[found.right], np.ones(len(found.left))]) / 2
    features = np.zeros((len(versus), 3, versus.shape[1] + 1))
    features[:, 0, :-1], features[:, 2, :-1] = versus, -versus
    features[:, 1, -1] = 1.0
    return features


def _likelihood(at: F64, features: F64, chosen: F64, weight: F64) -> tuple[float, F64, F64]:
    """Returns the penalised log-likelihood, each answer's score (answers, parameters), and the negative Hessian."""
    logits = features @ at
    top = logits.max(axis=1, keepdims=True)
    powers = np.exp(logits - top)
    total = powers.sum(axis=1, keepdims=True)
    chance = powers / total
    mean = np.einsum("ac,acp->ap", chance, features)
    centred = features - mean[:, None]
    hessian = np.einsum("a,ac,acp,acq->pq", weight, chance, centred, centred, optimize=True)
    value = weight @ (chosen @ at - (top + np.log(total))[:, 0]) - _RIDGE / 2 * (at @ at)
    return float(value), weight[:, None] * (chosen - mean), hessian + _RIDGE * np.eye(len(at))


def _meats(scores: F64, found: Comparisons) -> tuple[F64, F64, F64]:
    """Returns the covariance of the summed scores, clustered both ways, by listener, and by item."""
    both = found.listener.astype(np.int64) * (int(found.item.max()) + 1) + found.item
    by_listener, by_item = _clustered(scores, found.listener), _clustered(scores, found.item)
    return by_listener + by_item - _clustered(scores, both), by_listener, by_item


def _clustered(scores: F64, cluster: Ints) -> F64:
    names, index = np.unique(cluster, return_inverse=True)
    sums = np.zeros((len(names), scores.shape[1]))
    np.add.at(sums, index, scores)
    return sums.T @ sums * (len(names) / max(len(names) - 1, 1))
