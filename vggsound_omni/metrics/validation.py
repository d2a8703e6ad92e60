"""Checks that all metrics make on their arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .estimate import F64, MetricError

Features = NDArray[np.floating[Any]]
"""float64 or float32. Half precision is refused: its three digits are too few for a covariance."""


def checked(values: Features, what: str, axes: Sequence[str]) -> F64:
    """Returns an array in float64, after checking it.

    Args:
        values: the array.
        what: its name in an error, in the plural: "generated logits".
        axes: names of its axes, clips first.

    Raises:
        MetricError: it has another shape or type, is empty, or holds NaN or infinite values.
    """
    array = np.asarray(values)
    if array.dtype not in (np.float64, np.float32):
        raise MetricError(f"The {what} are of type {array.dtype}; float64 or float32 is needed.")
    if array.ndim != len(axes) or 0 in array.shape[1:]:
        raise MetricError(f"The {what} have the shape {array.shape}; ({', '.join(axes)}) is needed.")
    if not len(array):
        raise MetricError(f"There are no {what}: the set is empty.")
    finite = np.isfinite(array).all(axis=tuple(range(1, array.ndim)))
    if not finite.all():
        raise MetricError(
            f"The {what} hold NaN or infinite values in {np.sum(~finite)} of {len(array)} rows, "
            f"first in row {np.argmin(finite)}."
        )
    return array.astype(np.float64, copy=False)


def same_shape(one: F64, other: F64, what: str, other_what: str) -> None:
    """Checks that two arrays can be paired.

    Raises:
        MetricError: their shapes differ.
    """
    if one.shape != other.shape:
        raise MetricError(
            f"The {what} have the shape {one.shape} and the {other_what} {other.shape}; they must be pairs."
        )


def one_encoder(reference: F64, generated: F64) -> None:
    """Checks that the rows of two sets have equally many dimensions.

    Raises:
        MetricError: they have not.
    """
    if reference.shape[1] != generated.shape[1]:
        raise MetricError(
            f"The features have {reference.shape[1]} dimensions in the reference set and {generated.shape[1]} in the "
            f"generated one: they are not of one encoder."
        )


def enough(n: int, title: str, minimum: int, what: str = "") -> None:
    """Checks that there are as many clips as a metric needs.

    Args:
        n: number of clips.
        title: the metric's title.
        minimum: fewest clips that it needs.
        what: which set, if the metric has two.

    Raises:
        MetricError: there are too few.
    """
    if n < minimum:
        of = f" in the {what} set" if what else ""
        raise MetricError(f"{title} needs at least {minimum} clips{of}; there {'is' if n == 1 else 'are'} {n}.")


def all_equal(rows: F64, what: str) -> tuple[str, ...]:
    """Returns a warning if all clips have the same row, which hints at a broken encoder or generator; else nothing."""
    if len(rows) > 1 and not np.ptp(rows, axis=0).any():
        return (f"The {what} are the same for every clip.",)
    return ()
