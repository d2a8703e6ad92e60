"""Fréchet distance extrapolated to infinitely many clips.

FD at n clips is too high by about c / n (Chong and Forsyth 2020, "Effectively unbiased FID"). A random order of the
clips is cut into 1, 2, 3 and 4 disjoint parts; the mean FD of each cut is a point at 1 / clips per part. A straight
line through the four points, read at 0, is the result. The points of three orders are averaged.

Both sides shrink, by the same clips. If the generated side alone shrank, as in fadtk and kadtk, the reference's own
share of the bias would stay in the intercept. And the two sides of a track are pairs, so parts of the same clips keep
at every n the dependence that the full sets have: identical sets give 0 at every point.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.stats.intervals import by_influence

from .estimate import F64, Estimate, MetricError
from .frechet import OF_DISTANCES, UNIT, of_clips
from .frechet import validate as validate_frechet
from .gaussian import distance_of_rows
from .metric import Metric, encoded
from .rows import ClipRows
from .validation import Features, enough

MINIMUM = 20
"""Clips."""
CUTS = (1, 2, 3, 4)
ORDERS = 3
_STRAIGHT = 1.25
"""Rows a dimension in the smallest parts, from which on the line is straight (the table of ``docs/statistics.md``)."""


def validate(
    reference: Features | Sequence[Features], generated: Features | Sequence[Features]
) -> tuple[ClipRows, ClipRows]:
    """Both sets as rows by clip.

    Raises:
        MetricError: as for FD, fewer than 20 clips, or different numbers of clips.
    """
    x, y = validate_frechet(reference, generated)
    if x.clips != y.clips:
        raise MetricError(f"FD-inf needs the same clips on both sides; there are {x.clips} and {y.clips}.")
    enough(y.clips, "FD-inf", MINIMUM)
    return x, y


def points(reference: ClipRows, generated: ClipRows, whole: float, rng: np.random.Generator) -> tuple[F64, F64]:
    """The points of the line.

    Args:
        reference: the rows of the references.
        generated: those of the same clips, generated.
        whole: FD of all of them.
        rng: orders the clips.

    Returns:
        1 / clips and mean FD, one of each a cut, the full sets first.
    """
    n = generated.clips
    inverse, value = np.zeros(len(CUTS)), np.zeros(len(CUTS))
    for order in (rng.permutation(n) for _ in range(ORDERS)):
        for i, cut in enumerate(CUTS[1:], start=1):
            for part in np.array_split(order, cut):
                inverse[i] += 1 / (len(part) * cut * ORDERS)
                value[i] += distance_of_rows(reference.take(part).rows, generated.take(part).rows) / (cut * ORDERS)
    inverse[0], value[0] = 1 / n, whole
    return inverse, value


def line(x: F64, y: F64) -> tuple[float, float, float]:
    """Least squares: intercept, slope, and the standard error of the intercept from the residuals."""
    centred = x - x.mean()
    squares = float(centred @ centred)
    slope = float(centred @ y) / squares
    intercept = float(y.mean() - slope * x.mean())
    variance = float(np.square(y - intercept - slope * x).sum()) / (len(x) - 2)
    return intercept, slope, float(np.sqrt(variance * (1 / len(x) + x.mean() ** 2 / squares)))


def evaluate(
    reference: Features | Sequence[Features],
    generated: Features | Sequence[Features],
    rng: np.random.Generator,
) -> Estimate:
    """FD read at 1 / n = 0.

    Args:
        reference: features as for FD.
        generated: of the same clips in the same order.
        rng: orders the clips; the same generator gives the same number.

    Returns:
        The estimate, which may lie below 0 by chance; facts ``standard_error`` (of the intercept, from the residuals of
        the line: it says how straight the line is, not how other clips would score), ``slope``, ``fd`` (of all clips)
        and ``smallest_part`` (clips). The interval is that of the influence of the clips on FD: a clip moves the mean
        over the parts as much as the whole, and the weights of the four points sum to 1.

    Raises:
        MetricError: see :func:`validate`.
    """
    x, y = validate(reference, generated)
    whole = of_clips(x, y)
    assert whole.influence is not None, "the sets are pairs"
    inverse, value = points(x, y, whole.value, rng)
    intercept, slope, error = line(inverse, value)
    smallest, dimensions = y.clips // CUTS[-1], y.rows.shape[1]
    rows = min(len(x.rows), len(y.rows)) // CUTS[-1]
    bent = (
        f"The smallest parts have about {rows} rows in {dimensions} dimensions, where FD need not fall as 1/n yet: "
        f"the value may still be too high, the interval too."
    )
    return Estimate(
        value=intercept,
        n=y.clips,
        influence=whole.influence,
        interval=by_influence(intercept, whole.influence),
        warnings=(bent,) if rows <= _STRAIGHT * dimensions else (),
        facts={"standard_error": error, "slope": slope, "fd": float(value[0]), "smallest_part": smallest},
    )


def _seeded(reference: Features, generated: Features) -> Estimate:
    return evaluate(reference, generated, np.random.default_rng(0))


FD_INF = Metric(
    key="fd_inf",
    title="FD-inf",
    unit=UNIT,
    better="lower",
    per_item=False,
    summary="FD as it would be with infinitely many clips.",
    needs=(encoded("tagger", "embedding", "reference"), encoded("tagger", "embedding", "generated")),
    compute=_seeded,
    minimum=MINIMUM,
    expect=OF_DISTANCES,
)
