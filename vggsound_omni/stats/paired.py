"""Systems on the same items: every pair's difference, with an interval and a p-value of one test.

An item contributes a number to each system, whose mean over the items is the system's value. Two systems differ if the
mean of their contributions' differences does. The test is Student's on the differences twice over, plain and with
Hall's cubic, which makes t symmetric for skewed ones (Hall 1992, "On the removal of skewness by transformation",
equation 2.5); both must find the difference. The plain test finds too much in skewed differences, the cubic in
symmetric ones with heavy tails. A sample of skewed numbers shows too little of their skewness, so it is taken 1.5 times
as large (benchmarks/error_rates.py measures what this holds). If the spread rests on fewer than four clips, nothing is
decided.

Values may be biased: a difference counts only if it is there with the bias, and without it by more than the two biases
are uncertain. The interval spans both. It excludes 0 exactly if p is below the level: each inverts the other.

All pairs of a family share the level equally (Bonferroni), so that their intervals hold together with 95 %. Holm's
steps would find a little more, but have no intervals that say the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .intervals import F64

LEVEL = 0.05
"""The chance of any false finding among all comparisons of a family."""
FEWEST = 20
"""Common items below which no two systems are compared."""
SUPPORT = 4.0
"""Items over kurtosis, below which nothing is decided: about how many items carry the spread of the differences."""
_UNSEEN = 1.5
"""The true skewness over that of a sample, about, for the skewed scores of few items."""
_ROUNDING = 1e-12
"""Differences up to this, relative to the largest contribution, are rounding."""
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Contributions:
    """One system on one metric."""

    ids: tuple[str, ...]  # of its items
    numbers: F64  # (items,): what each contributes; their mean is the value
    bias: float = 0.0  # of the value
    uncertain: float = 0.0  # how far the bias may be off, at least 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Differences:
    """All pairs of systems, first less second; every array has an entry for each pair."""

    systems: int
    first: Ints
    second: Ints  # of higher index than the first
    n: Ints  # common items
    raw: F64  # difference of the values, bias and all
    difference: F64  # of the values less their bias, each cut at the floor
    uncertain: F64  # how far the biases may be off together
    spread: F64  # standard deviation of an item's difference
    skewness: F64
    kurtosis: F64
    tests: int  # comparisons that share the level

    @property
    def few(self) -> Bools:
        """Pairs with too few common items."""
        return (self.n < FEWEST) | (2.0 ** (1.0 - self.n) > LEVEL / self.tests)

    @property
    def lopsided(self) -> Bools:
        """Pairs with enough items, of which a few decide: nothing can be said about their mean."""
        return ~self.few & (self.spread > 0) & (self.n < SUPPORT * self.kurtosis)

    @property
    def decided(self) -> Bools:
        """Pairs with an interval and a p-value."""
        return ~self.few & ~self.lopsided

    @property
    def margin(self) -> F64:
        """What is left of each difference, with its sign, if bias and its uncertainty work against it; 0 if nothing."""
        sure = np.sign(self.difference) * np.maximum(np.abs(self.difference) - self.uncertain, 0.0)
        agree = np.sign(sure) == np.sign(self.raw)
        return np.where(agree, np.sign(self.raw) * np.minimum(np.abs(sure), np.abs(self.raw)), 0.0)

    @property
    def p_value(self) -> F64:
        """Two-sided, of one comparison by itself; 1 for pairs that are not decided."""
        from scipy.special import stdtr

        found = np.ones(len(self.n))
        which = self.decided & (self.margin != 0)
        n, margin = self.n[which].astype(np.float64), self.margin[which]
        with np.errstate(divide="ignore"):
            ratio = np.abs(margin) / self.spread[which]
        t = np.sqrt(n) * np.minimum(ratio, _cubic(ratio, np.sign(margin) * self.skewness[which], n))
        # No test by signs and sizes alone gives less than all signs being equal by chance.
        found[which] = np.clip(2 * stdtr(n - 1, -t), 2.0 ** (1 - n), 1.0)
        return found

    @property
    def p_adjusted(self) -> F64:
        """The p-values after the correction for all comparisons."""
        return np.minimum(self.p_value * self.tests, 1.0)

    @property
    def apart(self) -> Bools:
        """Which pairs are shown to differ."""
        return self.p_adjusted <= LEVEL

    def limits(self, level: float = LEVEL) -> tuple[F64, F64]:
        """Returns the ends of the intervals that hold together with 1 - ``level``; NaN for pairs that are not decided.

        Those at ``LEVEL`` exclude 0 if and only if the pair is apart. Those at twice that are two one-sided tests each:
        a pair is equivalent within a margin if its interval is.
        """
        from scipy.special import stdtrit

        n = np.maximum(self.n, 2).astype(np.float64)
        q = stdtrit(n - 1, 1 - level / (2 * self.tests)) / np.sqrt(n)
        low = np.minimum(self.difference - self.uncertain, self.raw) - self.spread * _inverse(q, self.skewness, n)
        high = np.maximum(self.difference + self.uncertain, self.raw) + self.spread * _inverse(q, -self.skewness, n)
        return np.where(self.decided, low, np.nan), np.where(self.decided, high, np.nan)

    def higher(self) -> Bools:
        """Returns (systems, systems): where the first is shown to be higher than the second."""
        found = np.zeros((self.systems, self.systems), bool)
        up, down = self.apart & (self.difference > 0), self.apart & (self.difference < 0)
        found[self.first[up], self.second[up]] = True
        found[self.second[down], self.first[down]] = True
        return found


def differences(
    systems: Sequence[Contributions], *, floor: float | None = None, tests: int | None = None
) -> Differences:
    """Compares every pair of systems on the items that both have.

    Args:
        systems: on one metric.
        floor: the truth is never below it, so values less their bias are cut there.
        tests: comparisons that share the level; None: all pairs of these systems.
    """
    where = {item_id: k for k, item_id in enumerate(sorted({item_id for system in systems for item_id in system.ids}))}
    numbers, present = np.zeros((len(systems), len(where))), np.zeros((len(systems), len(where)), bool)
    for row, system in enumerate(systems):
        columns = [where[item_id] for item_id in system.ids]
        numbers[row, columns], present[row, columns] = system.numbers, True
    bias, uncertain = (np.array([getattr(s, part) for s in systems], np.float64) for part in ("bias", "uncertain"))
    first, second = np.triu_indices(len(systems), 1)
    largest = np.abs(numbers).max(axis=1, initial=0.0)
    parts = [_moments(numbers, present, largest, row) for row in range(len(systems) - 1)] or [np.zeros((6, 0))]
    n, one, other, spread, skewness, kurtosis = np.concatenate(parts, axis=1)
    least = -math.inf if floor is None else floor
    return Differences(
        systems=len(systems),
        first=first,
        second=second,
        n=n.astype(np.int64),
        raw=_rounded(one - other, numbers),
        difference=_rounded(np.maximum(one - bias[first], least) - np.maximum(other - bias[second], least), numbers),
        uncertain=uncertain[first] + uncertain[second],
        spread=spread,
        skewness=skewness,
        kurtosis=kurtosis,
        tests=max(len(first) if tests is None else tests, 1),
    )


def _moments(numbers: F64, present: Bools, largest: F64, row: int) -> F64:
    """Returns (6, later systems): common items, both means, and the moments of the differences from a row."""
    both = present[row] & present[row + 1 :]
    n = both.sum(axis=1)
    some = np.maximum(n, 1)
    one = (numbers[row] * both).sum(axis=1) / some
    other = (numbers[row + 1 :] * both).sum(axis=1) / some
    centred = numbers[row] - numbers[row + 1 :]
    centred -= (one - other)[:, None]
    centred *= both
    squares = np.square(centred)
    variance = squares.sum(axis=1) / some
    scale = largest[row] + largest[row + 1 :]
    varies = variance > np.square(_ROUNDING * scale)
    safe = np.where(varies, variance, 1.0)
    skewness = np.where(varies, np.einsum("ij,ij->i", squares, centred) / some / safe**1.5, 0.0)
    kurtosis = np.where(varies, np.einsum("ij,ij->i", squares, squares) / some / safe**2, 1.0)
    spread = np.sqrt(np.where(varies, variance * some / np.maximum(n - 1, 1), 0.0))
    return np.stack([n.astype(np.float64), one, other, spread, skewness, kurtosis])


def _rounded(differences: F64, numbers: F64) -> F64:
    return np.where(np.abs(differences) <= _ROUNDING * np.abs(numbers).max(initial=0.0), 0.0, differences)


def _stretched(skewness: F64, n: F64) -> F64:
    """Returns the skewness that is assumed, from that of a sample."""
    return _UNSEEN * skewness * np.sqrt(n * (n - 1)) / np.maximum(n - 2, 1)


def _cubic(ratio: F64, skewness: F64, n: F64) -> F64:
    """Returns Hall's transform of means over standard deviations, without the factor sqrt(n); 0 if it is below 0."""
    skew = _stretched(skewness, n)
    with np.errstate(invalid="ignore"):  # infinite without spread, and skewness is 0 there
        turned = ratio + skew * ratio**2 / 3 + skew**2 * ratio**3 / 27 + skew / (6 * n)
    return np.where(np.isfinite(ratio), np.maximum(turned, 0.0), np.inf)


def _inverse(q: F64, skewness: F64, n: F64) -> F64:
    """Returns how many standard deviations a mean must be above 0 for both tests to find it, for q above 0."""
    skew = _stretched(skewness, n)
    curved = np.abs(skew) > 1e-6
    safe = np.where(curved, skew, 1.0)
    turned = (np.cbrt(1 + safe * (q - safe / (6 * n))) - 1) * 3 / safe
    return np.maximum(q, np.where(curved, turned, q))


def wilcoxon(differences: F64) -> float:
    """Returns the two-sided p-value of Wilcoxon's signed-rank test: are differences symmetric about 0?

    Zeros keep their ranks but count for neither side (Pratt 1959). By the normal distribution with the variance that
    random signs give these ranks; for 20 items and more.
    """
    from scipy.special import ndtr

    ranks = _signed_ranks(differences)
    length = float(np.sqrt(np.square(ranks).sum()))
    return float(2 * ndtr(-abs(ranks.sum()) / length)) if length else 1.0


def _signed_ranks(differences: F64) -> F64:
    from scipy.stats import rankdata

    ranks: F64 = rankdata(np.abs(differences)) * np.sign(differences)
    return ranks


def rank_biserial(differences: F64) -> float:
    """Returns the matched-pairs rank-biserial correlation (Kerby 2014), from 1 (the first is always higher) to -1."""
    ranks = _signed_ranks(differences)
    whole = float(np.abs(ranks).sum())
    return float(ranks.sum()) / whole if whole else 0.0


def share_higher(differences: F64) -> float:
    """Returns the share of items on which the first system is higher, ties as halves: the common-language effect."""
    return float((differences > 0).mean() + 0.5 * (differences == 0).mean())
