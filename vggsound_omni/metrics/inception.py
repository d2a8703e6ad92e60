"""Inception score: is every clip clear, and is the set diverse?

IS = exp of the mean over clips of KL(p(class | clip) || p(class)), p(class) the mean over the clips of a split; softmax
over the tagger's logits; mean over 10 splits. 1 when all clips sound the same to the tagger, at most the number of
classes. The references are not asked. As av-benchmark and audioldm_eval: the rows are permuted by NumPy's legacy
generator with seed 2020 and cut by integer bounds. The splits hang on the order of the rows: give them ordered by id.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.stats.intervals import by_influence

from .estimate import F64, Estimate, MetricError
from .kl import log_softmax
from .metric import ORDER_ONLY, WORSENS, Metric, encoded
from .validation import Features, all_equal, checked, enough

MINIMUM = 20
"""Clips, two a split."""
SPLITS = 10
SEED = 2020
_TELLING = 0.015
"""Of the value: where the bias is more, it is much more than can be estimated (``docs/statistics.md``)."""
_UNSEEN = -600.0
"""Logarithm of a mean probability below which a class adds nothing."""


def validate(generated: Features) -> F64:
    """The logits in float64.

    Raises:
        MetricError: not finite, fewer than 20 clips (two a split), or fewer than two classes.
    """
    logits = checked(generated, "generated logits", ("clips", "classes"))
    enough(len(logits), "IS", MINIMUM)
    if logits.shape[1] < 2:
        raise MetricError("IS needs at least 2 classes; the logits have 1.")
    return logits


def score(logits: F64) -> float:
    """The score of one set of logits (clips, classes), unsplit."""
    return split(logits).score


@dataclass(frozen=True, eq=False)
class Split:
    """The score of one set of clips and what is known of it."""

    score: float
    influence: F64
    """(clips,)."""
    bias: float
    """To second order: the mean over few clips is surer of itself than it should be, so the score is too low."""


def split(logits: F64) -> Split:
    """The score of (clips, classes) as one set.

    The influence of a clip on exp(mean KL) is the score times its own KL to the mean less the mean KL: that it also
    moves the mean is of second order, as KL is least there.
    """
    log_p = log_softmax(logits)
    p, peak = np.exp(log_p), log_p.max(axis=0)
    log_mean = peak + np.log(np.exp(log_p - peak).mean(axis=0))
    divergences = (p * (log_p - log_mean)).sum(axis=1)
    score = float(np.exp(divergences.mean()))
    seen = log_mean > _UNSEEN
    spread = float((p[:, seen].var(axis=0, ddof=1) / np.exp(log_mean[seen])).sum()) if len(p) > 1 else 0.0
    curved = float(divergences.var(ddof=1)) if len(p) > 1 else 0.0
    return Split(score, score * (divergences - divergences.mean()), score * (curved - spread) / (2 * len(p)))


def splits(logits: F64) -> list[tuple[NDArray[np.int64], Split]]:
    """The 10 splits, each with the clips it takes."""
    order = np.random.RandomState(SEED).permutation(len(logits))
    bounds = [i * len(logits) // SPLITS for i in range(SPLITS + 1)]
    return [(order[a:b], split(logits[order[a:b]])) for a, b in pairwise(bounds)]


def evaluate(generated: Features) -> Estimate:
    """Mean over the splits.

    Args:
        generated: logits (clips, classes) of the generated audio, ordered by id.

    Returns:
        The estimate; facts ``split_std`` (population standard deviation over the splits, which share one order of the
        clips: not a standard error), ``splits``, ``clips_per_split`` (the smallest) and ``unsplit`` (the score of all
        clips at once). The interval is of the score of infinitely many clips, in splits or not.

    Raises:
        MetricError: see :func:`validate`.
    """
    logits = validate(generated)
    parts = splits(logits)
    scores = np.array([part.score for _, part in parts])
    value, added = float(scores.mean()), float(np.mean([part.bias for _, part in parts]))
    influence = np.empty(len(logits))
    for clips, part in parts:
        influence[clips] = part.influence * (len(logits) / (SPLITS * len(clips)))
    warnings = list(all_equal(logits, "generated logits"))
    if abs(added) > _TELLING * value:
        warnings.append(
            f"{len(logits) // SPLITS} clips a split do not tell the whole bias: the value is lower than that of "
            f"infinitely many clips by more than the bias given, the interval too."
        )
    return Estimate(
        value=value,
        n=len(logits),
        influence=influence,
        bias=added,
        interval=by_influence(value, influence, added),
        warnings=tuple(warnings),
        facts={
            "split_std": float(scores.std()),
            "splits": SPLITS,
            "clips_per_split": len(logits) // SPLITS,
            "unsplit": score(logits),
        },
    )


IS = Metric(
    key="is",
    title="IS",
    unit="effective classes",
    better="higher",
    per_item=False,
    summary="Is every clip clear, and is the set diverse?",
    needs=(encoded("tagger", "logits", "generated"),),
    compute=evaluate,
    minimum=MINIMUM,
    # A mean over ten splits, and chance in the make-up of small splits shows in no single item: two equal systems were
    # called different in 48 % of draws at 24 items, 12 % at 100, 6 % at 300.
    fewest=300,
    bounds=(1.0, None),
    expect={**ORDER_ONLY, "noise_only": WORSENS},
)
