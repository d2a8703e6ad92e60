"""The result of a metric."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.stats.intervals import of_mean

F64 = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]


class MetricError(ValueError):
    """A metric has no value for these arrays; the message says why in one sentence, which goes into result files."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """A metric over a set of clips: its value, the estimate of what infinitely many clips would give, and how certain.

    Raises:
        ValueError: the interval does not hold the estimate, or there is one without an estimate.
    """

    value: float  # by the metric's definition, as other kits print it; its small-sample bias is included
    n: int  # clips scored
    per_item: F64 | None = None
    """(clips,), in the order given; None if single clips have no score. NaN marks a clip that the metric does not apply
    to, which is not a failure."""
    influence: F64 | None = None
    """(clips,), in the order given, with mean 0: how far each clip moves the estimate. The sampling error of the
    estimate is close to the mean of n independent draws from these numbers. If the sets are paired, a clip is a pair.
    None if the sets are not paired, or there is only one clip."""
    bias: float | None = None
    """The estimated average error of the value due to the small number of clips; positive if the value is too high. It
    is included in the value and removed from the estimate and the interval. None for an unbiased metric."""
    uncertain: float | None = None
    """How far the bias itself may be off, at least 0, in the metric's unit. Two estimates are only known to differ if
    they do so by more than both of these beside their sampling errors. None for an unbiased metric; 0 if the bias is
    exact."""
    floor: float | None = None  # the truth is never below it: estimate and interval are cut there
    no_estimate: str | None = None  # why there is no estimate although there is a value, in one sentence
    interval: tuple[float, float] | None = None
    """95 % confidence interval of the value for infinitely many clips; it holds the estimate. None if it cannot be
    estimated."""
    warnings: tuple[str, ...] = ()  # caveats for a reader of the value, one sentence each
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Further numbers, such as ranks or a standard error; each metric's module documents its own."""

    def __post_init__(self) -> None:
        if self.interval is None:
            return
        low, high = self.interval
        if self.estimate is None or not low <= self.estimate <= high:
            raise ValueError(f"The interval from {low:g} to {high:g} does not hold the estimate {self.estimate}.")

    @property
    def estimate(self) -> float | None:
        """The value less its bias, never below the floor; None if :attr:`no_estimate` says why."""
        return None if self.no_estimate else without_bias(self.value, self.bias, self.floor)


def without_bias(value: float, bias: float | None, floor: float | None) -> float:
    """Returns an estimate: the value less its bias, never below the floor."""
    return max(value - (bias or 0.0), -math.inf if floor is None else floor)


FEWEST = 20  # clips from which a metric of the set has an estimate


def few_clips(n: int) -> str | None:
    """Returns why a metric of the set has no estimate if there are fewer than 20 clips."""
    return f"There are {n} clips, and an estimate needs {FEWEST}." if n < FEWEST else None


def mostly_bias(value: float, bias: float) -> str | None:
    """Returns why a value has no estimate if more than half of it is bias, which is known to second order only."""
    if abs(bias) <= abs(value) / 2:
        return None
    return "The bias of few clips is more than half of the value."


FAR_BELOW = 3.0
"""Standard errors below 0 at which an unbiased distance says that the two sets share recordings."""


def far_below(estimate: float, error: float) -> str | None:
    """Returns why a distance has no estimate if it is below 0 by more than three standard errors, as chance is not."""
    if estimate >= -FAR_BELOW * error:
        return None
    return (
        "It is far below 0, which clips that are drawn independently never give: the sounds may be the recordings in "
        "another order."
    )


def mean_of_clips(
    scores: F64,
    *,
    shares: bool = False,
    warnings: tuple[str, ...] = (),
    facts: Mapping[str, float] = MappingProxyType({}),
) -> Estimate:
    """Returns the mean over clips, for metrics that score single clips, with its 95 % interval.

    The interval covers the choice of clips, which it treats as independent draws. A single clip has no interval.

    Args:
        scores: (clips,); NaN for clips that the metric does not apply to, which are left out.
        shares: whether scores are shares, most of them 0 or 1, so that the interval is :func:`.of_shares`. A score of a
            result is cut at the metric's bounds as well.
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
        interval=of_mean(known, shares=shares) if several else None,
        warnings=warnings,
        facts=facts,
    )
