"""Fréchet distance between two sets of features: FD if a row is a clip, FAD if a row is a patch of one.

:mod:`.gaussian` fits the Gaussians; :mod:`.coupling` gives the interval and the small-sample bias.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vggsound_omni.stats.intervals import by_influence, by_two_influences, standard_error

from .coupling import Coupling, Side, bias
from .estimate import F64, Estimate, MetricError, few_clips, mostly_bias
from .gaussian import Gaussian, assemble
from .metric import DAMAGE, ORDER_ONLY, WORSENS, Metric, encoded
from .rows import ClipRows
from .validation import Features, all_equal, one_encoder

MINIMUM = 2  # clips in each set
ROUNDING = 1e-6  # share of the common variance by which equal sets may differ in single precision
_NEXT_ORDER = 0.45  # what the bias to second order lacks, relative to itself, x dimensions per clip x tails
_MOST_LACKING = 0.2  # above it, of few clips with heavy tails, luck alone decides what the other two conditions say
_TELLING = 0.5  # standard errors of uncertain bias from which intervals hold the truth too rarely


def validate(
    reference: Features | Sequence[Features], generated: Features | Sequence[Features]
) -> tuple[ClipRows, ClipRows]:
    """Returns both sets as rows grouped by clip.

    Raises:
        MetricError: a set has fewer than two clips or a clip without rows, a value is not finite, or the dimensions
            differ.
    """
    x, y = ClipRows.of(reference, "reference features"), ClipRows.of(generated, "generated features")
    for clips, what in ((x.clips, "reference"), (y.clips, "generated")):
        if clips < MINIMUM:
            raise MetricError(f"A Fréchet distance needs at least 2 clips in each set; the {what} set has {clips}.")
    one_encoder(x.rows, y.rows)
    return x, y


def evaluate(reference: Features | Sequence[Features], generated: Features | Sequence[Features]) -> Estimate:
    """Returns the Fréchet distance of two sets of clips, paired by order if equally many, independent otherwise.

    Args:
        reference: (clips, d), one row per clip; (clips, patches, d); or a sequence of (patches, d), one per clip.
        generated: in any of the same forms.

    Returns:
        The estimate. Facts: ``dimensions``, and ``clips_``, ``rows_`` and ``rank_``, each followed by ``reference`` or
        ``generated``. The interval begins at 0 if the distance less its bias does not differ significantly from 0.
        Warns of a covariance short of full rank, of constant features, and of too few clips to estimate the bias.

    Raises:
        MetricError: see :func:`validate`.
    """
    return of_clips(*validate(reference, generated))


_NOT_FULL = "Too few clips for a full covariance: compare only with values at the same numbers of clips."
"""One sentence for both sets and for every distance; the ranks are among the facts."""


def of_clips(x: ClipRows, y: ClipRows) -> Estimate:
    """Computes what :func:`evaluate` returns, from validated rows."""
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
    influences = sides[0].influence(gap), sides[1].influence(-gap)
    added = bias(*sides, coupling.covariance, pairs=pairs)
    if value <= ROUNDING * coupling.shared:  # one set twice, up to rounding
        value, added, influences = 0.0, 0.0, (np.zeros(x.clips), np.zeros(y.clips))
    both = influences[0] + influences[1] if pairs else None
    error = standard_error(both) if both is not None else math.hypot(*(standard_error(side) for side in influences))
    few, rank = min(x.clips, y.clips), max(one.rank(), other.rank())
    # What the second order lacks was found by experiment (docs/statistics.md): a share of it that rises with dimensions
    # per clip and with heavy tails, in most worlds within a factor of two.
    lacking = _NEXT_ORDER * rank / few * max(map(_tails, sides))
    added, uncertain = added * (1 + lacking), abs(added) * lacking
    refused = _short(x, y) or few_clips(few) or mostly_bias(value, added)
    if not refused and (uncertain > _TELLING * error or added > value / 3 or lacking > _MOST_LACKING):
        warnings.append(
            f"Too few clips ({few}) for {dimensions} dimensions: this distance and its interval may be biased by more "
            f"than we can correct."
        )
    low, high = by_two_influences(value, *influences, added) if both is None else by_influence(value, both, added)
    return Estimate(
        value=value,
        n=y.clips,
        influence=both,
        bias=added,
        uncertain=uncertain,
        floor=0.0,
        no_estimate=refused,
        interval=None if refused else (max(low, 0.0), max(high, 0.0)),
        warnings=tuple(dict.fromkeys(warnings)),  # both sets may lack directions
        facts=facts,
    )


def _short(x: ClipRows, y: ClipRows) -> str | None:
    """Returns why there is no estimate if a set has no more rows than features that vary, so that some are unseen."""
    for rows, name in ((x.rows, "reference"), (y.rows, "generated")):
        varying = int((np.ptp(rows, axis=0) > 0).sum())
        if len(rows) <= varying:
            return f"The {name} set has {len(rows)} rows for {varying} features, too few for a covariance."
    return None


def _tails(side: Side) -> float:
    """Returns E|row|^4 / (E|row|^2)^2, a measure of heavy tails; 1 if all rows have the same length."""
    squares = np.square(side.rows).sum(axis=1, dtype=np.float64)
    mean = float(squares.mean())
    return float(np.square(squares).mean()) / mean**2 if mean else 1.0


def _warnings(rows: F64, rank: int, name: str) -> list[str]:
    if same := all_equal(rows, f"{name} features"):
        return [*same]
    dimensions = rows.shape[1]
    found = []
    constant = int((np.ptp(rows, axis=0) == 0).sum())
    if constant:
        found.append(f"{constant} of {dimensions} features are constant in the {name} set.")
    if rank < dimensions:
        found.append(_NOT_FULL)
    return found


FD = Metric(
    key="fd",
    title="FD",
    unit="squared feature units",
    better="lower",
    per_item=False,
    summary="Are the clips, as a set, distributed like the references?",
    needs=(encoded("tagger", "embedding", "reference"), encoded("tagger", "embedding", "generated")),
    compute=evaluate,
    minimum=MINIMUM,
    bounds=(0.0, None),
    floor=0.0,
    expect={**ORDER_ONLY, **dict.fromkeys((*DAMAGE, "noise_only", "music", "truncation"), WORSENS)},
)
FAD = replace(
    FD,
    key="fad",
    title="FAD",
    summary="Are short patches of sound distributed like those of the references?",
    needs=tuple(encoded("patches", "patches", side, ragged=True) for side in ("reference", "generated")),
)
