"""KL divergence of a tagger's classes, each by itself: does a clip hold the same kinds of sound as its reference?

Sum over classes of p log(p / q) + (1 - p) log((1 - p) / (1 - q)), in nats; p and q are the sigmoids of the two clips'
logits, as taggers of AudioSet are trained: several kinds of sound may be in a clip at once, or none. It is the KL
divergence of independent Bernoulli variables, one a class: never negative, and 0 only if all probabilities are equal.
("KL-sigmoid" of other kits leaves out the second term, and is no divergence.)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .estimate import F64, Estimate
from .kl import KL, mean_divergence
from .validation import Features


def log_sigmoid(logits: F64) -> F64:
    """Returns the logarithm of the sigmoid; stable for logits of any size."""
    return -np.logaddexp(0.0, -logits)


def per_clip(reference: F64, generated: F64) -> F64:
    """Returns the divergence of each clip in nats, from logits (clips, classes); never negative."""
    there = np.exp(log_sigmoid(reference)) * (log_sigmoid(reference) - log_sigmoid(generated))
    absent = np.exp(log_sigmoid(-reference)) * (log_sigmoid(-reference) - log_sigmoid(-generated))
    return np.maximum(there + absent, 0.0).sum(axis=-1)  # each class is no less than 0, but for rounding


def evaluate(reference: Features, generated: Features) -> Estimate:
    """Returns the mean over clips.

    Args:
        reference: logits (clips, classes) of the reference audio, before the sigmoid.
        generated: of the generated audio, in the same order.

    Raises:
        MetricError: see :func:`.kl.validate`.
    """
    return mean_divergence(per_clip, reference, generated)


KL_BERNOULLI = replace(
    KL,
    key="kl_bernoulli",
    title="KL-Bernoulli",
    summary="Does a clip hold the same kinds of sound as its reference, each kind counted by itself?",
    compute=evaluate,
    implausible=None,
)
