"""What every metric gives back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

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
    interval: tuple[float, float] | None = None
    """95 % confidence interval of the value as a mean over clips; None for metrics of the set."""
    warnings: tuple[str, ...] = ()
    """What a reader of the value must know, a sentence each."""
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Further numbers of this metric, such as ranks or a standard error; its module names them."""


def mean_of_clips(
    scores: F64, *, warnings: tuple[str, ...] = (), facts: Mapping[str, float] = MappingProxyType({})
) -> Estimate:
    """The mean over clips with Student's 95 % interval, for metrics that score single clips.

    The interval speaks of other clips of the same kind: it takes the clips as independent draws. One clip has none.
    """
    return Estimate(
        value=float(scores.mean()),
        n=len(scores),
        per_clip=scores,
        interval=_student(scores) if len(scores) > 1 else None,
        warnings=warnings,
        facts=facts,
    )


def _student(scores: F64) -> tuple[float, float]:
    from scipy.special import stdtrit

    mean, n = float(scores.mean()), len(scores)
    half = float(stdtrit(n - 1, 0.975)) * float(scores.std(ddof=1)) / math.sqrt(n)
    return mean - half, mean + half
