"""From values by severity to verdicts, each with a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vggsound_omni.metrics import Metric
from vggsound_omni.metrics.metric import Baseline, Effect
from vggsound_omni.stats.correlation import spearman

from .corruptions import Kind
from .expectations import FALSE_ALARM, FOLLOWS, MOVED
from .outcomes import Cell, Treatment, Verdict, Yardstick


def expected(metric: Metric, corruption: str, kind: Kind) -> Effect:
    """Returns what a metric must do under a corruption: as it says, else stay if nobody can hear it."""
    return metric.expect.get(corruption, "still" if kind == "inaudible" else "open")


def worsening(metric: Metric, value: float, reference: float) -> float:
    """Returns how much worse a value is than that of the references; if neither way is better, how much higher."""
    return reference - value if metric.better == "higher" else value - reference


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
) -> Cell:
    """Judges one metric under one corruption.

    Args:
        treatment: the corruption.
        metric: which.
        values: by severity.
        unit: of the effects; its distance is above 0.
        known: failures that are documented, by corruption and metric.
    """
    effects = [worsening(metric, value, unit.reference) / unit.distance for value in values]
    effect = expected(metric, treatment.key, treatment.kind)
    follows = spearman(range(len(effects) + 1), [0.0, *effects])
    title, last = metric.title, effects[-1]
    largest = max(effects, key=abs)
    of = "of the clips' spread" if unit.baseline == "spread" else f"of the way to {unit.baseline}"
    verdict: Verdict = "pass"
    if effect == "worsens":
        if last < MOVED:
            verdict = "fail"
            sentence = f"{title} hardly reacts to {treatment.title}: at its worst {percent(last)} {of}."
        elif follows is None or follows < FOLLOWS:
            verdict = "fail"
            sentence = f"{title} does not follow {treatment.title}: Spearman {_signed(follows)} with severity."
        else:
            sentence = f"{title} follows {treatment.title} (Spearman {_signed(follows)}), {percent(last)} {of}."
    elif effect == "still":
        limit = MOVED if treatment.kind == "graded" else FALSE_ALARM
        if abs(largest) > limit:
            verdict = "fail"
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
        spearman=follows,
        verdict=verdict,
        known=known.get((treatment.key, metric.key)) if verdict == "fail" else None,
        sentence=sentence,
    )


def percent(effect: float) -> str:
    """Returns an effect in hundredths of the yardstick, with its sign."""
    return f"{100 * effect:+.0f} %"


def _signed(value: float | None) -> str:
    return "undefined" if value is None else f"{value:+.2f}"
