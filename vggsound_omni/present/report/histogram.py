"""The distribution of item scores, as the bars of a small drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_BINS = 24


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Bars of equal width from low to high."""

    low: float
    high: float
    bars: tuple[float, ...]  # heights; the highest is 1
    mean: float  # position of the mean, in [0, 1] from low to high


def histogram(values: Sequence[float]) -> Histogram | None:
    """Returns the histogram of at least two different values; None if there are fewer."""
    if len(set(values)) < 2:
        return None
    counts, _ = np.histogram(values, min(MOST_BINS, math.ceil(2 * math.sqrt(len(values)))))
    low, high = min(values), max(values)
    return Histogram(
        low=low,
        high=high,
        bars=tuple(round(float(count / counts.max()), 3) for count in counts),
        mean=round((float(np.mean(values)) - low) / (high - low), 3),
    )
