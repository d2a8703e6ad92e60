"""Do metrics agree with people? Kendall's tau-b and Pearson's correlation with human scores, with intervals.

Signs are chosen so that 1 is full agreement whichever way is better. There are three levels:

* system: does the metric order systems as people do, on the items they rated? For every metric.
* clip: does it order clips as people do, whichever system made them? For metrics that score single clips.
* clip within system: the same among the clips of each system, averaged over systems, so that differences between
  systems do not count.

Intervals are percentiles of a bootstrap over items: an item is drawn with all its clips. At system level they are about
other items with the same systems; with ten systems or more, systems are drawn too, and they are about other systems.
Below ten, those of Pearson's coefficient hold the truth too rarely (40 to 95 % of simulations), and those of tau only
if the items tell the systems apart (94 to 100 %, of 3 to 5 systems), so there are no others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.metrics import metric_of, title_of
from vggsound_omni.stats.correlation import kendall_tau_b, pearson
from vggsound_omni.stats.intervals import F64

from .human_scores import HumanScores
from .systems import Measure, System

DRAWS = 1_000
MANY_SYSTEMS = 10
"""From this number on, systems are resampled too."""
RELIABLE = 0.9
"""Share of the variance between the systems' means that must not be the items', or few systems have no interval."""
_FEW_SYSTEMS = "The interval of tau is over items alone; of so few systems, Pearson's has none that holds."
_NOISY = "No interval that holds: too few items to tell so few systems apart."
_ENOUGH = 0.9
"""Share of resamples that must have a value, or there is no interval."""
Level = Literal["system", "clip", "clip within system"]


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """One coefficient."""

    value: float
    interval: tuple[float, float] | None  # 95 %; None if too many resamples have no value


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How one metric agrees with people, at one level."""

    key: str
    title: str
    level: Level
    n: int  # systems, or clips
    kendall: Correlation | None  # None, as Pearson's, if there is nothing to correlate
    pearson: Correlation | None
    reason: str | None  # why there is no value, or what a reader must know of it


@dataclass(frozen=True, kw_only=True)
class Agreements:
    """How all metrics agree with people."""

    rows: tuple[Agreement, ...]
    systems: tuple[str, ...]  # those with human scores
    remarks: tuple[str, ...]  # what was left out, a sentence each


@dataclass(frozen=True, kw_only=True, eq=False)
class _Table:
    """(items, systems), NaN where there is no score."""

    metric: F64
    human: F64

    def drawn(self, items: NDArray[np.integer[Any]], systems: NDArray[np.integer[Any]]) -> _Table:
        where = np.ix_(items, systems)
        return _Table(metric=self.metric[where], human=self.human[where])


def agree(systems: Sequence[System], human: HumanScores, rng: np.random.Generator, *, draws: int = DRAWS) -> Agreements:
    """Correlates every metric with human scores.

    Args:
        systems: those without human scores are left out, and named.
        human: names models as the systems are named, or by the model string if only one system has it.
        rng: draws the resamples.
        draws: number of resamples.

    Raises:
        UserError: no model or no item of the human scores is among the systems'.
    """
    matched = _match(systems, human)
    rated = [(system, human.scores[name]) for name, system in matched.items()]
    keys = dict.fromkeys(key for system, _ in rated for key in system.measures)
    everything = {item_id for system, _ in rated for measure in system.measures.values() for item_id in measure.ids}
    if not everything & {item_id for _, scores in rated for item_id in scores}:
        raise UserError("No id of the human scores is an item of the runs.")
    rows: list[Agreement] = []
    for key in keys:
        having = [(system.measures[key], scores) for system, scores in rated if key in system.measures]
        rows += _agreements(key, having, rng, draws)
    return Agreements(
        rows=tuple(rows),
        systems=tuple(system.name for system, _ in rated),
        remarks=tuple(_remarks(systems, human, matched, everything)),
    )


def _match(systems: Sequence[System], human: HumanScores) -> dict[str, System]:
    """Returns systems by the name that the human scores give them."""
    by_model = {
        system.model: system for system in systems if sum(other.model == system.model for other in systems) == 1
    }
    known = by_model | {system.name: system for system in systems}
    matched = {name: known[name] for name in human.scores if name in known}
    if not matched:
        raise unknown_name("model in the human scores", next(iter(human.scores)), known)
    return matched


def _remarks(
    systems: Sequence[System], human: HumanScores, matched: dict[str, System], everything: set[str]
) -> Iterator[str]:
    if unknown := [name for name in human.scores if name not in matched]:
        yield f"Scored by people, but no run was given: {', '.join(unknown)}."
    names = {system.name for system in matched.values()}
    if unrated := [system.name for system in systems if system.name not in names]:
        yield f"Runs without human scores, left out: {', '.join(unrated)}."
    lost = sum(item_id not in everything for name in matched for item_id in human.scores[name])
    if lost:
        yield f"{lost} of {human.clips} clips with human scores are not among the scored items, left out."


def _agreements(
    key: str, having: Sequence[tuple[Measure, Mapping[str, float]]], rng: np.random.Generator, draws: int
) -> Iterator[Agreement]:
    info = metric_of(key)
    table = _table(having, -1.0 if info and info.better == "lower" else 1.0)
    known = np.isfinite(table.metric)
    systems = int(known.any(axis=0).sum())
    title = title_of(key)
    if systems < 3:
        none = f"{systems} system{'s' * (systems != 1)} with human scores; an order takes at least 3."
        yield Agreement(key=key, title=title, level="system", n=systems, kendall=None, pearson=None, reason=none)
    levels: dict[Level, int] = {"system": systems} if systems >= 3 else {}
    if info is None or info.per_item:
        levels["clip"] = int(known.sum())
        if systems > 1:
            levels["clip within system"] = int(known.sum())
    for level, n in levels.items():
        over_systems = level == "system" and systems >= MANY_SYSTEMS
        values = _resampled(level, table, rng, draws, over_systems=over_systems)
        reason = None
        tau, r = (_correlation(column) for column in values.T)
        if not np.isfinite(values[0]).all():
            reason = "One of the two scores is the same throughout."
        elif level == "system" and not over_systems and tau and r:
            r, reason = replace(r, interval=None), _FEW_SYSTEMS
            if min(_reliability(table.metric), _reliability(table.human)) < RELIABLE:
                tau, reason = replace(tau, interval=None), _NOISY
        yield Agreement(key=key, title=title, level=level, n=n, kendall=tau, pearson=r, reason=reason)


def _reliability(scores: F64) -> float:
    """Returns the share of the variance of the systems' means, (items, systems), that is not sampling of the items."""
    scores = scores[:, np.isfinite(scores).any(axis=0)]
    counts = np.isfinite(scores).sum(axis=0)
    centred = scores - np.nanmean(scores, axis=1, keepdims=True)  # an item that is hard for all moves no system
    means = np.nansum(centred, axis=0) / counts
    residuals = np.nansum(np.square(centred - means))
    freedom = max(int(counts.sum()) - len(scores) - len(counts) + 1, 1)
    noise, between = float(residuals) / freedom * float(np.mean(1 / counts)), float(means.var(ddof=1))
    return 1 - noise / between if between > 0 else 0.0


def _table(having: Sequence[tuple[Measure, Mapping[str, float]]], sign: float) -> _Table:
    """Returns the clips that have both scores."""
    ids = sorted({item_id for measure, scores in having for item_id in measure.ids if item_id in scores})
    row = {item_id: index for index, item_id in enumerate(ids)}
    table = _Table(metric=np.full((len(ids), len(having)), np.nan), human=np.full((len(ids), len(having)), np.nan))
    for column, (measure, scores) in enumerate(having):
        for item_id, contribution in zip(measure.ids, measure.contributions, strict=True):
            if item_id in scores:
                table.metric[row[item_id], column] = sign * (contribution - (measure.bias or 0.0))
                table.human[row[item_id], column] = scores[item_id]
    return table


def _resampled(level: Level, table: _Table, rng: np.random.Generator, draws: int, *, over_systems: bool) -> F64:
    """Returns (1 + draws, 2): both coefficients of the table, then of each resample."""
    found = [_coefficients(level, table)]
    items, systems = table.metric.shape
    for _ in range(draws):
        rows = rng.integers(0, items, (items,))
        columns = rng.integers(0, systems, (systems,)) if over_systems else np.arange(systems)
        found.append(_coefficients(level, table.drawn(rows, columns)))
    return np.array(found)


def _correlation(values: F64) -> Correlation | None:
    """Returns a coefficient from its value and its resamples, of which those without a value are ignored."""
    if not math.isfinite(values[0]):
        return None
    drawn = values[1:][np.isfinite(values[1:])]
    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) >= _ENOUGH * len(values[1:]) else (math.nan, math.nan)
    interval = None if math.isnan(low) else (float(low), float(high))
    return Correlation(value=float(values[0]), interval=interval)


def _coefficients(level: Level, table: _Table) -> tuple[float, float]:
    """Returns Kendall's and Pearson's coefficients, NaN if undefined."""
    known = np.isfinite(table.metric)
    if level == "clip":
        return _both(table.metric[known], table.human[known])
    if level == "clip within system":
        each = [_both(m[k], h[k]) for m, h, k in zip(table.metric.T, table.human.T, known.T, strict=True)]
        whole = np.array([pair for pair in each if math.isfinite(pair[0])]).reshape(-1, 2)
        return (float(whole[:, 0].mean()), float(whole[:, 1].mean())) if len(whole) else (math.nan, math.nan)
    columns = known.any(axis=0)
    counts = known[:, columns].sum(axis=0)
    means = (np.nansum(side[:, columns], axis=0) / counts for side in (table.metric, table.human))
    return _both(*means)


def _both(x: F64, y: F64) -> tuple[float, float]:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan, math.nan
    return kendall_tau_b(x, y), pearson(x, y)
