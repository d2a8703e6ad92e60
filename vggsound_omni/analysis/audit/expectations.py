"""What each metric must do under each corruption, said before it is measured; and where a metric is known to fail.

The table follows from what a metric asks (``docs/metrics.md``), not from what an encoder happens to give:

* Metrics of pairs (KL, CLAP, IB, DS) must see clips that change places; metrics of sets and of single clips must not.
* DS alone hears time, and every 40 ms of it. A clip shifted circularly holds the same sounds: nothing else may move.
* Fréchet distances, KAD and the quality ratings must see technical damage of every kind; whether a metric of content
  does is left open, as a damaged dog still barks.
* KL asks which classes are heard, not for how long: a clip cut short may keep them all, so it may move or not.
* A change that no one hears must move nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from vggsound_omni.metrics.catalogue import METRICS

Effect = Literal["worsens", "still", "open"]
"""Must worsen with severity, must not move, may move."""
Baseline = Literal["shuffled", "noise", "spread"]

MOVED = 0.1
"""Of a metric's yardstick: from here on it has moved; a system so much worse would be called worse."""
FALSE_ALARM = 0.05
"""The same for what cannot be heard."""
FOLLOWS = 0.8
"""Least Spearman correlation with severity of a metric that must worsen."""

YARDSTICKS: dict[str, Baseline] = {
    "kl": "shuffled",
    "fd": "noise",
    "fad": "noise",
    "is": "noise",
    "pq": "noise",
    "ce": "noise",
    "cu": "noise",
    "pc": "spread",
    "ms_clap": "shuffled",
    "la_clap": "shuffled",
    "ib": "shuffled",
    "ds": "shuffled",
    "kad": "noise",
    "fd_inf": "noise",
}
"""A metric moves in units of the distance from the references to this baseline: the right clips in the wrong places
for metrics of pairs (clips swapped across classes), noise for the others. PC, which is neither better nor worse, moves
in standard deviations over the reference clips (``spread``)."""

_ORDER = ("kl", "fd", "fad", "kad", "fd_inf", "is", "pq", "ce", "cu", "pc", "ms_clap", "la_clap", "ib", "ds")
_SIGNS: dict[str, Effect] = {"!": "worsens", "=": "still", ".": "open"}
_TABLE = {
    #                kl fd fad kad inf is pq ce cu pc ms la ib ds
    "noise_only":  " !  !  !   !   !   !  !  !  !  .  !  !  !  ! ",
    "swap_across": " !  =  =   =   =   =  =  =  =  =  !  !  !  ! ",
    "swap_within": " .  =  =   =   =   =  =  =  =  =  .  .  .  ! ",
    "time_shift":  " =  =  =   =   =   =  =  =  =  =  =  =  =  ! ",
    "added_noise": " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "band_limit":  " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "clipping":    " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "mp3":         " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "aac":         " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "opus":        " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "gain":        " .  .  .   .   .   .  .  .  .  =  =  =  =  = ",
    "music":       " !  !  !   !   !   .  .  .  .  !  !  !  !  . ",
    "dropouts":    " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "repetition":  " .  .  .   .   .   .  .  .  .  .  .  .  .  ! ",
    "decimation":  " .  !  !   !   !   .  !  !  !  .  .  .  .  . ",
    "truncation":  " .  !  !   !   !   .  .  .  .  .  .  .  .  . ",
    "gain_01":     " =  =  =   =   =   =  =  =  =  =  =  =  =  = ",
    "one_sample":  " =  =  =   =   =   =  =  =  =  =  =  =  =  = ",
    "round_trip":  " =  =  =   =   =   =  =  =  =  =  =  =  =  = ",
    "dither":      " =  =  =   =   =   =  =  =  =  =  =  =  =  = ",
    "mp3_320":     " =  =  =   =   =   =  =  =  =  =  =  =  =  = ",
}  # fmt: skip
EXPECTED: dict[str, dict[str, Effect]] = {
    corruption: {key: _SIGNS[sign] for key, sign in zip(_ORDER, signs.split(), strict=True)}
    for corruption, signs in _TABLE.items()
}
"""By corruption and metric. PC has no better and worse; "worsens" means that it rises, as music adds components."""

_CODED = (
    "The regressor was trained on a quantised spectrum, not on codecs: an edge between 7.0 and 7.4 kHz, where LAME "
    "cuts, costs 4 points, and one at 4 kHz next to none."
)
_FLOOR = "The log-mel of the bundled networks has a floor, and soft sounds 20 dB quieter sink into it; 12 dB pass."
_GRID = (
    "All onsets of FoleyWorld lie on multiples of 40 ms, where its frames begin, and the networks were trained on "
    "nothing else: sound 20 ms off that grid is another sound to them, though no one hears it. On the grid they "
    "stay."
)
KNOWN: dict[str, dict[tuple[str, str], str]] = {
    "foleyworld": {
        **{("mp3", key): _CODED for key in ("pq", "ce", "cu")},
        **{("opus", key): _CODED for key in ("pq", "ce", "cu")},
        **{("gain", key): _FLOOR for key in ("ib", "ds", "pc")},
        **{("time_shift", key): _GRID for key in METRICS if key != "ds"},
        ("swap_across", "is"): "IS is a mean over ten splits and depends on the order of clips where those are few.",
        ("swap_across", "fd_inf"): (
            "The line goes through parts of the set, whose clips are pairs no longer: with fewer clips a part than "
            "dimensions (128) it falls below zero."
        ),
    }
}
"""By encoder set, then by (corruption, metric): failures that were met, looked into and are documented."""


def worsening(key: str, value: float, reference: float) -> float:
    """How much worse a value is than that of the references, in the metric's unit; for PC, how much higher."""
    return reference - value if METRICS[key].direction == "higher" else value - reference


def known_failures(encoder_set: str) -> Mapping[tuple[str, str], str]:
    """Sentences of :data:`KNOWN`; none for encoders that nobody has looked at."""
    return KNOWN.get(encoder_set, {})
