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
from numpy.typing import NDArray

from vggsound_omni.stats.distances import squares as squared_distances
from vggsound_omni.stats.intervals import by_influence, by_two_influences, of_square, standard_error

from .estimate import F64, FEWEST, Estimate, MetricError, far_below, few_clips
from .frechet import FD
from .metric import kernel_width
from .validation import Features, all_equal, checked, enough, one_encoder

MINIMUM = 2  # clips in each set
_FEW = 100  # clips below which intervals hold the truth in 87 to 93 % (docs/statistics.md)
_ROUNDING = 1e-6  # of KAD, which is at most 200
_BLOCK = 1 << 22  # distances in memory at a time: 32 MB
_EXACT = 10_000  # clips in a set above which distances are in float32, a third of the time; KAD moves by less than 1e-5
_ROWS, _COLUMNS = 512, 4096  # of a block of these, which stays in a processor's cache


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
    """Returns the median distance between two rows of (clips, d), or among 10,000 evenly spread ones if there are more.

    Raises:
        MetricError: it is 0, because more than half of the pairs are equal.
    """
    reference = reference[_spread(len(reference))]
    centred = reference - reference.mean(axis=0)
    pairs = len(centred) * (len(centred) - 1) // 2
    middle = _middle(lambda: _within(centred), pairs, 4 * float(np.square(centred).sum(axis=1).max()))
    median = float(np.sqrt(middle).mean())
    if median == 0.0:
        raise MetricError("KAD has no bandwidth: most of the reference features are equal.")
    return median


def influence_on_bandwidth(reference: F64, width: float) -> F64:
    """Returns the influence of each row of (clips, d) on :func:`bandwidth`, ``width``; 0 of rows that it leaves out.

    A median's influence is (1/2 - share of pairs below it) / density there; of a pair, split between its two rows
    (van der Vaart 1998, example 20.5, and section 12.1). The density is that of the pairs within a tenth of the median.
    """
    rows, found = _spread(len(reference)), np.zeros(len(reference))
    n, reference = len(rows), reference[rows]
    centred, below, near = reference - reference.mean(axis=0), np.zeros(n), 0
    step = max(_BLOCK // n, 1)
    for start in range(0, n, step):
        squares = squared_distances(centred[start : start + step], centred)
        below[start : start + step] = (squares <= width**2).sum(axis=1) - 1  # less the row itself
        near += int(((squares > (0.9 * width) ** 2) & (squares < (1.1 * width) ** 2)).sum())
    density = max(near, 1) / (n * (n - 1)) / (0.2 * width)
    influence = 2 * (0.5 - below / (n - 1)) / density
    found[rows] = (influence - influence.mean()) * (len(found) / n)
    return found


def _spread(clips: int) -> NDArray[np.int64]:
    """Returns which of so many references the bandwidth is of."""
    return np.unique(np.linspace(0, clips - 1, min(clips, _EXACT)).round().astype(np.int64))


@dataclass(frozen=True, eq=False)
class KernelSums:
    """Sums of the kernel for every clip of the two sets."""

    xx: F64  # (clips,): each reference with the other references
    yy: F64  # (clips',): each generated clip with the other generated clips
    xy: F64  # (clips,): each reference with all generated clips
    yx: F64  # (clips',): each generated clip with all references
    slopes: tuple[float, float, float]  # derivatives by the width of the sums over xx, yy and xy
    own: F64 | None  # (clips,): each reference with its own generated clip, if the sets are paired
    own_slope: float  # derivative by the width of the sum over ``own``

    @classmethod
    def of(cls, x: F64, y: F64, width: float) -> KernelSums:
        """Computes the sums for (clips, d) and (clips', d) with a Gaussian kernel of this width."""
        centre = x.mean(axis=0)  # far from 0, |a|^2 + |b|^2 - 2ab would lose the digits of |a - b|^2
        x, y = x - centre, y - centre
        xx, slope_x = _sums_within(x, width)
        yy, slope_y = _sums_within(y, width)
        xy, yx, slope = _sums_between(x, y, width)
        own, own_slope = None, 0.0
        if len(x) == len(y):
            squares = np.square(x - y).sum(axis=1)
            own = np.exp(-squares / (2 * width**2))
            own_slope = float(own @ squares) / width**3
        return cls(xx, yy, xy, yx, (slope_x, slope_y, slope), own, own_slope)

    def squared_mmd(self) -> float:
        """Returns squared MMD as for independent sets (Gretton et al. 2012, equation 3); of pairs it is too low."""
        n, m = len(self.xx), len(self.yy)
        within = float(self.xx.sum()) / (n * (n - 1)) + float(self.yy.sum()) / (m * (m - 1))
        return within - 2 * float(self.xy.sum()) / (n * m)

    def unbiased(self) -> float:
        """Returns squared MMD without the terms in which a clip meets its own reference: unbiased for pairs too."""
        if self.own is None:
            return self.squared_mmd()
        n = len(self.xx)
        return float(self.xx.sum() + self.yy.sum() - 2 * (self.xy.sum() - self.own.sum())) / (n * (n - 1))

    def slope(self) -> float:
        """Returns the derivative of :meth:`unbiased` by the width."""
        n, m, (within_x, within_y, between) = len(self.xx), len(self.yy), self.slopes
        crossed = n * m if self.own is None else n * (n - 1)
        return within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * (between - self.own_slope) / crossed

    def influences(self) -> tuple[F64, F64]:
        """Returns the influence of each reference and of each generated clip on squared MMD.

        It is Hájek's projection of the U-statistic: for reference i, 2 (mean_j k(x_i, x_j) - mean_j k(x_i, y_j)), less
        the mean over i; for generated clips likewise (van der Vaart 1998, section 12.2, two samples). Of pairs, a clip
        and its own reference do not meet.
        """
        n, m = len(self.xx), len(self.yy)
        own, left_out = (0.0, 0) if self.own is None else (self.own, 1)
        one = 2 * (self.xx / (n - 1) - (self.xy - own) / (m - left_out))
        other = 2 * (self.yy / (m - 1) - (self.yx - own) / (n - left_out))
        return one - one.mean(), other - other.mean()


def evaluate(reference: Features, generated: Features, width: float | None = None) -> Estimate:
    """Returns the KAD of two sets of clips, paired by order if equally many.

    Args:
        reference: features (clips, d).
        generated: features (clips', d).
        width: the kernel's, above 0: the suite's for this encoder. None takes the median distance of these references,
            whose sampling error is then part of the interval.

    Returns:
        100 x squared MMD. The value compares every clip with every reference, as kadtk does; the estimate leaves out
        each clip's own, which makes it unbiased. Facts: ``bandwidth`` and ``clips_reference``.

    Raises:
        MetricError: see :func:`validate` and :func:`bandwidth`.
    """
    x, y = validate(reference, generated)
    s = bandwidth(x) if width is None else width
    sums = KernelSums.of(x, y, s)
    one, other = (100 * side for side in sums.influences())
    if width is None:
        one = one + 100 * sums.slope() * influence_on_bandwidth(x, s)
    value, estimate = 100 * sums.squared_mmd(), 100 * sums.unbiased()
    both = one + other if sums.own is not None else None
    if both is not None and abs(estimate) + np.abs(both).max() < _ROUNDING:  # one set twice
        estimate, both = 0.0, np.zeros(len(x))
    bias, refused = value - estimate, few_clips(min(len(x), len(y)))
    if both is not None:
        refused = refused or far_below(estimate, standard_error(both))
    interval = by_two_influences(value, one, other) if both is None else by_influence(value, both, bias)
    interval = of_square(interval, estimate)
    return Estimate(
        value=value,
        n=len(y),
        influence=both,
        bias=None if both is None else bias,
        uncertain=None if both is None else 0.0,
        no_estimate=refused,
        interval=None if refused else interval,
        warnings=(*all_equal(y, "generated features"), *_few(min(len(x), len(y)))),
        facts={"bandwidth": s, "clips_reference": len(x)},
    )


def _few(clips: int) -> tuple[str, ...]:
    if FEWEST <= clips < _FEW:
        return (f"Too few clips ({clips}) for KAD: its interval is too narrow.",)
    return ()


def _blocks(x: F64, y: F64, *, upper: bool = False) -> Iterator[tuple[slice, slice, NDArray[np.floating]]]:
    """Yields rows of x, rows of y, and the squared distances between these, until all have met all.

    With ``upper``, y is x: every row meets itself and those after it, and columns begin at a block's first row.
    """
    if max(len(x), len(y)) <= _EXACT:
        step = max(_BLOCK // len(y), 1)
        for start in range(0, len(x), step):
            columns = slice(start if upper else 0, len(y))
            yield (
                slice(start, min(start + step, len(x))),
                columns,
                squared_distances(x[start : start + step], y[columns]),
            )
        return
    # One product gives |a|^2 + |b|^2 - 2ab.
    left, right = (np.empty((len(side), side.shape[1] + 2), np.float32) for side in (x, y))
    left[:, :-2], left[:, -2], left[:, -1] = -2 * x, np.square(x).sum(1), 1
    right[:, :-2], right[:, -2], right[:, -1] = y, 1, np.square(y).sum(1)
    for start in range(0, len(x), _ROWS):
        rows = slice(start, min(start + _ROWS, len(x)))
        for first in range(start if upper else 0, len(y), _COLUMNS):
            columns = slice(first, min(first + _COLUMNS, len(y)))
            squares = left[rows] @ right[columns].T
            yield rows, columns, np.maximum(squares, 0, out=squares)


def _sums_between(x: F64, y: F64, width: float) -> tuple[F64, F64, float]:
    """Returns the kernel's sums over y for each x, and over x for each y, and the derivative of all by the width."""
    xy, yx, slope = np.zeros(len(x)), np.zeros(len(y)), 0.0
    for rows, columns, squares in _blocks(x, y):
        kernel = np.exp(squares / float(-2 * width**2))
        xy[rows] += kernel.sum(axis=1)
        yx[columns] += kernel.sum(axis=0)
        slope += float(np.vdot(kernel, squares)) / width**3
    return xy, yx, slope


def _sums_within(x: F64, width: float) -> tuple[F64, float]:
    """Returns the kernel's sum over all others for each x, and the derivative of all; computes each distance once."""
    sums, slope = np.zeros(len(x)), 0.0
    for rows, columns, squares in _blocks(x, x, upper=True):
        kernel = np.exp(squares / float(-2 * width**2))
        if columns.start == rows.start:
            kernel[:, : len(kernel)] = np.triu(kernel[:, : len(kernel)], 1)
        sums[rows] += kernel.sum(axis=1)
        sums[columns] += kernel.sum(axis=0)
        slope += 2 * float(np.vdot(kernel, squares)) / width**3
    return sums, slope


def _within(x: F64) -> Iterator[F64]:
    """Yields the squared distances of all pairs of different rows, each once, in blocks."""
    step = max(_BLOCK // len(x), 1)
    for start in range(0, len(x) - 1, step):
        squares = squared_distances(x[start : start + step], x[start:])
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
    needs=(*FD.needs, kernel_width("tagger")),
    compute=evaluate,
    minimum=MINIMUM,
    bounds=(None, None),
    floor=None,
    squared=True,
    version=2,  # 1 took the bandwidth from the references of the run
)
