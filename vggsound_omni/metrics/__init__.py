"""Metrics: arrays in, scores out; no files, no networks.

One module a family. Each has ``validate``, which raises :class:`MetricError` with the reason why there is no score,
pure functions of the arithmetic, and ``evaluate``, which gives an :class:`Estimate`. Formulas, sensitivities and
differences from other kits: ``docs/metrics.md``.

| key | evaluate |
|---|---|
| kl | ``kl.evaluate(reference_logits, generated_logits)`` |
| fd, fad | ``frechet.evaluate(reference, generated)`` |
| is | ``inception.evaluate(generated_logits)`` |
| pq, ce, cu, pc | ``aesthetics.evaluate(ratings)`` |
| ms_clap, la_clap, ib | ``cosine.evaluate(condition, generated)`` |
| ds | ``desync.evaluate(logits, offsets)`` |
| kad | ``kad.evaluate(reference, generated)`` |
| fd_inf | ``fd_inf.evaluate(reference, generated, rng)`` |
"""

from . import aesthetics, cosine, desync, fd_inf, frechet, inception, kad, kl
from .catalogue import DESCRIBED, METRICS, MetricInfo
from .estimate import Estimate, MetricError, mean_of_clips
from .moments import Moments
from .rows import ClipRows

__all__ = [
    "DESCRIBED",
    "METRICS",
    "ClipRows",
    "Estimate",
    "MetricError",
    "MetricInfo",
    "Moments",
    "aesthetics",
    "cosine",
    "desync",
    "fd_inf",
    "frechet",
    "inception",
    "kad",
    "kl",
    "mean_of_clips",
]
