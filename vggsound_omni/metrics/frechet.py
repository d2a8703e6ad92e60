"""Fréchet distance of two sets of features: FD where a row is a clip, FAD where rows are patches.

Of the Gaussians that :mod:`.gaussian` fits, with the interval and the small-sample bias that :mod:`.coupling` gives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vggsound_omni.stats.intervals import by_influence, by_two_influences, standard_error

from .coupling import Coupling, Side, bias
from .estimate import F64, Estimate, MetricError
from .gaussian import Gaussian, assemble
from .metric import DAMAGE, ORDER_ONLY, WORSENS, Metric, encoded
from .rows import ClipRows
from .validation import Features, all_equal

MINIMUM = 2
"""Clips of each set."""
_ROUNDING = 1e-6
"""Of the common variance: what equal sets may be apart in single precision."""


def validate(
    reference: Features | Sequence[Features], generated: Features | Sequence[Features]
) -> tuple[ClipRows, ClipRows]:
    """Both sets as rows by clip.

    Raises:
        MetricError: not finite, fewer than two clips, a clip without rows, or of different dimension.
    """
    x, y = ClipRows.of(reference, "reference features"), ClipRows.of(generated, "generated features")
    for clips, what in ((x.clips, "reference"), (y.clips, "generated")):
        if clips < MINIMUM:
            raise MetricError(f"A Fréchet distance needs at least 2 clips in each set; the {what} set has {clips}.")
    if x.rows.shape[1] != y.rows.shape[1]:
        raise MetricError(
            f"The features have {x.rows.shape[1]} dimensions in the reference set and {y.rows.shape[1]} in the "
            f"generated one: they are not of one encoder."
        )
    return x, y


def evaluate(reference: Features | Sequence[Features], generated: Features | Sequence[Features]) -> Estimate:
    """Fréchet distance of two sets of clips: pairs in one order where their numbers are equal, independent where not.

    Args:
        reference: (clips, d), a row a clip; (clips, patches, d); or for each clip its (patches, d).
        generated: in one of the same forms.

    Returns:
        The estimate; facts ``dimensions`` and, for either set, ``clips_``, ``rows_`` and ``rank_`` ``reference`` and
        ``generated``. The interval begins at 0 where the distance less its bias cannot be told from 0. Warnings for a
        covariance short of full rank, for constant features, and for a bias that such few clips do not tell in full.

    Raises:
        MetricError: see :func:`validate`.
    """
    return of_clips(*validate(reference, generated))


def of_clips(x: ClipRows, y: ClipRows) -> Estimate:
    """As :func:`evaluate`, of rows that are valid."""
    one, other = Gaussian.of_rows(x.rows), Gaussian.of_rows(y.rows)
    dimensions = x.rows.shape[1]
    facts: dict[str, float] = {"dimensions": dimensions}
    warnings: list[str] = []
    for name, gaussian, clip_rows in (("reference", one, x), ("generated", other, y)):
        rank = gaussian.rank()
        facts |= {f"clips_{name}": clip_rows.clips, f"rows_{name}": len(clip_rows.rows), f"rank_{name}": rank}
        warnings += _warnings(clip_rows.rows, rank, name)

    coupling = Coupling.of(one, other)
    value, gap, pairs = assemble(one, other, coupling.shared), one.mean - other.mean, x.clips == y.clips
    sides = coupling.sides(x, y)
    added = bias(*sides, coupling.covariance, pairs=pairs)
    influences = sides[0].influence(gap), sides[1].influence(-gap)
    both = influences[0] + influences[1] if pairs else None
    low, high = by_two_influences(value, *influences, added) if both is None else by_influence(value, both, added)
    error = standard_error(both) if both is not None else math.hypot(*(standard_error(side) for side in influences))
    few = min(x.clips, y.clips)
    # By about so much the bias is too low in the table of docs/statistics.md, where heavy tails hide more of it.
    untold = added * dimensions / few * max(map(_tails, sides))
    if low > 0 and untold > max(error, _ROUNDING * coupling.shared):
        warnings.append(
            f"{few} clips in {dimensions} dimensions do not tell the whole bias: "
            f"the value is higher than that of infinitely many clips by more than the bias given, the interval too."
        )
    return Estimate(
        value=value,
        n=y.clips,
        influence=both,
        bias=added,
        interval=(max(low, 0.0), max(high, 0.0)),
        warnings=tuple(warnings),
        facts=facts,
    )


def _tails(side: Side) -> float:
    """How unequal rows are: mean fourth power of their lengths over the square of the mean second, 1 if all equal."""
    squares = np.square(side.rows).sum(axis=1, dtype=np.float64)
    mean = float(squares.mean())
    return float(np.square(squares).mean()) / mean**2 if mean else 1.0


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


UNIT = "squared feature units"
OF_DISTANCES = {
    **ORDER_ONLY,
    **dict.fromkeys((*DAMAGE, "noise_only", "music", "truncation"), WORSENS),
}
"""What the audit expects of any distance between two sets of features."""
FD = Metric(
    key="fd",
    title="FD",
    unit=UNIT,
    better="lower",
    per_item=False,
    summary="Are the clips as a set distributed like the references?",
    needs=(encoded("tagger", "embedding", "reference"), encoded("tagger", "embedding", "generated")),
    compute=evaluate,
    minimum=MINIMUM,
    bounds=(0.0, None),
    expect=OF_DISTANCES,
)
FAD = Metric(
    key="fad",
    title="FAD",
    unit=UNIT,
    better="lower",
    per_item=False,
    summary="Are short patches of sound distributed like those of the references?",
    needs=(
        encoded("patches", "patches", "reference", ragged=True),
        encoded("patches", "patches", "generated", ragged=True),
    ),
    compute=evaluate,
    minimum=MINIMUM,
    bounds=(0.0, None),
    expect=OF_DISTANCES,
)
