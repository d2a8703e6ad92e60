"""Sums up a study: each way of training on each track, and differences between two of them, with intervals.

An interval covers what other items and what other trainings would have given. Its half-width is the root of the sum
of squares of two: that of the mean over S seeds (Student's, with S - 1 degrees of freedom), and that of the mean over n
items, each averaged over the seeds (with n - 1). Each part recovers its variance from its own interval (Zou and Donner,
"Construction of Confidence Limits about Effect Measures", 2008). In simulations with three seeds it covers 94 to 97 of
100; one Student's interval with Satterthwaite's degrees of freedom covers 92.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vggsound_omni.analysis.compare.systems import Measure, System, systems
from vggsound_omni.metrics import metric_of
from vggsound_omni.runs.result import Result
from vggsound_omni.stats.intervals import Bounds, quantile, standard_error, within

from .arms import ARMS
from .evaluate import Run

F64 = npt.NDArray[np.float64]
_FEWEST_ITEMS = 2


@dataclass(frozen=True, kw_only=True)
class Number:
    """An estimate, with its 95 % interval over seeds and items."""

    estimate: float
    low: float
    high: float
    seeds: int
    items: int


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The finished runs of a study: one system for each way of training and track, and one for each of its seeds."""

    together: Mapping[tuple[str, str], System]  # by arm or baseline, and track
    single: Mapping[tuple[str, str], Sequence[System]]  # its seeds, in order

    def metrics(self, track: str) -> list[str]:
        """Returns the metrics that every way of training has on a track, in the order of tables."""
        names = [name for name, other in self.together if other == track and name in ARMS]
        keys = self.together[names[0], track].measures if names else ()
        return [key for key in keys if all(self._measure(name, track, key) for name in names)]

    def number(self, name: str, track: str, key: str) -> Number | None:
        """Returns what a way of training scores; None if it was not run there, or has no such score."""
        measure = self._measure(name, track, key)
        if measure is None:
            return None
        contributions, per_seed = measure.contributions, self._per_seed(name, track, key, measure.ids)
        metric = metric_of(key)
        least, most = metric.bounds if metric else (None, None)
        bounds = (least if measure.floor is None else measure.floor, most)
        return _number(contributions, measure.bias or 0.0, per_seed, bounds)

    def alike(self, name: str, other: str, track: str) -> bool:
        """Returns whether two ways of training are evaluated on a track, with the same seeds."""
        one, two = self.together.get((name, track)), self.together.get((other, track))
        return one is not None and two is not None and one.seeds == two.seeds

    def difference(self, name: str, other: str, track: str, key: str) -> Number | None:
        """Returns how much better ``name`` scores than ``other``, in the metric's unit; None if it is not known.

        Seeds and items are paired: a seed's models share stage 1 and the order of examples.
        """
        one, two = self._measure(name, track, key), self._measure(other, track, key)
        metric = metric_of(key)
        if one is None or two is None or metric is None or not self.alike(name, other, track):
            return None
        ids = sorted(set(one.ids) & set(two.ids))
        if len(ids) < _FEWEST_ITEMS:
            return None
        sign = 1.0 if metric.better == "higher" else -1.0
        contributions = sign * (one.at(ids) - two.at(ids))
        ours, theirs = (self._per_seed(arm, track, key, ids) for arm in (name, other))
        per_seed = [sign * (a - b) for a, b in zip(ours, theirs, strict=True)]
        return _number(contributions, sign * ((one.bias or 0.0) - (two.bias or 0.0)), per_seed)

    def _measure(self, name: str, track: str, key: str) -> Measure | None:
        system = self.together.get((name, track))
        measure = system.measures.get(key) if system is not None else None
        return measure if measure is not None and len(measure.ids) >= _FEWEST_ITEMS else None

    def _per_seed(self, name: str, track: str, key: str, ids: Sequence[str]) -> list[float]:
        """Returns the estimate of each seed on some of the items."""
        measures = [system.measures[key] for system in self.single[name, track]]
        return [float(one.at(ids).mean()) - (one.bias or 0.0) for one in measures]


def summary(finished: Iterable[tuple[Run, Result]]) -> Summary:
    """Groups results by way of training and track."""
    grouped: dict[tuple[str, str], list[Result]] = {}
    for run, result in finished:
        grouped.setdefault((run.system, result.track), []).append(_named(run, result))
    return Summary(
        together={key: systems(found)[0] for key, found in grouped.items()},
        single={key: [systems([one])[0] for one in found] for key, found in grouped.items()},
    )


def _named(run: Run, result: Result) -> Result:
    """Returns a result as one of its way of training: seeds are those of the training, versions are alike."""
    card: dict[str, Any] = result.model.get("card") or {}
    model = {**result.model, "label": run.system, "arguments": {}, "card": {**card, "version": "study"}}
    return result.model_copy(update={"model": model, "seed": run.seed or 0})


def _number(contributions: F64, bias: float, per_seed: Sequence[float], bounds: Bounds = (None, None)) -> Number:
    """Returns the estimate and its interval, within the range of what is measured."""
    count, seeds = len(contributions), len(per_seed)
    of_items = quantile(count - 1) * standard_error(contributions)
    of_seeds = quantile(seeds - 1) * standard_error(np.array(per_seed)) if seeds > 1 else 0.0
    half = float(np.hypot(of_items, of_seeds))
    estimate = float(contributions.mean()) - bias
    shown = estimate if bounds[0] is None else max(estimate, bounds[0])
    low, high = within((estimate - half, estimate + half), shown, bounds)
    return Number(estimate=shown, low=low, high=high, seeds=seeds, items=count)
