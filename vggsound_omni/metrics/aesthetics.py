"""Audiobox Aesthetics: four ratings of how a clip sounds, by a network, without any reference.

PQ production quality, CE content enjoyment, CU content usefulness, PC production complexity, 1 to 10 points each.
PQ alone rewards clean but irrelevant sound; read all four. PC has no better direction.
"""

from __future__ import annotations

from collections.abc import Mapping

from .estimate import F64, Estimate, mean_of_clips
from .metric import DAMAGE, ORDER_ONLY, STILL, WORSENS, Baseline, Better, Effect, Metric, encoded
from .validation import Features, all_equal, checked

AXES = ("pq", "ce", "cu", "pc")
"""Keys of the axes, in the order of tables."""


def validate(ratings: Features) -> F64:
    """The ratings in float64.

    Raises:
        MetricError: not finite, not one a clip, or no clips.
    """
    return checked(ratings, "ratings", ("clips",))


def evaluate(ratings: Features) -> Estimate:
    """Mean over clips of one axis.

    Args:
        ratings: (clips,) of the generated audio.

    Raises:
        MetricError: see :func:`validate`.
    """
    array = validate(ratings)
    return mean_of_clips(array, warnings=all_equal(array[:, None], "ratings"))


_QUALITY = {**ORDER_ONLY, **dict.fromkeys((*DAMAGE, "noise_only"), WORSENS)}


def _axis(key: str, summary: str, better: Better | None, yardstick: Baseline, expect: Mapping[str, Effect]) -> Metric:
    return Metric(
        key=key,
        title=key.upper(),
        unit="points, 1 to 10",
        better=better,
        per_item=True,
        summary=summary,
        needs=(encoded("aesthetics", key, "generated"),),
        compute=evaluate,
        bounds=(1.0, 10.0),
        yardstick=yardstick,
        expect=expect,
    )


PQ = _axis("pq", "How clean is the sound technically?", "higher", "noise", _QUALITY)
CE = _axis("ce", "How much would a listener enjoy it?", "higher", "noise", _QUALITY)
CU = _axis("cu", "How useful would it be as material?", "higher", "noise", _QUALITY)
# Neither better nor worse: "worsens" means that it rises, as music adds components.
PC = _axis("pc", "How many components does it have?", None, "spread", {**ORDER_ONLY, "gain": STILL, "music": WORSENS})
