"""Label recall: does a tagger of real sound name what a clip should hold?

Of an item's labels, the share that is named: one of AudioSet's names for it (:mod:`vggsound_omni.suites.audioset`) is
among the five likeliest of the tagger's classes, by the maximum over time, with a probability of 0.2 at least. Names
that say nothing of a source are left out before the five are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.suites.audioset import names_of

from .estimate import Estimate, Floats, MetricError, mean_of_clips
from .metric import STILL, WORSENS, Metric, Tags, labels, tagged
from .validation import checked

GENERIC = frozenset(
    {
        *("Silence", "Noise", "White noise", "Pink noise", "Environmental noise", "background"),
        *("Inside, small room", "Inside, large room or hall", "Inside, public space"),
        *("Outside, urban or manmade", "Outside, rural or natural"),
        *("Music", "Musical instrument"),
        *("Animal", "Domestic animals, pets", "Livestock, farm animals, working animals", "Wild animals"),
    }
)
"""Silence, noise, rooms, music and animal: names that say nothing of a source."""
LIKELIEST, LEAST = 5, 0.2
"""How many names a tagger may give, and with which probability at least."""


def named(numbers: Floats, classes: Sequence[str]) -> NDArray[np.bool_]:
    """Returns which classes a tagger names: (..., classes), from probabilities of that shape."""
    telling = np.where(np.isin(classes, list(GENERIC)), 0.0, numbers)
    order = np.argsort(-telling, axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    return (rank < LIKELIEST) & (telling >= LEAST)


def share(found: NDArray[np.bool_], wanted: Collection[str], classes: Sequence[str]) -> float:
    """Returns which share of some labels is named in a clip; NaN if AudioSet has no name for any of them.

    Args:
        found: (classes,), from :func:`named`.
        wanted: the clip's labels.
        classes: their names.
    """
    heard = [found[np.isin(classes, names)].any() for one in wanted if (names := names_of(one, classes))]
    return float(np.mean(heard)) if heard else np.nan


def evaluate(generated: Tags, wanted: Sequence[Sequence[str]]) -> Estimate:
    """Returns the mean over clips of the share of their labels that is named.

    Args:
        generated: probabilities of the generated audio, (clips, classes), maxima over time.
        wanted: the labels of each clip.

    Raises:
        MetricError: AudioSet names none of the labels, or a probability is not finite.
    """
    numbers = checked(generated.numbers, "probabilities", ("clips", "classes"))
    found = named(numbers, generated.classes)
    scores = np.array([share(*pair, generated.classes) for pair in zip(found, wanted, strict=True)])
    unnamed = int(np.isnan(scores).sum())
    if unnamed == len(scores):
        raise MetricError("AudioSet has no name for any of the labels.")
    warnings = (f"AudioSet has no name for the labels of {unnamed} clips, which are left out.",) if unnamed else ()
    return mean_of_clips(scores, shares=True, warnings=warnings)


LABEL_RECALL = Metric(
    key="label_recall",
    title="Label recall",
    unit="share",
    better="higher",
    per_item=True,
    summary="Is what a clip should hold among the five things that a tagger is likeliest to hear in it?",
    needs=(tagged("tags", "peaks", "generated"), labels()),
    compute=evaluate,
    bounds=(0.0, 1.0),
    shares=True,
    yardstick="shuffled",
    expect={"noise_only": WORSENS, "swap_across": WORSENS, "swap_within": STILL, "time_shift": STILL},
)
