"""How far bfloat16 moves the metrics themselves: measured on some items before it is used for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vggsound_omni.errors import UserError
from .measure import RoleFeatures, scores
from vggsound_omni.tracks import Track

GATE_ITEMS = 12
"""The first so many items are encoded in both."""
_SHARE, _LEAST = 0.01, 1e-3
"""Largest drift: a share of the score in float32, and what is always allowed."""

Encoded = Mapping[str, RoleFeatures | str]


def measure_drift(track: Track, ids: Sequence[str], rough: Encoded, exact: Encoded) -> dict[str, float]:
    """By metric key: the score of some items in bfloat16, less that in float32.

    Args:
        track: says which metrics apply.
        ids: of the items.
        rough: features of bfloat16 networks, by role.
        exact: those of float32.

    Raises:
        UserError: a score moves by more than a hundredth of itself: these weights need float32.
    """
    ours, theirs = scores(track, ids, rough).scores, scores(track, ids, exact).scores
    drift, far = {}, []
    for key, score in theirs.items():
        value, moved = score.value, ours[key].value
        if value is None or moved is None:
            continue
        drift[key] = moved - value
        if abs(drift[key]) > _SHARE * abs(value) + _LEAST:
            far.append(f"{key} from {value:.4g} to {moved:.4g}")
    if far:
        raise UserError(
            f"bfloat16 moves {', '.join(far)} on the first {len(ids)} items, more than a hundredth: "
            "score without --precision bfloat16."
        )
    return drift
