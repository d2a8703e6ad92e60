"""Onsets: does the sound begin when the picture shows that something happens?

These know no classes. They are about clips in which everything that sounds is a single act that the picture shows
(:func:`.hearing.shown`), since of nothing else could a generator know the moment, and without music, which has onsets
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from vggsound_omni.suites.suite import Truth

from .estimate import F64, Estimate, Floats, MetricError
from .hearing import mean_of, shown
from .matching import errors, matched
from .metric import STILL, WORSENS, Metric, Only, encoded, truth

NEAR = 0.05
"""Seconds within which an onset is right."""
FAR = 0.25
"""Seconds within which one is there, if late or early."""
LEAST = 0.3
"""Share of the onsets that must be there for their errors to say anything."""


def _timed(truth: Truth) -> bool:
    return bool(truth.events) and truth.music is None and all(one.discrete and shown(one) for one in truth.events)


TIMED = Only(_timed, "clips in which all that sounds are single acts that the picture shows")


def evaluate(heard: Floats, truths: Sequence[Truth], *, of_clip: Callable[[F64, F64], float]) -> Estimate:
    """Returns the mean over clips of a score of their onsets.

    Args:
        heard: onsets of the generated audio, (clips, onsets, 2): second and strength; rows of NaN are padding.
        truths: of these clips.
        of_clip: the score, from true and found onsets in seconds.

    Raises:
        MetricError: the onsets have another shape, or the metric applies to no clip.
    """
    if heard.ndim != 3 or heard.shape[2] != 2 or len(heard) != len(truths):
        raise MetricError(f"The onsets heard have the shape {heard.shape}; ({len(truths)} clips, onsets, 2) is needed.")
    scores = [
        of_clip(np.array([event.onset for event in truth.events]), rows[~np.isnan(rows[:, 0]), 0].astype(np.float64))
        if _timed(truth)
        else np.nan
        for rows, truth in zip(heard, truths, strict=True)
    ]
    return mean_of(np.array(scores, np.float64), TIMED)


def hits(true: F64, found: F64) -> float:
    """Returns the share of true onsets that are found within 50 ms."""
    return matched(true, found, NEAR) / len(true)


def onset_f1(true: F64, found: F64) -> float:
    """Returns the harmonic mean of the share of true onsets that are found and that of found ones that are true."""
    return 2 * matched(true, found, NEAR) / (len(true) + len(found))


def timing(true: F64, found: F64) -> float:
    """Returns the median error in ms of the onsets that are there within 250 ms; 250 if fewer than 30 % are.

    Errors are rounded to the microsecond, as found onsets are held in single precision.
    """
    off = errors(true, found, FAR).round(6)
    return 1000 * (float(np.median(off)) if len(off) >= LEAST * len(true) else FAR)


HITS = Metric(
    key="hits",
    title="Hits",
    unit="share",
    better="higher",
    per_item=True,
    summary="Of the moments at which something happens, at how many does a sound begin?",
    needs=(encoded("ear", "onsets", "generated"), truth()),
    compute=partial(evaluate, of_clip=hits),
    bounds=(0.0, 1.0),
    with_video=True,
    only=TIMED,
    expect={"noise_only": WORSENS, "swap_across": WORSENS, "time_shift": WORSENS, "truncation": WORSENS, "gain": STILL},
)
ONSET_F1 = replace(
    HITS,
    key="onset_f1",
    title="Onset F1",
    unit="F1",
    summary="Do sounds begin at the moments at which something happens, and at no others?",
    compute=partial(evaluate, of_clip=onset_f1),
)
TIMING = replace(
    HITS,
    key="timing",
    title="Timing",
    unit="ms",
    better="lower",
    summary="By how much are sounds early or late?",
    compute=partial(evaluate, of_clip=timing),
    bounds=(0.0, 1000 * FAR),
    expect={"noise_only": WORSENS, "time_shift": WORSENS, "gain": STILL},
)
