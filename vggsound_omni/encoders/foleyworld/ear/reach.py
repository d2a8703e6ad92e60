"""Chooses the examples that acts are likened to, and measures how far each reaches."""

from __future__ import annotations

import numpy as np

from vggsound_omni.stats.distances import squares

from .examples import NOTHING, Examples
from .likeness import WIDEST, Likeness
from .names import ACTS

NEIGHBOURS = 2
"""An example reaches as far as to this neighbour of its class."""
EACH = 150
"""Examples of a class, one a clip."""
_SHRINKAGE = 0.1
"""Variance added to each feature, whose own is about 1."""


def likeness(taught: Examples) -> Likeness:
    """Chooses examples, one of a clip, and measures how far each reaches.

    The space is that of the features less the mean of their class, turned so that they are independent, and each of
    them divided by the square root of its spread: half of the way to Mahalanobis' distance, in which small features
    that mean little would count as much as all others.
    """
    known = taught.acts != NOTHING
    features, acts, owner = taught.candidates[known], taught.acts[known], taught.owner[known]
    centre, scale = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64) + 1e-3
    scaled = np.clip((features - centre) / scale, -WIDEST, WIDEST)
    means = np.stack([scaled[acts == k].mean(0) for k in range(len(ACTS))])
    variance, directions = np.linalg.eigh(np.cov((scaled - means[acts]).T) + _SHRINKAGE * np.eye(scaled.shape[1]))
    turn = (directions / variance**0.25).astype(np.float32)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(acts))
    _, first = np.unique(np.stack((acts[order], owner[order])), axis=1, return_index=True)
    rows = order[np.sort(first)]
    chosen = np.concatenate([rows[acts[rows] == k][:EACH] for k in range(len(ACTS))])
    points = (scaled[chosen].astype(np.float32) @ turn).astype(np.float16)
    reach = np.empty(len(chosen), np.float32)
    for k in range(len(ACTS)):
        own = np.flatnonzero(acts[chosen] == k)
        placed = points[own].astype(np.float32)
        reach[own] = np.sort(squares(placed, placed), axis=1)[:, NEIGHBOURS]
    return Likeness(
        centre=centre.astype(np.float32),
        scale=scale.astype(np.float32),
        turn=turn,
        acts=acts[chosen].astype(np.int16),
        points=points,
        reach=reach,
    )
