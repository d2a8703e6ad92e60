"""Gaussians fitted to features, and the Fréchet distance between two of them.

FD = |mean_x - mean_y|^2 + tr(S_x) + tr(S_y) - 2 tr((S_x S_y)^(1/2)): the squared 2-Wasserstein distance of two
Gaussians (Dowson and Landau 1982). Covariances are float64 and unbiased. The square root of the product is never
computed. For any B with S = B^T B, S_x S_y = B_x^T (B_x B_y^T) B_y has the same non-zero eigenvalues as C C^T with
C = B_x B_y^T, so tr((S_x S_y)^(1/2)) is the sum of the singular values of C.

* If there are no more rows than dimensions, B is the centred rows and C their small cross-Gram matrix.
* Otherwise B is the Cholesky factor if S has full rank, and comes from the symmetric eigendecomposition if not.
* If both covariances are well conditioned, singular values are square roots of the eigenvalues of C C^T, which is
  faster. Otherwise that would be inaccurate: rounding turns an eigenvalue of 0 into 1e-16 and its root into 1e-8, for
  up to thousands of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .estimate import F64
from .moments import Moments

_EPS = float(np.finfo(np.float64).eps)
_SAFE = 1e-6


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean and covariance of a set, which is all that a Fréchet distance depends on."""

    mean: F64  # (d,)
    root: F64  # (k, d) with k <= d; root^T root is the covariance
    form: Literal["rows", "triangle", "axes"]
    """How the root was made: centred rows over sqrt(rows - 1); an upper triangle; or orthogonal rows."""
    conditioning: float = 0.0
    """Roughly smallest over largest variance; 0 if it was not computed. If above 0, the rank is full."""

    @classmethod
    def of_rows(cls, rows: F64) -> Gaussian:
        """Fits a Gaussian to (rows, d), at least two rows."""
        count, dimensions = rows.shape
        if count > dimensions:
            return cls.of_moments(Moments.of(rows))
        mean = rows.mean(axis=0)
        return cls(mean, (rows - mean) / math.sqrt(count - 1), "rows")

    @classmethod
    def of_moments(cls, moments: Moments) -> Gaussian:
        """Builds a Gaussian from moments.

        Raises:
            MetricError: there is only one row.
        """
        return cls(moments.mean, *_root(moments.covariance))

    def rank(self) -> int:
        """Returns the rank of the covariance: how many directions have a variance above rounding."""
        dimensions = len(self.mean)
        if self.conditioning:
            return dimensions
        variances = np.linalg.eigvalsh(self.root @ self.root.T)
        centring = 4 * _EPS * float(np.linalg.norm(self.mean))  # what subtracting a mean may leave of equal rows
        floor = max(variances.max(initial=0.0) * dimensions * _EPS, centring**2)
        return int((variances > floor).sum())


def _root(covariance: F64) -> tuple[F64, Literal["triangle", "axes"], float]:
    """Returns the root of a covariance, its form and the conditioning, as :class:`Gaussian` holds them."""
    from scipy.linalg import cholesky, eigh
    from scipy.linalg.lapack import dpocon

    dimensions = len(covariance)
    try:
        upper: F64 = cholesky(covariance, lower=False, check_finite=False)
        reciprocal_condition, _ = dpocon(upper, np.abs(covariance).sum(axis=0).max())
        if reciprocal_condition > dimensions * _EPS:
            return upper, "triangle", float(reciprocal_condition)
    except np.linalg.LinAlgError:
        pass
    variances, directions = eigh(covariance, check_finite=False)
    kept = variances > variances[-1] * dimensions * _EPS
    return np.sqrt(variances[kept])[:, None] * directions[:, kept].T, "axes", 0.0


def distance(reference: Gaussian, generated: Gaussian, *, exact: bool = True) -> float:
    """Returns the Fréchet distance between two Gaussians of equal dimension; at least 0.

    Args:
        reference: one of the two.
        generated: the other.
        exact: False takes eigenvalues in any case, in a third of the time; singular values near 0 are then wrong by up
            to 1.5e-8 of the largest.
    """
    cross = reference.root @ generated.root.T
    if not exact or well_conditioned(reference, generated):
        shared = float(np.sqrt(np.maximum(np.linalg.eigvalsh(cross @ cross.T), 0)).sum())
    else:
        shared = float(np.linalg.svd(cross, compute_uv=False).sum())
    return assemble(reference, generated, shared)


def well_conditioned(reference: Gaussian, generated: Gaussian) -> bool:
    """Whether eigenvalues of C C^T give the singular values of C accurately, to 1e-10 of the largest.

    They take a third of the time.
    """
    return min(reference.conditioning, generated.conditioning) > _SAFE


def assemble(reference: Gaussian, generated: Gaussian, shared: float) -> float:
    """Returns the Fréchet distance, given ``shared``, the sum of the singular values of the product of the roots."""
    gap = reference.mean - generated.mean
    spread = float(np.square(reference.root).sum() + np.square(generated.root).sum())
    return max(float(gap @ gap) + spread - 2 * shared, 0.0)  # only rounding goes below 0


def distance_of_rows(reference: F64, generated: F64, *, exact: bool = True) -> float:
    """Returns the Fréchet distance between (rows, d) and (rows', d), at least two rows each, as :func:`distance`."""
    return distance(Gaussian.of_rows(reference), Gaussian.of_rows(generated), exact=exact)
