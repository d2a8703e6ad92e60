"""Inception score: is every clip clear, and is the set diverse?

IS = exp of the mean over clips of KL(p(class | clip) || p(class)), p(class) the mean over the clips of a split; softmax
over the tagger's logits; mean over 10 splits. 1 when all clips sound the same to the tagger, at most the number of
classes. The references are not asked. As av-benchmark and audioldm_eval: the rows are permuted by NumPy's legacy
generator with seed 2020 and cut by integer bounds. The splits hang on the order of the rows: give them ordered by id.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .estimate import F64, Estimate, MetricError
from .kl import log_softmax
from .validation import Features, all_equal, checked, enough

SPLITS = 10
SEED = 2020


def validate(generated: Features) -> F64:
    """The logits in float64.

    Raises:
        MetricError: not finite, fewer than 20 clips (two a split), or fewer than two classes.
    """
    logits = checked(generated, "generated logits", ("clips", "classes"))
    enough(len(logits), "is")
    if logits.shape[1] < 2:
        raise MetricError("IS needs at least 2 classes; the logits have 1.")
    return logits


def score(logits: F64) -> float:
    """The score of one set of logits (clips, classes), unsplit."""
    log_p = log_softmax(logits)
    peak = log_p.max(axis=0)
    log_mean = peak + np.log(np.exp(log_p - peak).mean(axis=0))
    return float(np.exp((np.exp(log_p) * (log_p - log_mean)).sum(axis=1).mean()))


def splits(logits: F64) -> F64:
    """The score of each of the 10 splits."""
    order = np.random.RandomState(SEED).permutation(len(logits))
    bounds = [i * len(logits) // SPLITS for i in range(SPLITS + 1)]
    return np.array([score(logits[order[a:b]]) for a, b in pairwise(bounds)])


def evaluate(generated: Features) -> Estimate:
    """Mean over the splits.

    Args:
        generated: logits (clips, classes) of the generated audio, ordered by id.

    Returns:
        The estimate; facts ``split_std`` (population standard deviation over the splits), ``splits``,
        ``clips_per_split`` (the smallest) and ``unsplit`` (the score of all clips at once). No interval: the splits
        share one order of the clips and their spread is not a standard error of the score.

    Raises:
        MetricError: see :func:`validate`.
    """
    logits = validate(generated)
    scores = splits(logits)
    return Estimate(
        value=float(scores.mean()),
        n=len(logits),
        warnings=all_equal(logits, "generated logits"),
        facts={
            "split_std": float(scores.std()),
            "splits": SPLITS,
            "clips_per_split": len(logits) // SPLITS,
            "unsplit": score(logits),
        },
    )
