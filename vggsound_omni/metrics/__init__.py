"""Metrics: arrays in, scores out; no files, no networks.

One module per family. Each has ``validate``, which raises :class:`MetricError` with the reason why there is no score,
pure functions for the arithmetic, ``evaluate``, which returns an :class:`Estimate`, and the :class:`Metric` objects,
which declare what they need and how to read them. Formulas, sensitivities and differences from other kits are in
``docs/metrics.md``.
"""

from . import aesthetics, cosine, desync, fd_inf, frechet, inception, kad, kl, kl_bernoulli, label_recall, unwanted
from .estimate import FAR_BELOW, Estimate, MetricError, mean_of_clips, mostly_bias, without_bias
from .metric import (
    Metric,
    Offsets,
    Ratings,
    Tags,
    Verdicts,
    compared,
    encoded,
    judged,
    kernel_width,
    labels,
    rated,
    samples,
    tagged,
    truth,
    words,
)
from .moments import Moments
from .registry import METRICS, by_encoder, metric_key, metric_of, ordered, title_of
from .rows import ClipRows

__all__ = [
    "FAR_BELOW",
    "METRICS",
    "ClipRows",
    "Estimate",
    "Metric",
    "MetricError",
    "Moments",
    "Offsets",
    "Ratings",
    "Tags",
    "Verdicts",
    "aesthetics",
    "by_encoder",
    "compared",
    "cosine",
    "desync",
    "encoded",
    "fd_inf",
    "frechet",
    "inception",
    "judged",
    "kad",
    "kernel_width",
    "kl",
    "kl_bernoulli",
    "label_recall",
    "labels",
    "mean_of_clips",
    "metric_key",
    "metric_of",
    "mostly_bias",
    "ordered",
    "rated",
    "samples",
    "tagged",
    "title_of",
    "truth",
    "unwanted",
    "without_bias",
    "words",
]
