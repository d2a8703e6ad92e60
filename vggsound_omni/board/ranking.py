"""Who is shown to be better than whom, for hundreds of models at once.

Works as ``omni-bench compare`` does, on the same contributions of items, with bias taken off and with it left in; but
by Student's paired test instead of sign flips, whose 9,999 patterns distinguish nothing once Holm's correction covers
more than 500 pairs. The family is one metric of one table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from vggsound_omni.metrics import Metric
from vggsound_omni.stats.intervals import F64
from vggsound_omni.stats.paired import LEVEL, holm
from vggsound_omni.stats.ranks import Place

from .outcomes import Counted


def places(rows: Sequence[Counted], metric: Metric) -> dict[int, Place]:
    """Returns places by one metric, by index; rows without shares in it have none.

    A pair is compared on the items that both have, so no row takes items away from other pairs.
    """
    ranked = [
        (k, row.shares, row) for k, row in enumerate(rows) if row.shares is not None and len(row.ids) >= metric.fewest
    ]
    if metric.better is None or not ranked:
        return {}
    where = {item_id: j for j, item_id in enumerate(sorted({i for _, _, row in ranked for i in row.ids}))}
    shares, present = np.zeros((len(ranked), len(where))), np.zeros((len(ranked), len(where)), bool)
    bias = np.zeros(len(ranked))
    for k, (_, numbers, row) in enumerate(ranked):
        columns = [where[item_id] for item_id in row.ids]
        shares[k, columns], present[k, columns] = numbers, True
        bias[k] = row.score.bias or 0.0
    sign = 1.0 if metric.better == "higher" else -1.0
    distance = not metric.per_item and metric.better == "lower"
    better = shown_better(sign * shares, sign * bias, present, distance=distance)
    worse_than, better_than = better.sum(axis=0), better.sum(axis=1)
    return {
        index: Place(rank=1 + int(worse_than[k]), lowest=len(ranked) - int(better_than[k]))
        for k, (index, _, _) in enumerate(ranked)
    }


def shown_better(
    shares: F64, bias: F64, present: np.ndarray | None = None, *, distance: bool = False
) -> npt.NDArray[np.bool_]:
    """Returns which model is shown to be better than which.

    Args:
        shares: (models, items), means over the items are the values; higher is better.
        bias: (models,), in the values.
        present: (models, items), which items a model has; None: all. A pair is compared on those that both have.
        distance: the values are distances with their sign turned, none of which is truly above 0; unbiased estimates
            of small ones are, and are taken for 0.

    Returns:
        (models, models), true where the first is better than the second at 5 % over all pairs (Holm).
    """
    count = len(shares)
    there = np.ones(shares.shape) if present is None else present.astype(np.float64)
    n = there @ there.T
    some = np.maximum(n, 1.0)
    middle = (shares * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1.0)
    centred = (shares - middle[:, None]) * there
    # Over the items of each pair: sums of the first's contributions, of its squares, of products.
    sums, squares, products = centred @ there.T, np.square(centred) @ there.T, centred @ centred.T
    apart_sum = sums - sums.T
    spread = (squares + squares.T - 2 * products - np.square(apart_sum) / some) / np.maximum(n - 1, 1.0)
    scale = np.abs(shares * there).max(initial=1e-300) ** 2
    error = np.sqrt(np.maximum(spread, 1e-24 * scale) / some)
    means = middle[:, None] + sums / some
    unbiased = means - bias[:, None]
    if distance:
        means, unbiased = np.minimum(means, 0.0), np.minimum(unbiased, 0.0)
    difference, freed = means - means.T, unbiased - unbiased.T
    agree = (np.sign(freed) == np.sign(difference)) & (n > 1)
    t = np.where(agree, np.minimum(np.abs(freed), np.abs(difference)) / error, 0.0)
    t[np.abs(difference) <= 1e-12 * np.sqrt(scale)] = 0.0
    first, second = np.triu_indices(count, 1)
    p = 2 * stdtr(np.maximum(n - 1, 1.0)[first, second], -t[first, second])
    apart = np.zeros((count, count), bool)
    passed = holm(p) <= LEVEL
    apart[first[passed], second[passed]] = True
    return (apart | apart.T) & (freed > 0)
