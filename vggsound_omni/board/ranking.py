"""Who is shown to be better than whom, for hundreds of models at once, by the test and the rule of ``compare``.

The family is one metric of one table.
"""

from __future__ import annotations

from collections.abc import Sequence

from vggsound_omni.analysis.compare.rule import fewest, uncertainty
from vggsound_omni.metrics import Metric
from vggsound_omni.stats.paired import Contributions, differences
from vggsound_omni.stats.ranks import Place
from vggsound_omni.stats.ranks import places as placed

from .outcomes import Counted


def places(rows: Sequence[Counted], metric: Metric) -> dict[int, Place]:
    """Returns places by one metric, by index; rows without shares or without an estimate in it have none.

    A pair is compared on the items that both have, so no row takes items away from other pairs.
    """
    if metric.better is None:
        return {}
    ranked = [
        (
            k,
            Contributions(
                ids=row.ids, numbers=row.shares, bias=row.score.bias or 0.0, uncertain=uncertainty(row.score)
            ),
        )
        for k, row in enumerate(rows)
        if row.shares is not None and row.score.estimate is not None and len(row.ids) >= fewest(metric)
    ]
    higher = differences([numbers for _, numbers in ranked], floor=metric.floor).higher()
    better = higher if metric.better == "higher" else higher.T
    return {index: place for (index, _), place in zip(ranked, placed(better), strict=True)}
