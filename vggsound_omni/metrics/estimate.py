"""What every metric gives back."""

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
    """A metric has no value for these arrays; the message is one sentence that says why, fit for a result file."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """A metric's value over a set of clips and what is known of it."""

    value: float
    n: int  # clips scored
    per_item: F64 | None = None
    """(clips,), in the order given, where a single clip has a score. NaN for a clip that has none, which is no failure:
    the metric does not apply to it."""
    influence: F64 | None = None
    """(clips,), in the order given, with mean 0: how far each clip moves the value. The value is about the truth, plus
    the bias, plus the mean of as many draws of such numbers. A clip of a set of pairs is the pair. None if the two sets
    are not pairs, or there is one clip."""
    bias: float | None = None
    """How far the value is too high on average because there are so few clips, as far as that can be estimated. It is
    in the value, and taken off in the interval. None for an unbiased metric."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval of the value at infinitely many clips; None if it cannot be estimated."""
    warnings: tuple[str, ...] = ()  # what a reader of the value must know, a sentence each
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Further numbers, such as ranks or a standard error; the metric's module names them."""


def mean_of_clips(
    scores: F64, *, warnings: tuple[str, ...] = (), facts: Mapping[str, float] = MappingProxyType({})
) -> Estimate:
    """Returns the mean over clips, for metrics that score single clips, with its 95 % interval.

    The interval is about other clips of the same kind: it takes the clips as independent draws. One clip has none.

    Args:
        scores: (clips,); NaN for a clip that the metric does not apply to, which is left out.
        warnings: see :class:`Estimate`.
        facts: see there.

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
