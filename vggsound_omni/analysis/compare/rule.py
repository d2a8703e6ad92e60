"""What may be compared, and what may rank: one rule for ``omni-bench compare`` and the board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from vggsound_omni.metrics import FAR_BELOW, Metric, metric_of, title_of
from vggsound_omni.runs.result import HEARD_SHARE, Heard, Score
from vggsound_omni.stats.intervals import F64, standard_error
from vggsound_omni.stats.paired import FEWEST

MOST_FAILED = 0.02  # share of items without a score above which a system does not rank
FROM_REFERENCE = (
    "The sounds come from the reference set, so they are no independent draws: their distance to it is no estimate."
)


class Distance(NamedTuple):
    """What a result says of a distance between its set of sounds and the recordings."""

    key: str
    unbiased: float  # value less bias, not cut at 0
    influence: F64
    uncertain: float = 0.0  # how far the bias may be off


def fewest(metric: Metric | None) -> int:
    """Returns how many common items two systems need to be compared."""
    return max(metric.fewest if metric else 0, FEWEST)


def uncertainty(score: Score) -> float:
    """Returns how far the bias of a score may be off; for results that do not say so, by all of it."""
    return abs(score.bias or 0.0) if score.uncertain is None else score.uncertain


def from_reference(heard: Heard | None, distances: Iterable[Distance]) -> bool:
    """Returns whether a run's sounds are recordings of other items.

    Args:
        heard: tells it by the sounds, of recordings that are unchanged but for their level.
        distances: tell it of the others too: sets that share recordings are closer than independent draws ever are.
    """
    if heard is not None and heard.borrowed is not None and heard.borrowed > HEARD_SHARE * heard.compared:
        return True
    for key, unbiased, influence, uncertain in distances:
        metric = metric_of(key)
        if metric is None or not metric.is_distance or len(influence) < FEWEST:
            continue
        error = standard_error(influence)
        scale = float(np.abs(influence).max(initial=0.0))
        if unbiased < -uncertain - max(FAR_BELOW * error, 1e-6 * scale, 1e-6):
            return True
    return False


def is_oracle(heard: Heard | None, model: str) -> bool:
    """Returns whether a run's sounds are the items' own recordings."""
    if heard is None:
        return model in ("oracle", "reference")  # what it was called in version 0.1
    return heard.compared > 0 and heard.copies >= 0.9 * heard.compared


def too_many_failed(failed: int, total: int) -> str | None:
    """Returns why a system with so many items without a score does not rank, or None if it does."""
    if not total or failed <= MOST_FAILED * total:
        return None
    share = 100 * failed / total
    return f"{failed} of {total} items failed ({share:.1f} %); above {100 * MOST_FAILED:g} % no system ranks."


def below(scores: Mapping[str, Score], least: Mapping[str, float]) -> str | None:
    """Returns why a system whose scores do not reach what a track asks for does not rank, or None if it does.

    Args:
        scores: by metric; one without a value asks for nothing.
        least: what a rank takes, by metric (:attr:`.Track.ranks_from`).
    """
    for key, limit in least.items():
        if key in scores and (value := scores[key].value) is not None and value < limit:
            return f"Its {title_of(key)} is {value:.3g}, and from {limit:g} on a system has a rank on this track."
    return None
