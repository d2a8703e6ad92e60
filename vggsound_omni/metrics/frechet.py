"""Fréchet distance of two sets of features: FD where a row is a clip, FAD where rows are patches.

FD = |mean_x - mean_y|^2 + tr(S_x) + tr(S_y) - 2 tr((S_x S_y)^(1/2)): the squared 2-Wasserstein distance of two
Gaussians (Dowson and Landau 1982). Covariances in float64, unbiased. The root of the product is never taken: with any
B such that S = B^T B, tr((S_x S_y)^(1/2)) is the sum of the singular values of B_x B_y^T.

* No more rows than dimensions: B is the centred rows themselves, and B_x B_y^T the small cross-Gram matrix.
* Otherwise B is the Cholesky factor where S has full rank, and comes from the symmetric eigendecomposition where not.
* Of two well conditioned covariances, the singular values are taken as roots of symmetric eigenvalues, which is faster.

Everywhere else rounding would lift eigenvalues that are 0 to 1e-16 and their roots to 1e-8, some thousand times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .catalogue import METRICS
from .estimate import F64, Estimate, MetricError
from .moments import Moments
from .rows import ClipRows
from .validation import Features, all_equal

_EPS = float(np.finfo(np.float64).eps)
_SAFE = 1e-6
"""Conditioning above which eigenvalues of the square give singular values to 1e-10 of the largest, in a third of the
time."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """All that a Fréchet distance sees of a set."""

    mean: F64
    """(d,)."""
    root: F64
    """(k, d) with k <= d: root^T root is the covariance."""
    conditioning: float = 0.0
    """Smallest over largest variance, about; 0 where it was not needed. Above 0 the rank is full."""

    @classmethod
    def of_rows(cls, rows: F64) -> Gaussian:
        """Fits (rows, d), at least two rows."""
        count, dimensions = rows.shape
        if count > dimensions:
            return cls.of_moments(Moments.of(rows))
        mean = rows.mean(axis=0)
        return cls(mean, (rows - mean) / math.sqrt(count - 1))

    @classmethod
    def of_moments(cls, moments: Moments) -> Gaussian:
        """Fits rows that were summed up before.

        Raises:
            MetricError: of a single row.
        """
        return cls(moments.mean, *_root(moments.covariance))

    def rank(self) -> int:
        """Rank of the covariance: directions whose variance is above rounding."""
        dimensions = len(self.mean)
        if self.conditioning:
            return dimensions
        variances = np.linalg.eigvalsh(self.root @ self.root.T)
        centring = 4 * _EPS * float(np.linalg.norm(self.mean))  # what subtracting a mean may leave of equal rows
        floor = max(variances.max(initial=0.0) * dimensions * _EPS, centring**2)
        return int((variances > floor).sum())


def _root(covariance: F64) -> tuple[F64, float]:
    """A root and the conditioning, as :class:`Gaussian` holds them."""
    from scipy.linalg import cholesky, eigh
    from scipy.linalg.lapack import dpocon

    dimensions = len(covariance)
    try:
        upper: F64 = cholesky(covariance, lower=False, check_finite=False)
        reciprocal_condition, _ = dpocon(upper, np.abs(covariance).sum(axis=0).max())
        if reciprocal_condition > dimensions * _EPS:
            return upper, float(reciprocal_condition)
    except np.linalg.LinAlgError:
        pass
    variances, directions = eigh(covariance, check_finite=False)
    kept = variances > variances[-1] * dimensions * _EPS
    return np.sqrt(variances[kept])[:, None] * directions[:, kept].T, 0.0


def distance(reference: Gaussian, generated: Gaussian) -> float:
    """Fréchet distance of two Gaussians of equal dimension; at least 0."""
    gap = reference.mean - generated.mean
    spread = float(np.square(reference.root).sum() + np.square(generated.root).sum())
    cross = reference.root @ generated.root.T
    if min(reference.conditioning, generated.conditioning) > _SAFE:
        shared = float(np.sqrt(np.maximum(np.linalg.eigvalsh(cross @ cross.T), 0)).sum())
    else:
        shared = float(np.linalg.svd(cross, compute_uv=False).sum())
    return max(float(gap @ gap) + spread - 2 * shared, 0.0)  # only rounding goes below 0


def distance_of_rows(reference: F64, generated: F64) -> float:
    """Fréchet distance of (rows, d) and (rows', d), at least two rows each."""
    return distance(Gaussian.of_rows(reference), Gaussian.of_rows(generated))


def validate(
    reference: Features | Sequence[Features], generated: Features | Sequence[Features]
) -> tuple[ClipRows, ClipRows]:
    """Both sets as rows by clip.

    Raises:
        MetricError: not finite, fewer than two clips, a clip without rows, or of different dimension.
    """
    x, y = ClipRows.of(reference, "reference features"), ClipRows.of(generated, "generated features")
    for clips, what in ((x.clips, "reference"), (y.clips, "generated")):
        if clips < METRICS["fd"].minimum:
            raise MetricError(f"A Fréchet distance needs at least 2 clips in each set; the {what} set has {clips}.")
    if x.rows.shape[1] != y.rows.shape[1]:
        raise MetricError(
            f"The features have {x.rows.shape[1]} dimensions in the reference set and {y.rows.shape[1]} in the "
            f"generated one: they are not of one encoder."
        )
    return x, y


def evaluate(reference: Features | Sequence[Features], generated: Features | Sequence[Features]) -> Estimate:
    """Fréchet distance of two sets of clips, which need not be pairs.

    Args:
        reference: (clips, d), a row a clip; (clips, patches, d); or for each clip its (patches, d).
        generated: in one of the same forms.

    Returns:
        The estimate; facts ``dimensions`` and, for either set, ``clips_``, ``rows_`` and ``rank_`` ``reference`` and
        ``generated``. Warnings for a covariance short of full rank and for constant features. No interval.

    Raises:
        MetricError: see :func:`validate`.
    """
    x, y = validate(reference, generated)
    gaussians = {"reference": Gaussian.of_rows(x.rows), "generated": Gaussian.of_rows(y.rows)}
    dimensions = x.rows.shape[1]
    facts: dict[str, float] = {"dimensions": dimensions}
    warnings: list[str] = []
    for (name, gaussian), clip_rows in zip(gaussians.items(), (x, y), strict=True):
        rank = gaussian.rank()
        facts |= {f"clips_{name}": clip_rows.clips, f"rows_{name}": len(clip_rows.rows), f"rank_{name}": rank}
        warnings += _warnings(clip_rows.rows, rank, name)
    return Estimate(
        value=distance(gaussians["reference"], gaussians["generated"]),
        n=y.clips,
        warnings=tuple(warnings),
        facts=facts,
    )


def _warnings(rows: F64, rank: int, name: str) -> list[str]:
    if same := all_equal(rows, f"{name} features"):
        return [*same]
    count, dimensions = rows.shape
    found = []
    constant = int((np.ptp(rows, axis=0) == 0).sum())
    if constant:
        found.append(f"{constant} of {dimensions} features are constant in the {name} set.")
    if rank < dimensions:
        found.append(
            f"The covariance of the {name} set has rank {rank} in {dimensions} dimensions ({count} rows): "
            f"compare only with values at the same numbers of clips."
        )
    return found
