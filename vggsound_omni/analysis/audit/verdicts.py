"""From values by severity to verdicts, each with a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

from vggsound_omni.metrics import Metric
from vggsound_omni.metrics.metric import Baseline, Effect
from vggsound_omni.stats.correlation import spearman
from vggsound_omni.stats.intervals import F64, LEVEL

from .corruptions import Kind
from .expectations import FALSE_ALARM, FOLLOWS, MOVED
from .outcomes import Cell, Treatment, Verdict, Yardstick, by_resamples

_Number = TypeVar("_Number", float, F64)
DRAWS = 2_000
"""Resamples of the items."""


def expected(metric: Metric, corruption: str, kind: Kind) -> Effect:
    """Returns what a metric must do under a corruption: as it says, else stay if nobody can hear it."""
    return metric.expect.get(corruption, "still" if kind == "inaudible" else "open")


def worsening(metric: Metric, value: _Number, reference: _Number) -> _Number:
    """Returns how much worse a value is than that of the references; if neither way is better, how much higher."""
    return reference - value if metric.better == "higher" else value - reference


def resampled(moves: Sequence[F64], spread: F64 | None, distance: float) -> F64 | None:
    """Returns bootstrap draws of the effects of one corruption at every severity, shape (draws, severities).

    Items are drawn with replacement, the same for the clip as it was, as it is and for the baseline.

    Args:
        moves: for each severity, (items,): how much worse each item's contribution became; NaN if it has none.
        spread: (items,): the same for the baseline that is the unit of effects; None if the unit is a standard
            deviation, which is taken as known.
        distance: the unit.

    Returns:
        None if fewer than two items have contributions.
    """
    columns = np.array([*moves, *([] if spread is None else [spread])])
    columns = columns[:, np.isfinite(columns).all(axis=0)]
    items = columns.shape[1]
    if items < 2:
        return None
    means = _shares(items) @ columns.T
    # A resample varies (n - 1) / n as much as a new sample would.
    means = columns.mean(axis=1) + (means - columns.mean(axis=1)) * np.sqrt(items / (items - 1))
    if spread is None:
        return means / distance
    unit = np.maximum(means[:, -1], 1e-3 * distance)  # a unit of no length says nothing
    effects: F64 = means[:, :-1] / unit[:, None]
    return effects


@lru_cache(maxsize=4)
def _shares(items: int) -> F64:
    """Returns the share of every item in each resample, (draws, items); the same for all cells."""
    shares: F64 = np.random.default_rng(0).multinomial(items, np.full(items, 1 / items), size=DRAWS) / items
    return shares


def yardstick(
    metric: Metric, reference: float, clips: Sequence[float], baselines: Mapping[Baseline, float]
) -> Yardstick:
    """Returns the unit of a metric's effects.

    Args:
        metric: which.
        reference: its value of the references.
        clips: its values of single references, if it has any.
        baselines: its values by baseline.
    """
    if metric.yardstick == "spread":
        return Yardstick(baseline="spread", reference=reference, distance=float(np.std(clips)))
    value = baselines[metric.yardstick]
    return Yardstick(
        baseline=metric.yardstick, reference=reference, value=value, distance=worsening(metric, value, reference)
    )


def judge(
    treatment: Treatment,
    metric: Metric,
    values: Sequence[float],
    unit: Yardstick,
    known: Mapping[tuple[str, str], str],
    *,
    draws: F64 | None,
) -> Cell:
    """Judges one metric under one corruption.

    A verdict needs the whole 95 % interval on one side of its threshold; otherwise it is "unsure".

    Args:
        treatment: the corruption.
        metric: which.
        values: by severity.
        unit: of the effects; its distance is above 0.
        known: failures that are documented, by corruption and metric.
        draws: of the effects, (draws, severities), from :func:`resampled`; None: the verdict is "unsure" unless the
            metric may do either.
    """
    effects = [worsening(metric, value, unit.reference) / unit.distance for value in values]
    effect = expected(metric, treatment.key, treatment.kind)
    follows = spearman(range(len(effects) + 1), [0.0, *effects])
    intervals = [] if draws is None else _intervals(draws, effects)
    title, last = metric.title, effects[-1]
    largest = max(effects, key=abs)
    of = "of the clips' spread" if unit.baseline == "spread" else f"of the way to {unit.baseline}"
    verdict: Verdict = "pass"
    if effect == "worsens":
        moved, steps = _moved(intervals), _follows(draws, follows)
        verdict = "fail" if "fail" in (moved, steps) else "pass" if moved == steps == "pass" else "unsure"
        if last < MOVED:
            sentence = f"{title} hardly reacts to {treatment.title}: at its worst {percent(last)} {of}."
        elif follows is None or follows < FOLLOWS:
            sentence = f"{title} does not follow {treatment.title}: Spearman {_signed(follows)} with severity."
        else:
            sentence = f"{title} follows {treatment.title} (Spearman {_signed(follows)}), {percent(last)} {of}."
    elif effect == "still":
        limit = MOVED if treatment.kind == "graded" else FALSE_ALARM
        verdict = _still(intervals, limit)
        if abs(largest) > limit:
            sentence = f"{title} moves under {treatment.title}, which it must not: {percent(largest)} {of}."
        else:
            sentence = f"{title} stays under {treatment.title}: {percent(largest)} {of} at most."
    else:
        sentence = f"{title} may move under {treatment.title}: {percent(last)} {of} at its worst."
    return Cell(
        corruption=treatment.key,
        metric=metric.key,
        expected=effect,
        values=list(values),
        effects=effects,
        intervals=intervals,
        spearman=follows,
        verdict=verdict,
        known=known.get((treatment.key, metric.key)) if verdict == "fail" else None,
        sentence=f"{sentence[:-1]} (too few items to be sure)." if verdict == "unsure" else sentence,
    )


def _intervals(draws: F64, effects: Sequence[float]) -> list[tuple[float, float]]:
    """Returns an interval for each severity; all hold at once with 95 % (Bonferroni)."""
    tail = (1 - LEVEL) / 2 / draws.shape[1]
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return [
        (float(min(one, effect)), float(max(other, effect)))
        for one, other, effect in zip(low, high, effects, strict=True)
    ]


def _moved(intervals: Sequence[tuple[float, float]]) -> Verdict:
    """Judges whether the worst severity moves a metric far enough."""
    if not intervals:
        return "unsure"
    low, high = intervals[-1]
    return "pass" if low >= MOVED else "fail" if high < MOVED else "unsure"


def _follows(draws: F64 | None, follows: float | None) -> Verdict:
    """Judges whether a metric follows severity, by the share of resamples in which it does."""
    if draws is None:
        return "unsure"
    if follows is None:
        return "fail"
    drawn = np.column_stack([np.zeros(len(draws)), draws])
    ranks = drawn.argsort(axis=1, kind="stable").argsort(axis=1)
    count = drawn.shape[1]
    apart = np.square(ranks - np.arange(count)).sum(axis=1)
    return by_resamples(float((1 - 6 * apart / (count * (count**2 - 1)) >= FOLLOWS).mean()))


def _still(intervals: Sequence[tuple[float, float]], limit: float) -> Verdict:
    """Judges whether a metric stays within a limit at every severity."""
    if not intervals:
        return "unsure"
    if any(low > limit or high < -limit for low, high in intervals):
        return "fail"
    return "pass" if all(-limit <= low and high <= limit for low, high in intervals) else "unsure"


def percent(effect: float) -> str:
    """Returns an effect in hundredths of the yardstick, with its sign."""
    return f"{100 * effect:+.0f} %"


def _signed(value: float | None) -> str:
    return "undefined" if value is None else f"{value:+.2f}"
