"""What every metric gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.stats.intervals import by_influence

F64 = NDArray[np.float64]


class MetricError(ValueError):
    """A metric has no value for these arrays; the message is one sentence that says why, fit for a result file."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """A metric's value over a set of clips and what is known of it."""

    value: float
    n: int
    """Clips scored."""
    per_clip: F64 | None = None
    """Score of each clip, in the order given, where a single clip has one."""
    influence: F64 | None = None
    """Of each clip on the value, (n,), in the order given, with mean 0: the value is about the truth plus the bias plus
    the mean of as many draws of such numbers. A clip of a set of pairs is the pair. None where the two sets are not
    pairs, and where there is one clip."""
    bias: float | None = None
    """By how much the value is too high on average because the clips are so few, as far as they tell; in the value, and
    taken off in the interval. None for an unbiased metric."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval of the value at infinitely many clips; None where there is no telling."""
    warnings: tuple[str, ...] = ()
    """What a reader of the value must know, a sentence each."""
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Further numbers of this metric, such as ranks or a standard error; its module names them."""


def mean_of_clips(
    scores: F64, *, warnings: tuple[str, ...] = (), facts: Mapping[str, float] = MappingProxyType({})
) -> Estimate:
    """The mean over clips, for metrics that score single clips, with their 95 % interval.

    The interval speaks of other clips of the same kind: it takes the clips as independent draws. One clip has none.
    """
    several = len(scores) > 1
    return Estimate(
        value=float(scores.mean()),
        n=len(scores),
        per_clip=scores,
        influence=scores - scores.mean() if several else None,
        interval=by_influence(float(scores.mean()), scores - scores.mean()) if several else None,
        warnings=warnings,
        facts=facts,
    )
