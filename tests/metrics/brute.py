"""Every metric by its definition, in loops or by SciPy's general functions: slow, and independent of the package."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import sqrtm
from scipy.optimize import brentq

F64 = NDArray[np.float64]


def softmax(row: F64) -> list[float]:
    total = sum(math.exp(v) for v in row)
    return [math.exp(v) / total for v in row]


def kl(reference: F64, generated: F64) -> list[float]:
    return [
        sum(p * math.log(p / q) for p, q in zip(softmax(r), softmax(g), strict=True))
        for r, g in zip(reference, generated, strict=True)
    ]


def inception_of(logits: F64, clips: NDArray[np.integer]) -> float:
    """Of these rows."""
    rows = [softmax(logits[j]) for j in clips]
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    inner = [sum(p * math.log(p / m) for p, m in zip(row, mean, strict=True)) for row in rows]
    return math.exp(sum(inner) / len(inner))


def inception_of_splits(logits: F64) -> float:
    """Mean over 10 splits of the rows in the order of the legacy generator with seed 2020."""
    order = np.random.RandomState(2020).permutation(len(logits))
    bounds = [len(logits) * i // 10 for i in range(11)]
    return sum(inception_of(logits, order[a:b]) for a, b in itertools.pairwise(bounds)) / 10


def frechet(x: F64, y: F64) -> float:
    sx, sy = np.atleast_2d(np.cov(x, rowvar=False)), np.atleast_2d(np.cov(y, rowvar=False))
    gap = x.mean(axis=0) - y.mean(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a singular matrix may have no root
        root = sqrtm(sx @ sy)
    return float(gap @ gap + np.trace(sx) + np.trace(sy) - 2 * np.trace(root).real)


def bandwidth(x: F64) -> float:
    return float(np.median([math.dist(x[i], x[j]) for i in range(len(x)) for j in range(i)]))


def kad(x: F64, y: F64) -> float:
    width = bandwidth(x)

    def kernel(a: F64, b: F64) -> float:
        return math.exp(-(math.dist(a, b) ** 2) / (2 * width**2))

    def within(z: F64) -> float:
        total = sum(kernel(z[i], z[j]) for i in range(len(z)) for j in range(len(z)) if i != j)
        return total / (len(z) * (len(z) - 1))

    across = sum(kernel(a, b) for a in x for b in y) / (len(x) * len(y))
    return 100 * (within(x) + within(y) - 2 * across)


def desync(logits: F64) -> list[float]:
    grid = [-2 + 0.2 * i for i in range(21)]
    return [sum(abs(grid[list(w).index(max(w))]) for w in clip) / len(clip) for clip in logits]


def cosine(a: F64, b: F64) -> list[float]:
    return [
        sum(u * v for u, v in zip(p, q, strict=True)) / math.sqrt(sum(u * u for u in p) * sum(v * v for v in q))
        for p, q in zip(a, b, strict=True)
    ]


def interval(scores: list[float]) -> list[float]:
    """Hall's: the truths whose t, made symmetric by a cubic, is at either 2.5 % point of Student's distribution."""
    n, mean = len(scores), sum(scores) / len(scores)
    squares, cubes = (sum((s - mean) ** k for s in scores) / n for k in (2, 3))
    skew, spread = cubes / squares**1.5, math.sqrt(squares * n / (n - 1))

    def symmetric(truth: float) -> float:
        u = (mean - truth) / spread
        return u + skew * u**2 / 3 + skew**2 * u**3 / 27 + skew / (6 * n)

    point = float(stats.t.ppf(0.975, n - 1)) / math.sqrt(n)
    ends = [
        brentq(lambda truth, at=at: symmetric(truth) - at, mean - 9, mean + 9, xtol=1e-13) for at in (point, -point)
    ]
    return [float(end) for end in ends]
