"""From where on a metric has moved, and where a metric is known to fail.

What each metric must do under each corruption stands beside the metric (``Metric.expect``), and follows from what it
asks, not from what an encoder happens to give. What it does not mention is open, unless nobody could hear it: then the
metric must stay.
"""

from __future__ import annotations

from collections.abc import Mapping

MOVED = 0.1
"""Of a metric's yardstick: from here on it has moved; a system that much worse would be called worse."""
FALSE_ALARM = 0.05
"""The same under changes that cannot be heard."""
FOLLOWS = 0.8
"""Least Spearman correlation with severity of a metric that must worsen."""

_GRID = (
    "Onsets that are seen lie on multiples of 40 ms, where FoleyWorld's frames begin, and the audio-visual pair was "
    "trained on such sound: 20 ms off that grid is another sound to it, though nobody hears it. On the grid it stays."
)
_THROUGH_CODECS = (
    "The tagger was trained through codecs, to name what sounds whatever coded it: distances between its embeddings "
    "hardly see them."
)
_TOLERANCE = (
    "It asks whether an onset lies within 50 ms: beyond that more shift costs no more, and if events are regular the "
    "next one is hit."
)
KNOWN: dict[str, dict[tuple[str, str], str]] = {
    "foleyworld": {
        ("time_shift", "ib"): _GRID,
        **{("time_shift", key): _TOLERANCE for key in ("onset_f1", "hits")},
        **{(codec, key): _THROUGH_CODECS for codec in ("aac", "opus") for key in ("fd", "fad", "kad", "fd_inf")},
        ("gain", "pc"): "In a clip 20 dB quieter it counts less than there is.",
    }
}
"""By encoder set, then by (corruption, metric): failures that were met, investigated and documented."""


def known_failures(encoder_set: str) -> Mapping[tuple[str, str], str]:
    """Returns the documented failures of a set; none for encoders that nobody has looked at."""
    return KNOWN.get(encoder_set, {})
