"""Inception score: is every clip clear, and is the set diverse?

IS = exp of the mean over clips of KL(p(class | clip) || p(class)), where p(class) is the mean over all clips and
probabilities are the softmax of the tagger's logits. It is 1 if all clips sound the same to the tagger, and at most the
number of classes. The references are not used.

av-benchmark and audioldm_eval average over 10 splits, which are a tenth as large and so lower the score much more. That
number is a fact beside ours: the rows are permuted by NumPy's legacy generator with seed 2020 and split at integer
bounds, so it depends on the order of the rows: pass them ordered by id.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vggsound_omni.stats.intervals import by_influence, standard_error

from .estimate import F64, Estimate, MetricError, mostly_bias
from .kl import log_softmax
from .metric import ORDER_ONLY, WORSENS, Metric, encoded
from .validation import Features, all_equal, checked, enough

MINIMUM = 20  # clips, two per split
SPLITS = 10
SEED = 2020
_NEXT_ORDER = 10.0  # the most that the bias lacks, relative to itself, over its share of the value
_FEW = 100  # clips below which the interval is too narrow
_TELLING = 0.5  # standard errors of uncertain bias from which intervals hold the truth too rarely
_UNSEEN = -600.0  # logarithm of the mean probability below which a class adds nothing


def validate(generated: Features) -> F64:
    """Returns the logits in float64.

    Raises:
        MetricError: there are fewer than 20 clips (two per split) or fewer than two classes, or a logit is not finite.
    """
    logits = checked(generated, "generated logits", ("clips", "classes"))
    enough(len(logits), "IS", MINIMUM)
    if logits.shape[1] < 2:
        raise MetricError("IS needs at least 2 classes; the logits have 1.")
    return logits


def score(logits: F64) -> float:
    """Returns the score of logits (clips, classes)."""
    return scored(logits).score


@dataclass(frozen=True, eq=False)
class Scored:
    """The score of a set of clips, with its uncertainty."""

    score: float
    influence: F64  # (clips,)
    bias: float  # to second order; usually negative, as few clips lie closer to their own mean than to the true one


def scored(logits: F64) -> Scored:
    """Returns the score of (clips, classes), with its uncertainty.

    Influence: a clip moves exp(mean KL) by the score times (its KL to the mean distribution - the mean KL). It also
    moves the mean distribution, but to first order that changes nothing, because the mean minimises the mean KL.

    Bias, by Taylor expansion to order 1 / n: estimating the mean distribution m lowers the mean KL by
    sum_c var(p_c) / m_c / (2 n), and the convexity of exp raises the score by var(KL) / (2 n), relative.
    """
    log_p = log_softmax(logits)
    p, peak = np.exp(log_p), log_p.max(axis=0)
    log_mean = peak + np.log(np.exp(log_p - peak).mean(axis=0))
    divergences = (p * (log_p - log_mean)).sum(axis=1)
    score = float(np.exp(divergences.mean()))
    seen = log_mean > _UNSEEN
    spread = float((p[:, seen].var(axis=0, ddof=1) / np.exp(log_mean[seen])).sum()) if len(p) > 1 else 0.0
    curved = float(divergences.var(ddof=1)) if len(p) > 1 else 0.0
    return Scored(score, score * (divergences - divergences.mean()), score * (curved - spread) / (2 * len(p)))


def of_splits(logits: F64) -> F64:
    """Returns the scores of av-benchmark's 10 splits of (clips, classes)."""
    order = np.random.RandomState(SEED).permutation(len(logits))
    bounds = [i * len(logits) // SPLITS for i in range(SPLITS + 1)]
    return np.array([score(logits[order[a:b]]) for a, b in pairwise(bounds)])


def evaluate(generated: Features) -> Estimate:
    """Returns the score of all clips.

    Args:
        generated: logits (clips, classes) of the generated audio, ordered by id.

    Returns:
        The estimate. Facts: ``split`` (av-benchmark's number, the mean over 10 splits, which is too low for small
        splits), ``split_std`` (population standard deviation over the splits, which is not a standard error) and
        ``clips_per_split`` (the smallest).

    Raises:
        MetricError: see :func:`validate`.
    """
    logits = validate(generated)
    whole, scores = scored(logits), of_splits(logits)
    # At most so much does the bias to second order lack, by experiment (docs/statistics.md).
    uncertain = _NEXT_ORDER * whole.bias**2 / whole.score
    refused, warnings = mostly_bias(whole.score, whole.bias), list(all_equal(logits, "generated logits"))
    if not refused and (len(logits) < _FEW or uncertain > _TELLING * standard_error(whole.influence)):
        warnings.append(
            f"Too few clips ({len(logits)}) for {logits.shape[1]} classes: this IS and its interval may be biased "
            f"by more than we can correct."
        )
    low, high = by_influence(whole.score, whole.influence, whole.bias)
    return Estimate(
        value=whole.score,
        n=len(logits),
        influence=whole.influence,
        bias=whole.bias,
        uncertain=uncertain,
        floor=1.0,
        no_estimate=refused,
        interval=None if refused else (max(low, 1.0), max(high, 1.0)),
        warnings=tuple(warnings),
        facts={
            "split": float(scores.mean()),
            "split_std": float(scores.std()),
            "clips_per_split": len(logits) // SPLITS,
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
    bounds=(1.0, None),
    floor=1.0,
    version=2,  # 1 was the mean over 10 splits
    expect={**ORDER_ONLY, "noise_only": WORSENS},
)
