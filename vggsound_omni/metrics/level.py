"""Level: is what is off screen as loud as it should be beside what is on screen, and music beside the scene?

The level of a source is the mean power of its events; levels of several sources add as powers. Only differences
within a clip count, so loudness as a whole does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from vggsound_omni.suites.suite import Truth

from .hearing import MUSIC, Clip, score, shown
from .metric import STILL, WORSENS, Metric, Only, tagged, truth

MOST = 20.0
"""dB: the largest error, and that of a clip in which one of the two is not heard."""


def _two(truth: Truth) -> bool:
    return bool(truth.events) and (truth.music is not None or len(set(map(shown, truth.events))) == 2)


TWO = Only(_two, "clips with sound off screen and on screen, or with music and a scene")


def level(clip: Clip) -> float:
    """Returns the error in dB, the mean of the two if a clip has music and sound off screen."""
    on = [name for name, events in clip.wanted.items() if all(map(shown, events))]
    off = [name for name, events in clip.wanted.items() if not any(map(shown, events))]
    found = [_error(clip, off, on, _sum(_true(clip, off)) - _sum(_true(clip, on)))] if on and off else []
    if clip.music is not None and clip.wanted:
        found.append(_error(clip, [MUSIC], list(clip.wanted), clip.music.level_db))
    return float(np.mean(found)) if found else np.nan


def _error(clip: Clip, names: Sequence[str], others: Sequence[str], wanted: float) -> float:
    if any(name not in clip.heard for name in (*names, *others)):
        return MOST
    heard = _sum(_heard(clip, names)) - _sum(_heard(clip, others))
    return min(MOST, abs(heard - wanted))


def _true(clip: Clip, names: Sequence[str]) -> list[float]:
    return [float(_mean([event.level_db for event in clip.wanted[name]])) for name in names]


def _heard(clip: Clip, names: Sequence[str]) -> list[float]:
    return [_mean(clip.heard[name][:, 2].tolist()) for name in names]


def _mean(levels: Sequence[float]) -> float:
    return _sum(levels) - float(10 * np.log10(len(levels)))


def _sum(levels: Sequence[float]) -> float:
    return float(10 * np.log10(np.sum(10 ** (np.asarray(levels) / 10))))


LEVEL = Metric(
    key="level",
    title="Level",
    unit="dB",
    better="lower",
    per_item=True,
    summary="By how much is sound off screen, or music, too loud or too soft beside the rest?",
    needs=(tagged("ear", "events", "generated"), truth()),
    compute=partial(score, of_clip=level, only=TWO),
    bounds=(0.0, MOST),
    only=TWO,
    expect={"noise_only": WORSENS, "swap_across": WORSENS, "gain": STILL},
)
