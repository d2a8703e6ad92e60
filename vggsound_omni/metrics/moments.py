"""Mean and covariance of rows that need not be in memory all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .estimate import F64, MetricError
from .validation import Features, checked


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, mean and scatter of rows, even of a single row; can be merged exactly.

    The merge is Chan, Golub and LeVeque's (1983). It subtracts no large numbers, so a mean far from 0 costs no digits.
    """

    count: int
    mean: F64  # (d,)
    scatter: F64  # (d, d): sum of outer products of the deviations from the mean

    @classmethod
    def of(cls, rows: F64) -> Moments:
        """Computes the moments of (rows, d), at least one row."""
        mean = rows.mean(axis=0)
        centred = rows - mean
        return cls(len(rows), mean, centred.T @ centred)

    @classmethod
    def streamed(cls, blocks: Iterable[Features], what: str = "features") -> Moments:
        """Computes the moments of all rows of all blocks, each (rows, d), with one block in memory at a time.

        Raises:
            MetricError: a block is not finite, or there are no rows.
        """
        total: Moments | None = None
        for block in blocks:
            if len(block):
                part = cls.of(checked(block, what, ("rows", "dimensions")))
                total = part if total is None else total.merge(part)
        if total is None:
            raise MetricError(f"There are no rows of {what}.")
        return total

    def merge(self, other: Moments) -> Moments:
        """Returns the moments of both sets of rows together."""
        count = self.count + other.count
        gap = other.mean - self.mean
        return Moments(
            count,
            self.mean + gap * (other.count / count),
            self.scatter + other.scatter + np.outer(gap, gap) * (self.count * other.count / count),
        )

    @property
    def covariance(self) -> F64:
        """Unbiased covariance (ddof 1), as in all kits of the field.

        Raises:
            MetricError: there is only one row.
        """
        if self.count < 2:
            raise MetricError("A covariance needs at least 2 rows; there is 1.")
        return self.scatter / (self.count - 1)
