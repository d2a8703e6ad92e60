"""Mean opinion scores of systems by a mixed model, listeners' scales taken out.

A score is modelled as y = m_system + u_listener + u_item + u_listener,system + u_item,system + e, all u and e normal:
listeners differ in level and in taste, items in how good a sound can be and in which system does well on them. Without
the two interactions, standard errors would be those of these very listeners and items. Variances are estimated by
restricted maximum likelihood (Patterson and Thompson 1971; Searle, Casella and McCulloch 1992, "Variance Components",
section 6.6). With V = I + sum of r_k K_k, where K_k says which scores share a level of effect k and r_k is its variance
in units of that of e, and P = V^-1 - V^-1 X (X' V^-1 X)^-1 X' V^-1,

    -2 log L = log |V| + log |X' V^-1 X| + (n - p) log y' P y,
    its derivative by r_k is tr(P K_k) - (n - p) (y' P K_k P y) / (y' P y).

How much of the scale a listener uses is taken out beforehand: scores are stretched about the listener's mean to the
deviation of all, the listener's own deviation being drawn to it as if by ``_PRIOR`` further scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .intervals import F64

Ints = NDArray[np.integer]
_PRIOR = 5.0
_MOST = 1e3  # variance of an effect in units of the residual's
_LEAST = 1e-12  # sum of squares below which scores do not vary


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """Scores on one question; every array has an entry for each."""

    systems: int
    system: Ints  # index of the system
    score: F64
    listener: Ints
    item: Ints

    def rescaled(self) -> F64:
        """Returns the scores with listeners' scales taken out, their levels left in."""
        _, who = np.unique(self.listener, return_inverse=True)
        count = np.bincount(who)
        mean = np.bincount(who, self.score) / count
        apart = self.score - mean[who]
        squares = np.bincount(who, apart**2)
        pooled = squares.sum() / max(int((count - 1).sum()), 1)
        if pooled <= _LEAST:
            return self.score
        own = (squares + _PRIOR * pooled) / (count - 1 + _PRIOR)
        return mean[who] + apart * np.sqrt(pooled / own)[who]

    def levelled(self) -> F64:
        """Returns the scores with listeners' scales and levels taken out."""
        rescaled = self.rescaled()
        _, who = np.unique(self.listener, return_inverse=True)
        return rescaled - (np.bincount(who, rescaled) / np.bincount(who))[who] + rescaled.mean()


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanScores:
    """What the model finds."""

    mean: F64  # (systems,)
    covariance: F64  # (systems, systems), of the means
    variances: F64  # (5,): of listeners, items, tastes, clips, and what is left
    freedom: int  # degrees of freedom of intervals: the smaller number of listeners or items, less 1

    def difference(self, one: int, other: int) -> tuple[float, float]:
        """Returns the difference of two means and its standard error."""
        at = self.covariance
        variance = at[one, one] + at[other, other] - 2 * at[one, other]
        return float(self.mean[one] - self.mean[other]), float(np.sqrt(max(variance, 0.0)))


def mean_scores(found: Scores) -> MeanScores:
    """Fits the model.

    Raises:
        ValueError: a system has no score, or there are no more scores than systems.
    """
    if len(np.unique(found.system)) < found.systems or len(found.score) <= found.systems:
        raise ValueError("Mean scores take a score of every system, and more scores than systems.")
    y = found.rescaled()
    x = np.eye(found.systems)[found.system]
    wide = found.systems * np.stack([found.listener, found.item]).astype(np.int64) + found.system
    shared = [_shared(level) for level in (found.listener, found.item, *wide)]

    def of(ratios: F64) -> tuple[float, F64]:
        v, p, inner, rest = _projected(ratios, shared, x, y)
        py = p @ y
        free = len(y) - x.shape[1]
        value = np.linalg.slogdet(v)[1] + np.linalg.slogdet(inner)[1] + free * np.log(rest)
        slope = [np.vdot(p, k) - free * (py @ k @ py) / rest for k in shared]
        return float(value), np.array(slope)

    start = np.full(len(shared), 0.2)
    ratios = minimize(of, start, jac=True, method="L-BFGS-B", bounds=[(0, _MOST)] * len(shared)).x
    _, _, inner, rest = _projected(ratios, shared, x, y)
    residual = rest / (len(y) - x.shape[1])
    v = _covariance(ratios, shared)
    mean = np.asarray(np.linalg.solve(inner, x.T @ np.linalg.solve(v, y)), np.float64)
    clusters = min(len(np.unique(found.listener)), len(np.unique(found.item)))
    return MeanScores(
        mean=mean,
        covariance=residual * np.linalg.inv(inner),
        variances=residual * np.append(ratios, 1.0),
        freedom=max(clusters - 1, 1),
    )


def _shared(level: Ints) -> F64:
    return (level[:, None] == level).astype(np.float64)


def _covariance(ratios: F64, shared: list[F64]) -> F64:
    total = np.eye(len(shared[0]))
    for ratio, of in zip(ratios, shared, strict=True):
        total += ratio * of
    return total


def _projected(ratios: F64, shared: list[F64], x: F64, y: F64) -> tuple[F64, F64, F64, float]:
    """Returns V, P, X' V^-1 X and y' P y."""
    v = _covariance(ratios, shared)
    inverse = np.linalg.inv(v)
    left = inverse @ x
    inner = x.T @ left
    p = np.asarray(inverse - left @ np.linalg.solve(inner, left.T), np.float64)
    return v, p, inner, max(float(y @ p @ y), _LEAST)
