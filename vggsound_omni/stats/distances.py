"""Distances between the rows of two sets."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = TypeVar("Floats", bound=NDArray[np.floating[Any]])


def squares(one: Floats, other: Floats) -> Floats:
    """Returns the squared distances, (n, m), between rows (n, d) and (m, d); never below 0, in the precision given."""
    found = np.square(one).sum(1)[:, None] + np.square(other).sum(1) - 2 * (one @ other.T)
    return np.maximum(found, 0.0)
