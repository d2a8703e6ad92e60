"""DeSync: how many seconds are sound and picture out of sync?

A synchroniser such as Synchformer takes two windows of a clip (the first and the last 4.8 s) and gives a logit to each
of several offsets from -2 to 2 s. A clip's score is the mean of |likeliest offset| over its windows: the argmax, not
the expectation, as in av-benchmark. The range is 0 to 2 s, in steps of half the spacing of the encoder's offsets:

* Synchformer has 21 classes, 0.2 s apart; uniform guessing gives 1.05 s.
* The bundled synchroniser has 101 lags, 0.04 s apart; uniform guessing gives 1.01 s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .estimate import F64, Estimate, MetricError, mean_of_clips
from .metric import STILL, WORSENS, Metric, Offsets, compared
from .validation import Features, checked

# Synchformer's classes in seconds, ascending. Other encoders have their own.
OFFSETS = tuple(round(-2 + 0.2 * i, 1) for i in range(21))


def validate(logits: Features, offsets: Sequence[float]) -> F64:
    """Returns the logits in float64.

    Raises:
        MetricError: there are no clips, a logit is not finite, the clips are too short for a window, or the number of
            classes is not that of ``offsets``.
    """
    if np.ndim(logits) == 3 and np.shape(logits)[1] == 0:
        raise MetricError("DS needs clips of at least 4.8 s; these are too short for a window.")
    array = checked(logits, "synchroniser's logits", ("clips", "windows", "classes"))
    if array.shape[2] != len(offsets):
        raise MetricError(f"The synchroniser's logits have {array.shape[2]} classes for {len(offsets)} offsets.")
    return array


def signed(logits: F64, offsets: Sequence[float]) -> F64:
    """Returns the offset of the likeliest class in seconds, (clips, windows); positive means the sound is late."""
    return np.asarray(offsets, np.float64)[logits.argmax(axis=-1)]


def per_clip(logits: F64, offsets: Sequence[float]) -> F64:
    """Returns the mean |offset| over each clip's windows, in seconds."""
    return np.abs(signed(logits, offsets)).mean(axis=1)


def evaluate(logits: Features, offsets: Sequence[float] = OFFSETS) -> Estimate:
    """Returns the mean over clips, in seconds.

    Args:
        logits: (clips, windows, classes), of the generated sound against the picture.
        offsets: the offset in seconds that each class means, from the encoder.

    Returns:
        The estimate. Its fact ``signed`` is the mean offset in seconds, positive if the sound is late.

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
    summary="How far are sound and picture out of sync?",
    needs=(compared("ds"),),
    compute=_of_offsets,
    fewest=60,  # of a system that is far off in 5 % of its clips, fewer may well show none
    bounds=(0.0, 2.0),
    attacked=frozenset({"foleyworld"}),
    yardstick="shuffled",
    # The only metric that measures timing, to 40 ms.
    expect={
        **dict.fromkeys(("noise_only", "swap_across", "swap_within", "time_shift", "repetition"), WORSENS),
        "gain": STILL,
    },
)
