"""Leaks: the share of clips in which a class is heard that must not be, or one is not that should be.

Silence leaks everywhere: it holds nothing that is wanted.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from .hearing import Clip, score
from .metric import STILL, WORSENS, Metric, Only, tagged, truth

FORBIDDING = Only(lambda truth: bool(truth.forbidden), "clips with a class that must not be heard")


def leak(clip: Clip) -> float:
    """Returns 1 if a forbidden class is heard or a wanted one is not; NaN if the ear knows no forbidden class."""
    return float(clip.leaks or any(name not in clip.heard for name in clip.wanted)) if clip.forbidden else np.nan


LEAK = Metric(
    key="leak",
    title="Leak",
    unit="share of clips",
    better="lower",
    per_item=True,
    summary="In how many clips is a silent thing heard, or a sounding one not?",
    needs=(tagged("ear", "events", "generated"), truth()),
    compute=partial(score, of_clip=leak, only=FORBIDDING, shares=True),
    bounds=(0.0, 1.0),
    shares=True,
    only=FORBIDDING,
    expect={"noise_only": WORSENS, "swap_across": WORSENS, "gain": STILL},
)
