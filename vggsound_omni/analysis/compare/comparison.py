"""Every pair of systems on every metric: difference, interval, tests, effect sizes; then one correction over all.

The family of hypotheses is the whole table, all metrics and pairs: the chance of claiming any difference between
systems that do not differ is at most 5 % (Holm). The sign-flip test decides; Wilcoxon's p-value is given beside it.
Each interval is a 95 % interval by itself.

Fréchet distances are biased upward by few items, and for one system more than for another. Differences are of values
less that bias, and two systems count as different only if they do both with the bias and without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.metrics import Metric, metric_of, title_of
from vggsound_omni.stats import paired
from vggsound_omni.stats.intervals import F64, by_influence
from vggsound_omni.stats.paired import LEVEL
from vggsound_omni.stats.ranks import Rank, rank

from .systems import System

_ROUNDING = 1e-12
"""Differences up to this, relative to the largest contribution, are rounding."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two systems on one metric, over the items that both have."""

    first: str
    second: str
    n: int
    left_out: int  # count of items that only one of the two has
    difference: float  # first minus second, in the unit of the metric, less ``bias``
    interval: tuple[float, float] | None  # 95 %; None for a single item
    p_value: float  # of the sign-flip test, before correction
    p_wilcoxon: float | None  # of Wilcoxon's test, before correction; None for metrics of the set
    p_adjusted: float  # the sign-flip test's, after Holm's correction over the table
    standardised: float | None  # mean over standard deviation of the items' differences; None if they do not vary
    rank_biserial: float | None  # from 1, the first is higher on all items, to -1; None for metrics of the set
    share_higher: float | None  # of items on which the first is higher, ties as halves; None for metrics of the set
    bias: float | None  # small-sample bias of the difference of the values; None if both are unbiased

    @property
    def apart(self) -> bool:
        """Whether the two are shown to differ."""
        return self.p_adjusted <= LEVEL


@dataclass(frozen=True, kw_only=True)
class MetricComparison:
    """One metric of a table."""

    key: str
    title: str
    unit: str
    direction: Literal["higher", "lower"] | None
    values: Mapping[str, float]
    """By system, as in results, in the order of the values less their bias: the best first, or the highest if neither
    way is better. Systems without a value are missing."""
    absent: Mapping[str, str]  # why a system has no value, by system
    seed_shares: Mapping[str, float]  # share of the variance of single scores between seeds, by system with several
    pairs: tuple[Pair, ...]  # all of them, the better value first
    ranks: Mapping[str, Rank]  # by system; from high to low if neither way is better

    def pair(self, one: str, other: str) -> Pair:
        """Returns the pair of two systems, in either order."""
        return next(pair for pair in self.pairs if {pair.first, pair.second} == {one, other})


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A table of systems by metrics, tested as one family."""

    systems: tuple[System, ...]
    metrics: tuple[MetricComparison, ...]  # those that at least two systems have
    not_compared: Mapping[str, str]  # why the others are not compared, by metric key

    @property
    def hypotheses(self) -> int:
        """The number of tests that Holm's correction covers."""
        return sum(len(metric.pairs) for metric in self.metrics)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Hypothesis:
    key: str
    pair: Pair
    ids: tuple[str, ...]
    differences: F64  # (items, 1 or 2): of the contributions, less the bias if there is one, then as they are


def compare(systems: Sequence[System], rng: np.random.Generator) -> Comparison:
    """Compares all pairs of systems on every metric that two of them have.

    Args:
        systems: of distinct names.
        rng: draws the sign patterns of more than 14 items.

    Raises:
        UserError: fewer than two systems, two without a common item, or no metric that two of them have.
    """
    if len(systems) < 2:
        runs = f", in {len(systems[0].seeds)} runs" if systems and len(systems[0].seeds) > 1 else ""
        hint = " To compare the runs themselves, add --each-run." if runs else ""
        raise UserError(f"A comparison needs two systems or more; there is {len(systems)}{runs}.{hint}")
    keys = dict.fromkeys(key for system in systems for key in [*system.measures, *system.absent])
    having = {key: _ordered(key, systems) for key in keys}
    hypotheses = [
        _hypothesis(key, first, second) for key, members in having.items() for first, second in combinations(members, 2)
    ]
    if not hypotheses:
        raise UserError("No metric has a value in two of the systems, so there is nothing to compare.")
    tested = _test(hypotheses, rng)
    return Comparison(
        systems=tuple(systems),
        metrics=tuple(
            _metric(key, systems, members, [pair for found, pair in tested if found == key])
            for key, members in having.items()
            if len(members) > 1
        ),
        not_compared={
            key: next((s.absent[key] for s in systems if key in s.absent), "Only one system has it.")
            for key, members in having.items()
            if len(members) < 2
        },
    )


def _ordered(key: str, systems: Sequence[System]) -> list[System]:
    """Returns the systems that have a metric, the best value first; equals stay in the order given."""
    sign = 1.0 if _better(metric_of(key)) == "lower" else -1.0
    return sorted((s for s in systems if key in s.measures), key=lambda s: sign * s.measures[key].value_at_infinity)


def _better(metric: Metric | None) -> Literal["higher", "lower"] | None:
    return metric.better if metric else None


def _hypothesis(key: str, first: System, second: System) -> _Hypothesis:
    one, other, metric = first.measures[key], second.measures[key], metric_of(key)
    ids = one.ids if one.ids == other.ids else tuple(sorted(set(one.ids) & set(other.ids)))
    if not ids:
        raise UserError(f"{first.name} and {second.name} have no item in common.")
    differences = one.at(ids) - other.at(ids)
    scale = max(np.abs(one.contributions).max(), np.abs(other.contributions).max())
    differences[np.abs(differences) <= _ROUNDING * scale] = 0.0
    single = metric is None or metric.per_item
    biased = one.bias is not None or other.bias is not None
    bias = (one.bias or 0.0) - (other.bias or 0.0)
    freed = differences - bias if biased else differences
    mean = float(freed.mean())
    pair = Pair(
        first=first.name,
        second=second.name,
        n=len(ids),
        left_out=len(set(one.ids) | set(other.ids)) - len(ids),
        difference=mean,
        interval=by_influence(mean, freed - mean) if len(ids) > 1 else None,
        p_value=1.0,
        p_wilcoxon=paired.wilcoxon(differences) if single else None,
        p_adjusted=1.0,
        standardised=paired.standardised(freed),
        rank_biserial=paired.rank_biserial(differences) if single else None,
        share_higher=paired.share_higher(differences) if single else None,
        bias=bias if biased else None,
    )
    return _Hypothesis(
        key=key, pair=pair, ids=ids, differences=np.column_stack([freed, differences] if biased else [freed])
    )


def _test(hypotheses: Sequence[_Hypothesis], rng: np.random.Generator) -> list[tuple[str, Pair]]:
    """Fills in the p-values; hypotheses on the same items share their sign patterns."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, hypothesis in enumerate(hypotheses):
        groups.setdefault(hypothesis.ids, []).append(index)
    p_values = np.ones(len(hypotheses))
    for members in groups.values():
        columns = [hypotheses[index].differences for index in members]
        starts = np.cumsum([0, *(column.shape[1] for column in columns[:-1])])
        p_values[members] = np.maximum.reduceat(paired.sign_flip(np.column_stack(columns), rng), starts)
    return [
        (hypothesis.key, replace(hypothesis.pair, p_value=float(p), p_adjusted=float(adjusted)))
        for hypothesis, p, adjusted in zip(hypotheses, p_values, paired.holm(p_values), strict=True)
    ]


def _metric(key: str, systems: Sequence[System], members: Sequence[System], pairs: Sequence[Pair]) -> MetricComparison:
    info = metric_of(key)
    direction = _better(info)
    sign = -1 if direction == "lower" else 1
    shown = [
        (pair.first, pair.second) if sign * pair.difference > 0 else (pair.second, pair.first)
        for pair in pairs
        if pair.apart
    ]
    return MetricComparison(
        key=key,
        title=title_of(key),
        unit=info.unit if info else "",
        direction=direction,
        values={system.name: system.measures[key].value for system in members},
        absent={system.name: system.absent[key] for system in systems if key in system.absent},
        seed_shares={
            system.name: share for system in members if (share := system.measures[key].seed_share) is not None
        },
        pairs=tuple(pairs),
        ranks=rank([system.name for system in members], shown),
    )
