"""Two systems on the same items: tests, correction and effect sizes of paired differences.

Differences have the shape (items,), first system minus second, or (items, hypotheses) if many share the items.

The test is the sign-flip permutation of the mean difference: if the systems can be exchanged item by item, every
pattern of signs is equally likely. The mean and Student's t order the sign patterns alike (signs do not change the sum
of squares), so for large n the test also holds if the means are equal and the differences are skewed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .intervals import F64

LEVEL = 0.05
"""The chance of any false finding among all comparisons of a table."""
DRAWS = 9_999
"""Random sign patterns, if not all are tried."""
EXACT = 14
"""Items up to which all sign patterns are tried."""
_CHUNK = 1_000
_GAUSSIAN_BOUND = 3.178
"""P(sum of a_i e_i >= x) <= 3.178 P(N(0, 1) >= x) for random signs e_i and sum of a_i^2 = 1: Bentkus and Dzindzalieta,
"A tight Gaussian bound for weighted sums of Rademacher random variables", Bernoulli 21 (2015)."""


def sign_flip(differences: F64, rng: np.random.Generator) -> F64:
    """Returns two-sided p-values of the hypotheses that the mean differences are 0.

    Exact up to :data:`EXACT` items. Beyond, :data:`DRAWS` random patterns plus the observed one (Phipson and Smyth
    2010); if none reaches the observed mean, a bound on the exact p-value is taken if it is below 1 / (draws + 1), so
    that the number of draws does not limit what survives the correction of a large table.

    Args:
        differences: (items, hypotheses), at least one item.
        rng: draws the patterns, which all hypotheses share.
    """
    from scipy.special import ndtr

    items = len(differences)
    if items <= EXACT:
        return _exact_sign_flip(differences)
    unit = _unit(differences)
    observed = np.abs(unit.sum(axis=0))
    reached = np.zeros(differences.shape[1])
    for start in range(0, DRAWS, _CHUNK):
        patterns = rng.integers(0, 2, (min(_CHUNK, DRAWS - start), items), dtype=np.int8)
        reached += _reaching(patterns, unit)
    bound = 2 * _GAUSSIAN_BOUND * ndtr(-observed)
    p: F64 = (1 + reached) / (1 + DRAWS)
    return np.where(reached == 0, np.minimum(p, bound), p)


def _exact_sign_flip(differences: F64) -> F64:
    """Tries half of all patterns: opposite ones give opposite sums."""
    items = len(differences)
    patterns = np.arange(2 ** (items - 1))[:, None] >> np.arange(items) & 1
    return _reaching(patterns, _unit(differences)) / len(patterns)


def _unit(differences: F64) -> F64:
    """Scales each column to a sum of squares of 1; zeros stay."""
    length = np.sqrt(np.square(differences).sum(axis=0))
    return differences / np.where(length > 0, length, 1.0)


def _reaching(patterns: NDArray[np.integer[Any]], unit: F64) -> F64:
    """Counts the patterns of 0 and 1 whose sum is at least as far from 0 as that of all zeros, up to rounding."""
    signs = (1 - 2 * patterns).astype(np.float64)
    reaching = np.abs(signs @ unit) >= np.abs(unit.sum(axis=0)) - 1e-9
    return reaching.sum(axis=0).astype(np.float64)


def wilcoxon(differences: F64) -> float:
    """Returns the two-sided p-value of Wilcoxon's signed-rank test: are differences symmetric about 0?

    Zeros keep their ranks but count for neither side (Pratt 1959). Exact, with zeros and ties, up to :data:`EXACT`
    items; beyond, by the normal distribution with the variance that random signs give these ranks.
    """
    from scipy.special import ndtr

    ranks = _signed_ranks(differences)
    if len(ranks) <= EXACT:
        return float(_exact_sign_flip(ranks[:, None])[0])
    length = float(np.sqrt(np.square(ranks).sum()))
    return float(2 * ndtr(-abs(ranks.sum()) / length)) if length else 1.0


def _signed_ranks(differences: F64) -> F64:
    from scipy.stats import rankdata

    ranks: F64 = rankdata(np.abs(differences)) * np.sign(differences)
    return ranks


def holm(p_values: F64) -> F64:
    """Adjusts p-values so that rejecting those below a level has at most that chance of any false rejection.

    Holm (1979); valid under any dependence between the hypotheses.
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def standardised(differences: F64) -> float | None:
    """Returns the mean difference in standard deviations of the differences (Cohen's d_z); None if they do not vary."""
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    mean = float(differences.mean())
    return mean / spread if spread > 1e-12 * max(abs(mean), np.finfo(np.float64).tiny) else None


def rank_biserial(differences: F64) -> float:
    """Returns the matched-pairs rank-biserial correlation (Kerby 2014), from 1 (the first is always higher) to -1."""
    ranks = _signed_ranks(differences)
    whole = float(np.abs(ranks).sum())
    return float(ranks.sum()) / whole if whole else 0.0


def share_higher(differences: F64) -> float:
    """Returns the share of items on which the first system is higher, ties as halves: the common-language effect."""
    return float((differences > 0).mean() + 0.5 * (differences == 0).mean())
