"""Likeness: do the acts of a clip sound like recorded ones of the class that they are taken for?

An ear hears classes of acts, and knows examples of each (:mod:`.coverage`). The score of a clip is the share of the
classes heard in it of which an act is near an example; of no class, as in silence, it is 0. Clips count in whose
recordings an act is heard.

It asks this of each clip, where :mod:`.coverage` asks all clips together for all kinds of a class. Neither tells enough
alone: one sound that is near an example would serve in every clip, and a few recordings among many clips would cover
what the others lack.
"""

from __future__ import annotations

import numpy as np

from .estimate import F64, Estimate, Floats, MetricError, mean_of_clips
from .metric import WORSENS, Metric, encoded


def evaluate(reference: Floats, generated: Floats) -> Estimate:
    """Returns the mean over clips.

    Args:
        reference: of each recording, in how many classes acts are heard, and of how many of these one is near an
            example, (clips, 2).
        generated: the same of the generated clips, of the same items in the same order.

    Returns:
        The estimate, with the score of each clip, NaN if no act is heard in its recording.

    Raises:
        MetricError: the sets are no pairs, a number is no count, more classes are near an example than are heard, or no
            act is heard in any recording.
    """
    there, made = _counts(reference, "recordings"), _counts(generated, "generated clips")
    if len(made) != len(there):
        raise MetricError(f"There are {len(made)} generated clips and {len(there)} references; pairs are needed.")
    acts = there[:, 0] > 0
    if not acts.any():
        raise MetricError("The ear hears no act in any recording.")
    scores = np.where(acts, made[:, 1] / np.maximum(made[:, 0], 1), np.nan)
    some = f"It is about clips in whose recordings an act is heard: {acts.sum()} of {len(acts)}."
    return mean_of_clips(scores, shares=True, warnings=() if acts.all() else (some,))


def _counts(numbers: Floats, what: str) -> F64:
    array = np.asarray(numbers, np.float64)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise MetricError(f"The counts of the {what} have the shape {array.shape}; (clips, 2) is needed, and a clip.")
    if not np.isfinite(array).all() or np.any((array < 0) | (array != np.floor(array)) | (array > array[:, :1])):
        raise MetricError(f"Of the {what}, the ear must tell counts, the second no larger than the first.")
    return array


LIKENESS = Metric(
    key="likeness",
    title="Likeness",
    unit="share of classes",
    better="higher",
    per_item=True,
    summary="Do the acts of a clip sound like recorded ones of the class that they are taken for?",
    needs=(encoded("ear", "likeness", "reference"), encoded("ear", "likeness", "generated")),
    compute=evaluate,
    bounds=(0.0, 1.0),
    shares=True,
    expect={"noise_only": WORSENS},
)
