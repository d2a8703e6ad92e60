"""How far bfloat16 moves the metrics themselves: measured on some items before it is used for all."""

from __future__ import annotations

from collections.abc import Mapping

from vggsound_omni.errors import UserError

from .result import Score

GATE_ITEMS = 12
"""Items that are encoded in both, the first of the run."""
_SHARE, _LEAST = 0.01, 1e-3
"""Largest drift: a share of the score in float32, and what is always allowed."""


def measure_drift(rough: Mapping[str, Score], exact: Mapping[str, Score], items: int) -> dict[str, float]:
    """Returns how far the scores of some items in bfloat16 are from those in float32, by metric key.

    Args:
        rough: scores by bfloat16 networks.
        exact: by float32 networks.
        items: how many were scored.

    Raises:
        UserError: a score moves by more than a hundredth of itself: these weights need float32.
    """
    drift, far = {}, []
    for key, score in exact.items():
        value, moved = score.value, rough[key].value
        if value is None or moved is None:
            continue
        drift[key] = moved - value
        if abs(drift[key]) > _SHARE * abs(value) + _LEAST:
            far.append(f"{key} from {value:.4g} to {moved:.4g}")
    if far:
        raise UserError(
            f"bfloat16 moves {', '.join(far)} on the first {items} items, more than a hundredth: "
            "score without --precision bfloat16."
        )
    return drift
