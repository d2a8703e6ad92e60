"""Fréchet distance extrapolated to infinitely many clips.

FD of n clips is too high by about c / n (Chong and Forsyth 2020, "Effectively unbiased FID"). The clips are shuffled
and split into 1, 2, 3 and 4 disjoint parts. Each split gives one point: its mean FD, at 1 / (clips per part). The
points of three shuffles are averaged, and the intercept of a straight line through the four points is the result.

Both sets are split, by the same clips. If only the generated set were, as in fadtk and kadtk, the reference set's share
of the bias would stay in the intercept. The sets of a track are also paired, and parts made of the same clips keep that
dependence at every n: identical sets give 0 at every point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vggsound_omni.stats.intervals import by_influence, standard_error

from .estimate import F64, Estimate, MetricError, far_below
from .frechet import FD, of_clips
from .frechet import validate as validate_frechet
from .gaussian import distance_of_rows
from .rows import ClipRows
from .validation import Features, enough

MINIMUM = 20  # clips
CUTS = (1, 2, 3, 4)  # parts per split
ORDERS = 3  # shuffles
_STRAIGHT = 2.0  # rows per dimension in the smallest parts above which the line is straight; see docs/statistics.md


def validate(
    reference: Features | Sequence[Features], generated: Features | Sequence[Features]
) -> tuple[ClipRows, ClipRows]:
    """Returns both sets as rows grouped by clip.

    Raises:
        MetricError: as for FD; or there are fewer than 20 clips, or the sets have different numbers of clips.
    """
    x, y = validate_frechet(reference, generated)
    if x.clips != y.clips:
        raise MetricError(f"FD-inf needs the same clips on both sides; there are {x.clips} and {y.clips}.")
    enough(y.clips, "FD-inf", MINIMUM)
    return x, y


def points(reference: ClipRows, generated: ClipRows, whole: float, rng: np.random.Generator) -> tuple[F64, F64]:
    """Returns the points of the line.

    Args:
        reference: rows of the reference clips.
        generated: rows of the generated clips, in the same order.
        whole: FD of the full sets.
        rng: shuffles the clips.

    Returns:
        1 / (clips per part) and mean FD for each split, the full sets first.
    """
    n = generated.clips
    inverse, value = np.zeros(len(CUTS)), np.zeros(len(CUTS))
    for order in (rng.permutation(n) for _ in range(ORDERS)):
        for i, cut in enumerate(CUTS[1:], start=1):
            for part in np.array_split(order, cut):
                inverse[i] += 1 / (len(part) * cut * ORDERS)
                rows = reference.take(part).rows, generated.take(part).rows
                value[i] += distance_of_rows(*rows, exact=False) / (cut * ORDERS)  # there are 27
    inverse[0], value[0] = 1 / n, whole
    return inverse, value


def line(x: F64, y: F64) -> tuple[float, float, float]:
    """Fits a line by least squares; returns intercept, slope, and the intercept's standard error from the residuals."""
    centred = x - x.mean()
    squares = float(centred @ centred)
    slope = float(centred @ y) / squares
    intercept = float(y.mean() - slope * x.mean())
    variance = float(np.square(y - intercept - slope * x).sum()) / (len(x) - 2)
    return intercept, slope, float(np.sqrt(variance * (1 / len(x) + x.mean() ** 2 / squares)))


def bend(x: F64, y: F64) -> float:
    """Returns the intercept of the parabola that fits best: the next order in 1 / n, which the line leaves out."""
    return float(np.polynomial.Polynomial.fit(x, y, 2)(0.0))


def evaluate(
    reference: Features | Sequence[Features], generated: Features | Sequence[Features], rng: np.random.Generator
) -> Estimate:
    """Returns FD extrapolated to 1 / n = 0.

    Args:
        reference: features as for FD.
        generated: features of the same clips, in the same order.
        rng: shuffles the clips; the same state gives the same value.

    Returns:
        The estimate, which may be below 0 by chance. Facts: ``standard_error`` (of the intercept, from the residuals;
        it measures how straight the line is, not sampling error), ``slope``, ``fd`` (of all clips) and
        ``smallest_part`` (clips). The interval uses the influence of the clips on FD, since a clip moves the mean over
        parts as much as it moves the whole, and the weights of the four points sum to 1. ``uncertain`` is how far a
        parabola through the same points ends from the line.

    Raises:
        MetricError: see :func:`validate`.
    """
    x, y = validate(reference, generated)
    whole = of_clips(x, y)
    assert whole.influence is not None, "the sets are paired"
    inverse, value = points(x, y, whole.value, rng)
    intercept, slope, error = line(inverse, value)
    if not whole.value:  # one set twice, up to rounding
        intercept = 0.0
    low, high = by_influence(intercept, whole.influence)
    smallest, dimensions = y.clips // CUTS[-1], int((np.ptp(y.rows, axis=0) > 0).sum())
    rows = min(len(x.rows), len(y.rows)) // CUTS[-1]
    refused = far_below(intercept, max(standard_error(whole.influence), error))
    bent: list[str] = []
    if rows <= dimensions:
        refused = f"The smallest parts have about {rows} rows for {dimensions} features, too few for a straight line."
    elif not refused and rows <= _STRAIGHT * dimensions:
        bent.append(
            f"The smallest parts have too few rows (about {rows}) for {dimensions} dimensions: this FD-inf and its "
            f"interval may still be biased upward."
        )
    return Estimate(
        value=intercept,
        n=y.clips,
        influence=whole.influence,
        uncertain=abs(intercept - bend(inverse, value)) if whole.value else 0.0,
        floor=0.0,
        no_estimate=refused,
        interval=None if refused else (max(low, 0.0), max(high, 0.0)),
        warnings=tuple(bent),
        facts={"standard_error": error, "slope": slope, "fd": float(value[0]), "smallest_part": smallest},
    )


def _seeded(reference: Features, generated: Features) -> Estimate:
    return evaluate(reference, generated, np.random.default_rng(0))


FD_INF = replace(
    FD,
    key="fd_inf",
    title="FD-inf",
    summary="What would FD be with infinitely many clips?",
    compute=_seeded,
    minimum=MINIMUM,
    bounds=(None, None),
)
