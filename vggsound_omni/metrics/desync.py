"""DeSync: by how many seconds are sound and picture apart?

A synchroniser of Synchformer's kind gives windows of a clip (4.8 s each, the first and the last) a logit for each of a
number of offsets from -2 to 2 s. A clip's score is the mean over its windows of |the likeliest offset|: argmax, not
expectation, as av-benchmark. The range is 0 to 2 s, in steps of half of what the encoder tells apart:

* Synchformer has 21 classes 0.2 s apart; uniform guessing gives 1.05 s.
* The bundled synchroniser has 101 lags 0.04 s apart; uniform guessing gives 1.01 s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .estimate import F64, Estimate, MetricError, mean_of_clips
from .metric import STILL, WORSENS, Metric, Offsets, compared
from .validation import Features, checked

OFFSETS = tuple(round(-2 + 0.2 * i, 1) for i in range(21))
"""Seconds of Synchformer's classes, in ascending order. Every encoder says its own."""


def validate(logits: Features, offsets: Sequence[float]) -> F64:
    """The logits in float64.

    Raises:
        MetricError: not finite, no clips, clips too short for a window, or another number of classes than of offsets.
    """
    if np.ndim(logits) == 3 and np.shape(logits)[1] == 0:
        raise MetricError("DS needs clips of at least 4.8 s; these are too short for a window.")
    array = checked(logits, "synchroniser's logits", ("clips", "windows", "classes"))
    if array.shape[2] != len(offsets):
        raise MetricError(f"The synchroniser's logits have {array.shape[2]} classes for {len(offsets)} offsets.")
    return array


def signed(logits: F64, offsets: Sequence[float]) -> F64:
    """Offset of the likeliest class in seconds, (clips, windows); positive: the sound is late."""
    return np.asarray(offsets, np.float64)[logits.argmax(axis=-1)]


def per_clip(logits: F64, offsets: Sequence[float]) -> F64:
    """Mean |offset| of each clip's windows, in seconds."""
    return np.abs(signed(logits, offsets)).mean(axis=1)


def evaluate(logits: Features, offsets: Sequence[float] = OFFSETS) -> Estimate:
    """Mean over clips, in seconds.

    Args:
        logits: (clips, windows, classes) of generated sound against the picture.
        offsets: seconds that each logit stands for, of the encoder that gave them.

    Returns:
        The estimate; fact ``signed``: the mean offset in seconds, positive where the sound is late.

    Raises:
        MetricError: see :func:`validate`.
    """
    array = validate(logits, offsets)
    undecided = int((np.ptp(array, axis=2) == 0).any(axis=1).sum())
    return mean_of_clips(
        per_clip(array, offsets),
        warnings=(f"The synchroniser's logits are constant for {undecided} of {len(array)} clips.",)
        if undecided
        else (),
        facts={"signed": float(signed(array, offsets).mean())},
    )


def _of_offsets(found: Offsets) -> Estimate:
    return evaluate(found.logits, found.seconds)


DS = Metric(
    key="ds",
    title="DS",
    unit="s",
    better="lower",
    per_item=True,
    summary="By how much are sound and picture apart in time?",
    needs=(compared("ds"),),
    compute=_of_offsets,
    bounds=(0.0, 2.0),
    yardstick="shuffled",
    # It alone hears time, and every 40 ms of it.
    expect={
        **dict.fromkeys(("noise_only", "swap_across", "swap_within", "time_shift", "repetition"), WORSENS),
        "gain": STILL,
    },
)
