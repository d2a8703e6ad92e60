"""KL divergence of a tagger's class probabilities: does a clip hold the same kinds of sound as its reference?

KL(reference || generated) = sum over classes of p (log p - log q), in nats; p and q are the softmax of the two clips'
logits. Logarithms come from a log-softmax, so q has no floor and a severe mistake keeps its full cost. Softmax over a
tagger trained with sigmoids is the field's convention (av-benchmark, audioldm_eval, audiocraft); it ignores a shift
common to all logits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .estimate import F64, Estimate, MetricError, mean_of_clips
from .metric import STILL, WORSENS, Metric, encoded
from .validation import Features, all_equal, checked, same_shape


def log_softmax(logits: F64) -> F64:
    """Returns the logarithm of the softmax over the last axis; stable for logits of any size."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def validate(reference: Features, generated: Features) -> tuple[F64, F64]:
    """Returns both arrays in float64.

    Raises:
        MetricError: there are no clips or fewer than two classes, a logit is not finite, or the shapes differ.
    """
    p = checked(reference, "reference logits", ("clips", "classes"))
    q = checked(generated, "generated logits", ("clips", "classes"))
    same_shape(p, q, "reference logits", "generated logits")
    if q.shape[1] < 2:
        raise MetricError("KL needs at least 2 classes; the logits have 1.")
    return p, q


def per_clip(reference: F64, generated: F64) -> F64:
    """Returns KL(reference || generated) of each clip in nats, from logits (clips, classes); never negative."""
    log_p, log_q = log_softmax(reference), log_softmax(generated)
    return np.maximum((np.exp(log_p) * (log_p - log_q)).sum(axis=-1), 0.0)  # rounding can make it negative


def evaluate(reference: Features, generated: Features) -> Estimate:
    """Returns the mean KL over clips.

    Args:
        reference: logits (clips, classes) of the reference audio.
        generated: of the generated audio, in the same order.

    Raises:
        MetricError: see :func:`validate`.
    """
    return mean_divergence(per_clip, reference, generated)


def mean_divergence(of_clips: Callable[[F64, F64], F64], reference: Features, generated: Features) -> Estimate:
    """Returns the mean over clips of any divergence.

    Args:
        of_clips: returns the divergence of each clip from the logits of reference and generated, (clips, classes).
        reference: logits (clips, classes) of the reference audio.
        generated: of the generated audio, in the same order.

    Raises:
        MetricError: see :func:`validate`.
    """
    p, q = validate(reference, generated)
    return mean_of_clips(of_clips(p, q), warnings=all_equal(p, "reference logits") + all_equal(q, "generated logits"))


KL = Metric(
    key="kl",
    title="KL",
    unit="nats",
    better="lower",
    per_item=True,
    summary="Does a clip hold the same kinds of sound as its reference?",
    needs=(encoded("tagger", "logits", "reference"), encoded("tagger", "logits", "generated")),
    compute=evaluate,
    bounds=(0.0, None),
    # The bundled tagger gave at most 43 nats for any baseline, and 36 for full-scale square waves, clicks and sweeps.
    implausible=100.0,
    yardstick="shuffled",
    # KL depends on which classes are heard, not for how long: a truncated clip may keep them all.
    expect={"noise_only": WORSENS, "swap_across": WORSENS, "time_shift": STILL, "music": WORSENS},
)
