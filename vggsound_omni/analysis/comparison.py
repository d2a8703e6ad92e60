"""Every pair of systems on every metric: difference, interval, tests, effect sizes; then one correction over all.

The family of hypotheses is the whole table, all metrics and pairs: where no system differs from another, the chance
that any two are told apart is at most 5 %, and likewise among those that do not differ (Holm). The p-value that decides
is that of the sign-flip test; Wilcoxon's stands beside it. Intervals are each their own 95 %.

Few items raise a Fréchet distance, and of one system more than of another. Differences are of values with that bias
taken off; and two systems are told apart only if they would be with the bias as well as without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.metrics.catalogue import DESCRIBED
from vggsound_omni.metrics.estimate import F64
from vggsound_omni.stats import paired
from vggsound_omni.stats.intervals import by_influence
from vggsound_omni.stats.ranks import Rank, rank

from .systems import System

LEVEL = 0.05
"""Chance of any false finding in a table."""


_ROUNDING = 1e-12
"""Differences of equal clips, in the largest contribution, that may remain of their arithmetic."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two systems on one metric, over the items that both have."""

    first: str
    second: str
    n: int
    left_out: int
    """Items that only one of the two has."""
    difference: float
    """First minus second, in the unit of the metric; ``bias`` is taken off."""
    interval: tuple[float, float] | None
    """95 %; None for a single item."""
    p_value: float
    """Of the sign-flip test, before correction."""
    p_wilcoxon: float | None
    """Of Wilcoxon's test, before correction; None for metrics of the set."""
    p_adjusted: float
    """The sign-flip test's, after Holm's correction over the table."""
    standardised: float | None
    """Mean over standard deviation of the items' differences; None where they do not vary."""
    rank_biserial: float | None
    """From 1, the first is higher on all items, to -1; None for metrics of the set."""
    share_higher: float | None
    """Share of items on which the first is higher, ties as halves; None for metrics of the set."""
    bias: float | None
    """What few items add to the difference of the values, estimated; None where they add nothing to either."""

    @property
    def apart(self) -> bool:
        """Whether the data tell the two apart."""
        return self.p_adjusted <= LEVEL


@dataclass(frozen=True, kw_only=True)
class MetricComparison:
    """One metric of a table."""

    key: str
    title: str
    unit: str
    direction: Literal["higher", "lower"] | None
    values: Mapping[str, float]
    """By system, the best first, which is told with the bias taken off though the values are as they are in results;
    the highest first where neither way is better. Systems without a value are absent."""
    absent: Mapping[str, str]
    """Why a system has no value, by system."""
    seed_shares: Mapping[str, float]
    """Share of the variance of single scores that lies between seeds, by system with several."""
    pairs: tuple[Pair, ...]
    """All pairs, the better value first."""
    ranks: Mapping[str, Rank]
    """By system; for a metric without a better direction the places are those from high to low."""

    def pair(self, one: str, other: str) -> Pair:
        """The pair of two systems, whichever comes first in it."""
        return next(pair for pair in self.pairs if {pair.first, pair.second} == {one, other})


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A table of systems by metrics, tested as one family."""

    systems: tuple[System, ...]
    metrics: tuple[MetricComparison, ...]
    """Those with at least two systems to compare."""
    not_compared: Mapping[str, str]
    """Metrics that fewer than two systems have, with the reason."""

    @property
    def hypotheses(self) -> int:
        """Size of the family that Holm's correction covers."""
        return sum(len(metric.pairs) for metric in self.metrics)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Hypothesis:
    key: str
    pair: Pair
    ids: tuple[str, ...]
    differences: F64
    """(items, 1 or 2): of the contributions; with the bias taken off, then as they are."""


def compare(systems: Sequence[System], rng: np.random.Generator) -> Comparison:
    """Compares all pairs of systems on every metric that two of them have.

    Args:
        systems: as :func:`.systems.systems` gives them; names are distinct.
        rng: for the sign patterns of more than 14 items.

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
    """The systems that have a metric, the best value first; equals stay in the order given."""
    sign = 1.0 if _direction(key) == "lower" else -1.0
    return sorted((s for s in systems if key in s.measures), key=lambda s: sign * s.measures[key].value_at_infinity)


def _direction(key: str) -> Literal["higher", "lower"] | None:
    return DESCRIBED[key].direction if key in DESCRIBED else None


def _hypothesis(key: str, first: System, second: System) -> _Hypothesis:
    one, other = first.measures[key], second.measures[key]
    ids = one.ids if one.ids == other.ids else tuple(sorted(set(one.ids) & set(other.ids)))
    if not ids:
        raise UserError(f"{first.name} and {second.name} have no item in common.")
    differences = one.at(ids) - other.at(ids)
    scale = max(np.abs(one.contributions).max(), np.abs(other.contributions).max())
    differences[np.abs(differences) <= _ROUNDING * scale] = 0.0
    single = key not in DESCRIBED or DESCRIBED[key].per_clip
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
    info, direction = DESCRIBED.get(key), _direction(key)
    sign = -1 if direction == "lower" else 1
    shown = [
        (pair.first, pair.second) if sign * pair.difference > 0 else (pair.second, pair.first)
        for pair in pairs
        if pair.apart
    ]
    return MetricComparison(
        key=key,
        title=info.title if info else key,
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
