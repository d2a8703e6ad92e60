"""The result of a metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.stats.intervals import by_influence

F64 = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]


class MetricError(ValueError):
    """A metric has no value for these arrays; the message says why in one sentence, which goes into result files."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """A metric's value over a set of clips, with its uncertainty."""

    value: float
    n: int  # clips scored
    per_item: F64 | None = None
    """(clips,), in the order given; None if single clips have no score. NaN marks a clip that the metric does not apply
    to, which is not a failure."""
    influence: F64 | None = None
    """(clips,), in the order given, with mean 0: how far each clip moves the value. The sampling error of the value is
    close to the mean of n independent draws from these numbers. If the sets are paired, a clip is a pair. None if the
    sets are not paired, or there is only one clip."""
    bias: float | None = None
    """The estimated average error of the value due to the small number of clips; positive if the value is too high. It
    is included in the value and removed from the interval. None for an unbiased metric."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval of the value for infinitely many clips; None if it cannot be estimated."""
    warnings: tuple[str, ...] = ()  # caveats for a reader of the value, one sentence each
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Further numbers, such as ranks or a standard error; each metric's module documents its own."""


def mean_of_clips(
    scores: F64, *, warnings: tuple[str, ...] = (), facts: Mapping[str, float] = MappingProxyType({})
) -> Estimate:
    """Returns the mean over clips, for metrics that score single clips, with its 95 % interval.

    The interval covers the choice of clips, which it treats as independent draws. A single clip has no interval.

    Args:
        scores: (clips,); NaN for clips that the metric does not apply to, which are left out.
        warnings: see :class:`Estimate`.
        facts: see :class:`Estimate`.

    Raises:
        MetricError: no clip has a score.
    """
    known = scores[~np.isnan(scores)]
    if not len(known):
        raise MetricError("It applies to none of the clips.")
    mean = float(known.mean())
    several = len(known) > 1
    return Estimate(
        value=mean,
        n=len(known),
        per_item=scores,
        influence=scores - mean if several else None,
        interval=by_influence(mean, known - mean) if several else None,
        warnings=warnings,
        facts=facts,
    )
