"""Influence of each clip on a Fréchet distance, and its small-sample bias, from one eigendecomposition.

The optimal map between two Gaussians is T = S_x^(-1/2) (S_x^(1/2) S_y S_x^(1/2))^(1/2) S_x^(-1/2), with T S_x T = S_y
(Peyré and Cuturi 2019, "Computational Optimal Transport", remark 2.31). Let p = T^(1/2) (x - mean_x) and
q = T^(-1/2) (y - mean_y), rotated to principal axes. Both then have the same diagonal covariance s, the singular values
of B_x B_y^T, where B^T B is the covariance of a set.

First order (influence). The derivative of the distance is 1 - T with respect to S_x and 1 - T^(-1) with respect to S_y.
So row x of the reference set moves it by 2 (mean_x - mean_y) (x - mean_x) + |x - mean_x|^2 - |p|^2, less the mean of
this over the rows; a row of the other set likewise. Rows are summed within their clip. The two clips of a pair are one
draw, so their influences are added.

Second order (bias). Let A and B be the sampling errors of the two covariances in these coordinates. They add
1/2 sum_kl (A - B)_kl^2 / (s_k + s_l) to the distance (the Bures metric: its second-order term), and an error of
mean_x - mean_y adds its square. Neither is negative, so small samples raise the distance. Both expectations are sums
over clips. 1 / (s_k + s_l) is the integral of exp(-t s_k) exp(-t s_l) over t, replaced by a short sum, so that each
clip costs only a few products with its own coordinates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .estimate import F64, Floats
from .gaussian import Gaussian, well_conditioned
from .rows import ClipRows

_FLOOR = 1e-6  # share of the largest singular value; smaller ones add nothing to either order


@dataclass(frozen=True, eq=False)
class Side:
    """One set, in its own coordinates and in those that both sets share."""

    rows: Floats  # (rows, d), centred
    coupled: Floats  # (rows, k): p or q
    counts: NDArray[np.int64]  # (clips,): rows per clip

    @property
    def share(self) -> float:
        """Weight of a row, if clips weigh 1 on average."""
        return len(self.counts) / len(self.rows)

    @property
    def patched(self) -> bool:
        """Whether any clip has more than one row."""
        return len(self.counts) < len(self.rows)

    def per_clip(self, values: Floats) -> Floats:
        """Sums values of rows, (rows, ...), within each clip and weights them; returns (clips, ...)."""
        if not self.patched:
            return values
        return np.add.reduceat(values, np.cumsum(self.counts) - self.counts, axis=0) * self.share

    def influence(self, gap: F64) -> F64:
        """Returns each clip's influence on the distance, (clips,); ``gap`` is this side's mean minus the other's."""
        of_rows = 2 * (self.rows @ gap.astype(self.rows.dtype)) + _lengths(self.rows) - _lengths(self.coupled)
        return np.asarray(self.per_clip(of_rows - of_rows.mean(dtype=np.float64)), np.float64)


@dataclass(frozen=True, eq=False)
class Coupling:
    """The singular value decomposition of B_x B_y^T, without negligible singular values."""

    reference: Gaussian
    generated: Gaussian
    cross: F64  # B_x B_y^T
    shared: float  # sum of all singular values
    covariance: F64  # (k,): s
    left: F64  # (rows of B_x, k): left singular vectors u

    @classmethod
    def of(cls, reference: Gaussian, generated: Gaussian) -> Coupling:
        """Couples two Gaussians of equal dimension."""
        cross = reference.root @ generated.root.T
        squares, left = np.linalg.eigh(cross @ cross.T)
        values = np.sqrt(np.maximum(squares, 0))
        shared = values if well_conditioned(reference, generated) else np.linalg.svd(cross, compute_uv=False)
        kept = (values > _FLOOR * values.max(initial=0.0)) & (values > 0)
        return cls(reference, generated, cross, float(shared.sum()), values[kept], left[:, kept])

    def sides(self, x: ClipRows, y: ClipRows) -> tuple[Side, Side]:
        """Returns the fitted rows of both sets in shared coordinates.

        With W_x B_x = x - mean_x, p = W_x u s^(1/2) and q = W_y v s^(1/2) = (y - mean_y) B_x^T u s^(-1/2). Computed in
        single precision if the covariances are well conditioned, which changes influences by at most 1e-4, relative.
        """
        from scipy.linalg import solve_triangular

        safe = well_conditioned(self.reference, self.generated)
        number: np.dtype[np.floating[Any]] = np.dtype(np.float32 if safe else np.float64)
        left, root = self.left.astype(number), self.reference.root.astype(number)
        up, down = np.sqrt(self.covariance).astype(number), (1 / np.sqrt(self.covariance)).astype(number)
        one, other = ((z.rows - g.mean).astype(number) for z, g in ((x, self.reference), (y, self.generated)))
        if self.reference.form == "rows":
            p: Floats = left * (math.sqrt(len(one) - 1) * up)
        elif self.reference.form == "triangle":
            p = one @ (solve_triangular(root, left, check_finite=False) * up)
        else:
            p = one @ ((root.T / np.square(root).sum(axis=1)) @ left * up)
        if self.generated.form == "rows":
            q: Floats = self.cross.T @ left * (math.sqrt(len(other) - 1) * down)
        else:
            q = other @ (root.T @ left * down)
        return Side(one, p, x.counts), Side(other, q, y.counts)


def bias(x: Side, y: Side, s: F64, *, pairs: bool) -> float:
    """Returns the small-sample bias of the distance, to second order.

    Args:
        x: the reference set, at least two clips.
        y: the generated set.
        s: (k,), the covariance of both sides in shared coordinates, all above 0.
        pairs: whether clip i of one set belongs to clip i of the other; otherwise the sets are independent.
    """
    if pairs:
        first = _variance_of_mean(x.per_clip(x.rows) - y.per_clip(y.rows))
        second = _bures([(x, 1.0), (y, -1.0)], s)
    else:
        first = sum(_variance_of_mean(side.per_clip(side.rows)) for side in (x, y))
        second = sum(_bures([(side, 1.0)], s) for side in (x, y))
    return first + second - sum(_within_clips(side) for side in (x, y) if side.patched)


def _bures(sides: list[tuple[Side, float]], s: F64) -> float:
    """Returns the expectation of 1/2 sum_kl (A - B)_kl^2 / (s_k + s_l); with A alone if there is one side."""
    if not len(s):
        return 0.0
    scale = float(s.max())
    times, weights = _exponentials()
    kernel = np.exp(-np.outer(s / scale, times)).astype(sides[0][0].coupled.dtype)
    total, clips = 0.0, len(sides[0][0].counts)
    for rows, signs, excess in _alike(sides):
        for a, b in combinations_with_replacement(range(len(rows)), 2):
            squares = np.square((rows[a] * rows[b]) @ kernel).sum(axis=0, dtype=np.float64) @ weights
            total += (1 if a == b else 2) * signs[a] * signs[b] * float(squares) / scale
        lengths = sum(sign * float(_lengths(row).sum(dtype=np.float64)) for sign, row in zip(signs, rows, strict=True))
        total += excess**2 * len(rows[0]) * float(s.sum()) / 2 - excess * lengths
    return total / 2 / (clips * (clips - 1))


def _alike(sides: list[tuple[Side, float]]) -> Iterator[tuple[list[Floats], list[float], float]]:
    """Groups clips with the same number of rows.

    Yields:
        For each group: its clips' first, second ... rows, (clips, k) each; their signed weights; the sum of these.
    """
    starts = [np.cumsum(side.counts) - side.counts for side, _ in sides]
    kinds, which = np.unique(np.stack([side.counts for side, _ in sides], axis=1), axis=0, return_inverse=True)
    for kind, counts in enumerate(kinds):
        rows, signs = [], []
        clips = np.flatnonzero(which == kind)
        for (side, sign), start, count in zip(sides, starts, counts, strict=True):
            if side.patched:
                rows += [side.coupled[start[clips] + i] for i in range(count)]
            else:
                rows.append(side.coupled if len(kinds) == 1 else side.coupled[clips])
            signs += [sign * side.share] * int(count)
        yield rows, signs, sum(signs)


def _exponentials() -> tuple[F64, F64]:
    """Returns times t and weights w such that sum of w exp(-t z) = 1 / z within 0.1 %, for z from _FLOOR to 2.

    It is the trapezoidal rule for 1 / z = integral of exp(u - z exp(u)) over u, where t = exp(u).
    """
    u = np.arange(-8.0, np.log(8 / _FLOOR))
    return np.exp(u), np.exp(u)


def _within_clips(side: Side) -> float:
    """Returns how far similar rows within clips lower the covariance on average, weighted by its derivative 1 - T."""
    means = _variance_of_mean(side.per_clip(side.rows)) - _variance_of_mean(side.per_clip(side.coupled))
    rows = float(_lengths(side.rows).sum(dtype=np.float64) - _lengths(side.coupled).sum(dtype=np.float64))
    return means - rows / len(side.rows) ** 2


def _variance_of_mean(values: Floats) -> float:
    """Returns the variance of the mean of (clips, d) with mean 0, summed over dimensions."""
    return float(_lengths(values).sum(dtype=np.float64)) / (len(values) * (len(values) - 1))


def _lengths(rows: Floats) -> Floats:
    """Returns the squared length of each row of (rows, d)."""
    return np.einsum("ij,ij->i", rows, rows)
