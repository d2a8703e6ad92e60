"""Kernel audio distance: the maximum mean discrepancy (MMD) between two sets of features, of any distribution.

KAD = 100 x (mean k(x, x') over pairs of references + mean k(y, y') over pairs of generated clips - 2 mean k(x, y)),
with k(a, b) = exp(-|a - b|^2 / (2 s^2)) and without pairs of a clip with itself. This is the unbiased estimator of
squared MMD (Gretton et al. 2012, equation 3): for sets of one distribution it is 0 on average at any n, so it is often
negative. s is the median distance between two references, as kadtk's README says; kadtk's code uses the evaluated set
instead, so that the bandwidth changes with the system. The factor 100 is kadtk's (arXiv 2502.15602).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from vggsound_omni.stats.intervals import by_influence, by_two_influences

from .estimate import F64, Estimate, MetricError
from .frechet import FD
from .validation import Features, all_equal, checked, enough, one_encoder

MINIMUM = 2  # clips in each set
_BLOCK = 1 << 22  # distances in memory at a time: 32 MB


def validate(reference: Features, generated: Features) -> tuple[F64, F64]:
    """Returns both sets in float64.

    Raises:
        MetricError: a set has fewer than two clips, a value is not finite, or the dimensions differ.
    """
    x = checked(reference, "reference features", ("clips", "dimensions"))
    y = checked(generated, "generated features", ("clips", "dimensions"))
    enough(len(x), "KAD", MINIMUM, "reference")
    enough(len(y), "KAD", MINIMUM, "generated")
    one_encoder(x, y)
    return x, y


def bandwidth(reference: F64) -> float:
    """Returns the median distance between two different rows of (clips, d), exact at any size.

    Raises:
        MetricError: it is 0, because more than half of the pairs are equal.
    """
    centred = reference - reference.mean(axis=0)
    pairs = len(centred) * (len(centred) - 1) // 2
    middle = _middle(lambda: _within(centred), pairs, 4 * float(np.square(centred).sum(axis=1).max()))
    median = float(np.sqrt(middle).mean())
    if median == 0.0:
        raise MetricError("KAD has no bandwidth: most of the reference features are equal.")
    return median


@dataclass(frozen=True, eq=False)
class KernelSums:
    """Sums of the kernel for every clip of the two sets."""

    xx: F64  # (clips,): each reference with the other references
    yy: F64  # (clips',): each generated clip with the other generated clips
    xy: F64  # (clips,): each reference with all generated clips
    yx: F64  # (clips',): each generated clip with all references

    @classmethod
    def of(cls, x: F64, y: F64, width: float) -> KernelSums:
        """Computes the sums for (clips, d) and (clips', d) with a Gaussian kernel of this width."""
        centre = x.mean(axis=0)  # far from 0, |a|^2 + |b|^2 - 2ab would lose the digits of |a - b|^2
        x, y = x - centre, y - centre
        scale = -1 / (2 * width**2)
        return cls(_sums_within(x, scale), _sums_within(y, scale), *_sums_between(x, y, scale))

    def squared_mmd(self) -> float:
        """Returns the unbiased estimate of squared MMD (Gretton et al. 2012, equation 3)."""
        n, m = len(self.xx), len(self.yy)
        within = float(self.xx.sum()) / (n * (n - 1)) + float(self.yy.sum()) / (m * (m - 1))
        return within - 2 * float(self.xy.sum()) / (n * m)

    def influences(self) -> tuple[F64, F64]:
        """Returns the influence of each reference and of each generated clip on squared MMD.

        It is Hájek's projection of the U-statistic: for reference i, 2 (mean_j k(x_i, x_j) - mean_j k(x_i, y_j)), less
        the mean over i; for generated clips likewise (van der Vaart 1998, section 12.2, two samples).
        """
        n, m = len(self.xx), len(self.yy)
        one = 2 * (self.xx / (n - 1) - self.xy / m)
        other = 2 * (self.yy / (m - 1) - self.yx / n)
        return one - one.mean(), other - other.mean()


def evaluate(reference: Features, generated: Features) -> Estimate:
    """Returns the KAD of two sets of clips, paired by order if equally many.

    Args:
        reference: features (clips, d).
        generated: features (clips', d).

    Returns:
        The estimate, 100 x squared MMD. Facts: ``bandwidth`` and ``clips_reference``. The interval treats the bandwidth
        as fixed. Paired sets have a small bias: one of the n references that a clip is compared with is its own.

    Raises:
        MetricError: see :func:`validate` and :func:`bandwidth`.
    """
    x, y = validate(reference, generated)
    width = bandwidth(x)
    sums = KernelSums.of(x, y, width)
    value, (one, other) = 100 * sums.squared_mmd(), (100 * side for side in sums.influences())
    own = _own_pairs(x, y, width, sums) if len(x) == len(y) else None
    return Estimate(
        value=value,
        n=len(y),
        influence=one + other if own is not None else None,
        bias=own,
        interval=by_influence(value, one + other, own) if own is not None else by_two_influences(value, one, other),
        warnings=all_equal(y, "generated features"),
        facts={"bandwidth": width, "clips_reference": len(x)},
    )


def _own_pairs(x: F64, y: F64, width: float, sums: KernelSums) -> float:
    """Returns the bias of KAD for paired sets; negative if clips resemble their own references.

    Independent sets give E k(x, y) for every cross term. Of the n^2 terms here, n compare a clip with its own
    reference: they move the mean of k(x, y) by (mean over own pairs - mean over others) / n, and KAD by -200 times it.
    """
    n = len(x)
    own = float(np.exp(-np.square(x - y).sum(axis=1) / (2 * width**2)).sum())
    others = (float(sums.xy.sum()) - own) / (n * (n - 1))
    return -200 * (own / n - others) / n


def _squares(a: F64, b: F64) -> F64:
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * (a @ b.T)
    return np.maximum(squares, 0.0)


def _sums_between(x: F64, y: F64, scale: float) -> tuple[F64, F64]:
    """Returns the sums of exp(scale x squared distance): over y for each x, and over x for each y."""
    xy, yx = np.zeros(len(x)), np.zeros(len(y))
    step = max(_BLOCK // len(y), 1)
    for start in range(0, len(x), step):
        kernel = np.exp(scale * _squares(x[start : start + step], y))
        xy[start : start + step] = kernel.sum(axis=1)
        yx += kernel.sum(axis=0)
    return xy, yx


def _sums_within(x: F64, scale: float) -> F64:
    """Returns, for each x, the sum of exp(scale x squared distance) over all others; computes each distance once."""
    sums = np.zeros(len(x))
    step = max(_BLOCK // len(x), 1)
    for start in range(0, len(x), step):
        kernel = np.exp(scale * _squares(x[start : start + step], x[start:]))
        kernel[:, : len(kernel)] = np.triu(kernel[:, : len(kernel)], 1)
        sums[start : start + step] += kernel.sum(axis=1)
        sums[start:] += kernel.sum(axis=0)
    return sums


def _within(x: F64) -> Iterator[F64]:
    """Yields the squared distances of all pairs of different rows, each once, in blocks."""
    step = max(_BLOCK // len(x), 1)
    for start in range(0, len(x) - 1, step):
        squares = _squares(x[start : start + step], x[start:])
        yield squares[np.arange(squares.shape[1]) > np.arange(len(squares))[:, None]]


def _middle(blocks: Callable[[], Iterator[F64]], total: int, limit: float) -> F64:
    """Returns the middle value, or the middle two, of the ``total`` values in ``blocks``, all in [0, ``limit``].

    Each pass over the blocks takes a histogram and narrows the range to the bins that hold the middle, until the values
    in range fit in memory or are all equal.
    """
    low, high = (total - 1) // 2, total // 2
    start, stop, below, inside = 0.0, limit * (1 + 1e-9), 0, total
    while inside > _BLOCK and stop - start > 1e-12 * limit:
        counts, edges = np.zeros(4096, np.int64), np.empty(0)
        for block in blocks():
            added, edges = np.histogram(block, bins=4096, range=(start, stop))
            counts += added
        ends = below + np.cumsum(counts)
        first, last = (int(np.searchsorted(ends, rank, side="right")) for rank in (low, high))
        below, inside = int(ends[first] - counts[first]), int(counts[first : last + 1].sum())
        start, stop = float(edges[first]), float(edges[last + 1])
    if inside > _BLOCK:
        return np.full(high - low + 1, start)
    values = np.sort(np.concatenate([block[(block >= start) & (block <= stop)] for block in blocks()]))
    return values[low - below : high - below + 1]


KAD = replace(
    FD,
    key="kad",
    title="KAD",
    unit="100 x squared MMD",
    summary="Are the clips as a set distributed like the references, whatever the shape of either?",
    compute=evaluate,
    minimum=MINIMUM,
    bounds=(None, None),
    floor=None,
)
