"""How far bfloat16 moves the metrics themselves: measured on some items before it is used for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vggsound_omni.encoders.encoder import Precision
from vggsound_omni.errors import UserError

from .result import Score

GATE_ITEMS = 12
"""Items that are encoded in both, the first of the run."""
_SHARE, _LEAST = 0.01, 1e-3
"""Largest drift: a share of the score in float32, and what is always allowed."""


def drift(
    precision: Precision, ids: Sequence[str], scores: Callable[[Sequence[str], Precision], Mapping[str, Score]]
) -> dict[str, float]:
    """Returns how far reduced precision moves the scores of the first items, by metric key; nothing for float32.

    Args:
        precision: asked for.
        ids: of the items to be scored.
        scores: scores some of them with networks in a precision.

    Raises:
        UserError: see :func:`measure_drift`.
    """
    if precision == "float32":
        return {}
    some = ids[:GATE_ITEMS]
    return measure_drift(scores(some, precision), scores(some, "float32"), len(some))


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
