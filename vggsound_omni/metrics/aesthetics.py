"""Audiobox Aesthetics: a network rates how a clip sounds on four axes, without a reference.

PQ production quality, CE content enjoyment, CU content usefulness, PC production complexity, 1 to 10 points each.
PQ alone rewards clean but irrelevant sound, so read all four. For PC neither direction is better.
"""

from __future__ import annotations

from collections.abc import Mapping

from .estimate import F64, Estimate, mean_of_clips
from .metric import DAMAGE, ORDER_ONLY, STILL, WORSENS, Baseline, Better, Effect, Metric, encoded
from .validation import Features, all_equal, checked

AXES = ("pq", "ce", "cu", "pc")  # in the order of tables


def validate(ratings: Features) -> F64:
    """Returns the ratings in float64.

    Raises:
        MetricError: there are no clips, a rating is not finite, or the shape is not (clips,).
    """
    return checked(ratings, "ratings", ("clips",))


def evaluate(ratings: Features) -> Estimate:
    """Returns the mean of one axis over clips.

    Args:
        ratings: (clips,), of the generated audio.

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
        attacked=frozenset({"foleyworld"} if better is not None else ()),
        yardstick=yardstick,
        expect=expect,
    )


PQ = _axis("pq", "How clean is the sound technically?", "higher", "noise", _QUALITY)
CE = _axis("ce", "How much would a listener enjoy it?", "higher", "noise", _QUALITY)
CU = _axis("cu", "How useful would it be as material?", "higher", "noise", _QUALITY)
# Neither direction is better; here "worsens" means that it rises, because music adds components.
PC = _axis("pc", "How many components does it have?", None, "spread", {**ORDER_ONLY, "gain": STILL, "music": WORSENS})
