"""Who is shown to be better than whom, for hundreds of models at once.

As :mod:`vggsound_omni.statistics.comparison` does, on the same contributions of items, with bias taken off and with it
left in; but by Student's paired test instead of sign flips, whose 9,999 patterns cannot tell anything apart once Holm's
correction covers more than 500 pairs. The family is one metric of one table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr

from ..metrics.catalogue import METRICS
from ..metrics.estimate import F64
from ..statistics.comparison import LEVEL
from ..statistics.paired import holm
from ..statistics.ranks import Place
from ..statistics.systems import FEWEST
from .submission import Submission


def places(submissions: Sequence[Submission], key: str) -> dict[int, Place]:
    """Places by one metric, by index; models without a value, or without single items' shares in it, have none.

    Pairs are compared on the items that all ranked models have.
    """
    info = METRICS[key]
    if info.direction is None:
        return {}
    rows: list[tuple[int, Submission, Sequence[float]]] = []
    for index, submission in enumerate(submissions):
        column = (submission.items if info.per_clip else submission.influence).get(key)
        score = submission.scores.get(key)
        if score is not None and score.value is not None and column and len(column) >= FEWEST.get(key, 2):
            rows.append((index, submission, column))
    if not rows:
        return {}
    common = sorted(set.intersection(*(set(submission.ids) for _, submission, _ in rows)))
    if len(common) < 2:
        return {}
    shares, bias = np.empty((len(rows), len(common))), np.empty(len(rows))
    for k, (_, submission, numbers) in enumerate(rows):
        where = {item_id: j for j, item_id in enumerate(submission.ids)}
        score = submission.scores[key]
        shares[k] = np.array(numbers)[[where[item_id] for item_id in common]]
        shares[k] += 0.0 if info.per_clip else (score.value or 0.0)
        bias[k] = score.bias or 0.0
    sign = 1.0 if info.direction == "higher" else -1.0
    better = shown_better(sign * shares, sign * bias, distance=not info.per_clip and info.direction == "lower")
    worse_than, better_than = better.sum(axis=0), better.sum(axis=1)
    return {
        index: Place(rank=1 + int(worse_than[k]), lowest=len(rows) - int(better_than[k]))
        for k, (index, _, _) in enumerate(rows)
    }


def shown_better(shares: F64, bias: F64, *, distance: bool = False) -> np.ndarray:
    """Which model is shown to be better than which.

    Args:
        shares: (models, items), means over the items are the values; higher is better.
        bias: (models,), in the values.
        distance: the values are distances with their sign turned, none of which is truly above 0; unbiased estimates
            of small ones are, and are taken for 0.

    Returns:
        (models, models), true where the first is better than the second at 5 % over all pairs (Holm).
    """
    count, n = shares.shape
    means = shares.mean(axis=1)
    centred = shares - means[:, None]
    covariance = centred @ centred.T / (n - 1)
    variance = np.diag(covariance)
    spread = variance[:, None] + variance[None, :] - 2 * covariance
    scale = np.abs(shares).max(initial=1e-300) ** 2
    error = np.sqrt(np.maximum(spread, 1e-24 * scale) / n)
    unbiased = means - bias
    if distance:
        means, unbiased = np.minimum(means, 0.0), np.minimum(unbiased, 0.0)
    difference = means[:, None] - means[None, :]
    freed = unbiased[:, None] - unbiased[None, :]
    agree = np.sign(freed) == np.sign(difference)
    t = np.where(agree, np.minimum(np.abs(freed), np.abs(difference)) / error, 0.0)
    t[np.abs(difference) <= 1e-12 * np.sqrt(scale)] = 0.0
    first, second = np.triu_indices(count, 1)
    p = 2 * stdtr(n - 1, -t[first, second])
    apart = np.zeros((count, count), bool)
    passed = holm(p) <= LEVEL
    apart[first[passed], second[passed]] = True
    return (apart | apart.T) & (freed > 0)
