"""From where on a metric has moved, and where a metric is known to fail.

What each metric must do under each corruption stands beside the metric (``Metric.expect``), and follows from what it
asks, not from what an encoder happens to give. What it does not mention is open, unless nobody could hear it: then the
metric must stay.
"""

from __future__ import annotations

from collections.abc import Mapping

from vggsound_omni.metrics import METRICS

MOVED = 0.1
"""Of a metric's yardstick: from here on it has moved; a system that much worse would be called worse."""
FALSE_ALARM = 0.05
"""The same under changes that cannot be heard."""
FOLLOWS = 0.8
"""Least Spearman correlation with severity of a metric that must worsen."""

_CODED = (
    "The regressor was trained on a quantised spectrum, not on codecs: an edge between 7.0 and 7.4 kHz, where LAME "
    "cuts, costs 4 points, and one at 4 kHz next to none."
)
_FLOOR = "The log-mel of the bundled networks has a floor, and soft sounds 20 dB quieter sink into it; 12 dB pass."
_GRID = (
    "All onsets of FoleyWorld lie on multiples of 40 ms, where its frames begin, and the networks were trained on "
    "nothing else: sound 20 ms off that grid is another sound to them, though nobody hears it. On the grid they "
    "stay."
)
KNOWN: dict[str, dict[tuple[str, str], str]] = {
    "foleyworld": {
        **{("mp3", key): _CODED for key in ("pq", "ce", "cu")},
        **{("opus", key): _CODED for key in ("pq", "ce", "cu")},
        **{("gain", key): _FLOOR for key in ("ib", "ds", "pc")},
        **{
            ("time_shift", metric.key): _GRID
            for metric in METRICS.values()
            if metric.roles and metric.expect.get("time_shift") == "still"
        },
        ("swap_across", "is"): "IS is a mean over ten splits and depends on the order of clips if there are few.",
        ("swap_across", "fd_inf"): (
            "The line goes through parts of the set, whose clips are no longer pairs: with fewer clips a part than "
            "dimensions (128) it falls below zero."
        ),
    }
}
"""By encoder set, then by (corruption, metric): failures that were met, investigated and documented."""


def known_failures(encoder_set: str) -> Mapping[tuple[str, str], str]:
    """Returns the documented failures of a set; none for encoders that nobody has looked at."""
    return KNOWN.get(encoder_set, {})
