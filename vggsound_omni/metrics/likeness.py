"""Likeness: do the acts of a clip sound like recorded ones of the class that they are taken for?

An ear hears classes of acts, and knows examples of each (:mod:`.coverage`). The score of a clip is the share of the
classes heard in it of which an act is near an example; of no class, as in silence, it is 0. Clips count in which
something acts.

It asks this of each clip, where :mod:`.coverage` asks all clips together for all kinds of a class. Neither tells enough
alone: one sound that is near an example would serve in every clip, and a few recordings among many clips would cover
what the others lack.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.suites.suite import Truth

from .estimate import Estimate, Floats, MetricError
from .hearing import mean_of
from .metric import WORSENS, Metric, Only, encoded, truth

ACTING = Only(lambda truth: any(event.discrete for event in truth.events), "clips in which something acts")


def evaluate(heard: Floats, truths: Sequence[Truth]) -> Estimate:
    """Returns the mean over clips.

    Args:
        heard: of each generated clip, in how many classes acts are heard, and of how many of these one is near an
            example, (clips, 2).
        truths: of these clips.

    Raises:
        MetricError: the counts have another shape, one is no count, more classes are near an example than are heard, or
            nothing acts in any clip.
    """
    counts = np.asarray(heard, np.float64)
    if counts.shape != (len(truths), 2):
        raise MetricError(f"The counts of classes have the shape {counts.shape}; ({len(truths)} clips, 2) is needed.")
    if np.any(~np.isfinite(counts) | (counts < 0) | (counts != np.floor(counts)) | (counts > counts[:, :1])):
        raise MetricError("The ear must tell counts of classes, the second no larger than the first.")
    applies = np.array([ACTING.applies(one) for one in truths], bool)
    scores = np.where(applies, counts[:, 1] / np.maximum(counts[:, 0], 1), np.nan)
    return mean_of(scores, ACTING, shares=True)


LIKENESS = Metric(
    key="likeness",
    title="Likeness",
    unit="share of classes",
    better="higher",
    per_item=True,
    summary="Do the acts of a clip sound like recorded ones of the class that they are taken for?",
    needs=(encoded("ear", "likeness", "generated"), truth()),
    compute=evaluate,
    bounds=(0.0, 1.0),
    shares=True,
    only=ACTING,
    expect={"noise_only": WORSENS},
)
