"""From values by severity to verdicts, each with a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vggsound_omni.metrics.catalogue import METRICS

from .expectations import EXPECTED, FALSE_ALARM, FOLLOWS, MOVED, YARDSTICKS, Baseline, worsening
from .outcomes import Cell, Treatment, Verdict, Yardstick


def yardstick(key: str, reference: float, clips: Sequence[float], baselines: Mapping[Baseline, float]) -> Yardstick:
    """The unit of a metric's effects.

    Args:
        key: of the metric.
        reference: its value of the references.
        clips: its values of single references, where it has any.
        baselines: its values by baseline.
    """
    baseline = YARDSTICKS[key]
    if baseline == "spread":
        return Yardstick(baseline=baseline, reference=reference, distance=float(np.std(clips)))
    return Yardstick(
        baseline=baseline,
        reference=reference,
        value=baselines[baseline],
        distance=worsening(key, baselines[baseline], reference),
    )


def judge(
    treatment: Treatment, key: str, values: Sequence[float], unit: Yardstick, known: Mapping[tuple[str, str], str]
) -> Cell:
    """One metric under one corruption.

    Args:
        treatment: the corruption.
        key: of the metric.
        values: by severity.
        unit: of the effects; its distance is above 0.
        known: failures that are documented, by corruption and metric.
    """
    effects = [worsening(key, value, unit.reference) / unit.distance for value in values]
    expected = EXPECTED[treatment.key][key]
    follows = spearman(range(len(effects) + 1), [0.0, *effects])
    title, last = METRICS[key].title, effects[-1]
    largest = max(effects, key=abs)
    of = "of the clips' spread" if unit.baseline == "spread" else f"of the way to {unit.baseline}"
    verdict: Verdict = "pass"
    if expected == "worsens":
        if last < MOVED:
            verdict = "fail"
            sentence = f"{title} hardly sees {treatment.title}: at its worst {percent(last)} {of}."
        elif follows is None or follows < FOLLOWS:
            verdict = "fail"
            sentence = f"{title} does not follow {treatment.title}: Spearman {_signed(follows)} with severity."
        else:
            sentence = f"{title} follows {treatment.title} (Spearman {_signed(follows)}), {percent(last)} {of}."
    elif expected == "still":
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
        metric=key,
        expected=expected,
        values=list(values),
        effects=effects,
        spearman=follows,
        verdict=verdict,
        known=known.get((treatment.key, key)) if verdict == "fail" else None,
        sentence=sentence,
    )


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Rank correlation; None where one of the two does not vary."""
    from scipy.stats import spearmanr

    if np.ptp(np.asarray(x)) == 0 or np.ptp(np.asarray(y)) == 0:
        return None
    return round(float(spearmanr(x, y).statistic), 9)  # 0.8 must not come out as 0.7999999999999999


def percent(effect: float) -> str:
    """An effect in hundredths of the yardstick, with its sign."""
    return f"{100 * effect:+.0f} %"


def _signed(value: float | None) -> str:
    return "undefined" if value is None else f"{value:+.2f}"
