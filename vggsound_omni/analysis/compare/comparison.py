"""Every pair of systems on every metric: difference, interval, test, effect sizes, and what follows for ranks.

The test and its correction are :mod:`vggsound_omni.stats.paired`'s. The family of hypotheses is all pairs on one
metric, as on the board: the chance that a metric distinguishes any systems that do not differ is at most 5 %. The
strict family is the whole table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from types import MappingProxyType
from typing import Literal

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.metrics import Metric, metric_of, title_of
from vggsound_omni.stats import paired
from vggsound_omni.stats.intervals import Interval
from vggsound_omni.stats.paired import Contributions, Differences, differences
from vggsound_omni.stats.ranks import Rank, rank

from .rule import fewest
from .systems import Measure, System

Family = Literal["metric", "table"]
LOPSIDED = "A few clips decide: their differences are so large that nothing is known of the mean over other clips."
LONG_TAILED = (
    "Few clips, and large scores are rare: a difference of means may be found in up to 11 % of cases without one."
)
_MANY, _HEAVY = 200, 5.0
"""Items from which on, and kurtosis of scores up to which, findings of means carry no such note. In 1,500 draws of two
log-normals of equal mean and unequal tails, a false finding without it came in 3.6 % (24 items) or less."""
UNCERTAIN = "The difference is less than the biases of few clips are uncertain."
TURNED = "With the bias of few clips and without it, the difference has opposite signs."


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """Two one-sided tests: do two systems differ by less than a margin?"""

    margin: float  # in the unit of the metric
    interval: Interval  # holds together with 90 %; within the margins exactly if they are equivalent
    shown: bool


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two systems on one metric, over the items that both have."""

    first: str
    second: str
    n: int
    left_out: int  # count of items that only one of the two has
    difference: float  # of the estimates, first minus second, in the unit of the metric
    interval: Interval | None
    """Of the difference, with the bias and without it; those of a family hold together with 95 %, and one excludes 0
    exactly if the two are apart. None if nothing is decided."""
    p_value: float | None  # by itself
    p_adjusted: float | None  # corrected for all comparisons of the family
    apart: bool  # whether the two are shown to differ
    why: str | None  # why the two are not apart, if it is not that the clips are too few for the difference
    equivalence: Equivalence | None  # None if it was not asked for, or nothing is decided
    p_wilcoxon: float | None  # asks another question: whether differences are symmetric about 0; None for sets
    standardised: float | None  # mean over standard deviation of the items' differences; None if they do not vary
    rank_biserial: float | None  # from 1, the first is higher on all items, to -1; None for metrics of the set
    share_higher: float | None  # of items on which the first is higher, ties as halves; None for metrics of the set
    raw: float  # difference of the values, which still have their bias
    uncertain: float  # how far the two biases may be off together


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a table shows of one system: on the items that all systems of the metric have."""

    estimate: float
    interval: Interval  # its own 95 %


@dataclass(frozen=True, kw_only=True)
class MetricComparison:
    """One metric of a table."""

    key: str
    title: str
    unit: str
    direction: Literal["higher", "lower"] | None
    n: int  # items that all systems have
    shown: Mapping[str, Shown]  # by system, the best first, or the highest if neither way is better
    absent: Mapping[str, str]  # why a system is not compared, by system
    caveats: Mapping[str, tuple[str, ...]]  # what the results say of their numbers, by system
    seed_shares: Mapping[str, float]  # share of the variance of single scores between seeds, by system with several
    tests: int  # comparisons that share the level
    pairs: tuple[Pair, ...]  # all of them, the better estimate first
    ranks: Mapping[str, Rank]  # by system that ranks; from high to low if neither way is better
    above: tuple[str, ...]  # shown to be better than the recordings

    def pair(self, one: str, other: str) -> Pair:
        """Returns the pair of two systems, in either order."""
        return next(pair for pair in self.pairs if {pair.first, pair.second} == {one, other})

    def better(self, one: str, other: str) -> bool:
        """Returns whether one system is shown to be better than another, or higher if neither way is better."""
        pair = self.pair(one, other)
        up = pair.difference > 0 if pair.first == one else pair.difference < 0
        return pair.apart and up == (self.direction != "lower")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A table of systems by metrics."""

    systems: tuple[System, ...]
    family: Family
    stratum: str | None
    metrics: tuple[MetricComparison, ...]  # those that at least two systems have
    not_compared: Mapping[str, str]  # why the others are not compared, by metric key

    @property
    def encoder_set(self) -> str:
        """The networks that scored all systems."""
        return self.systems[0].identity["encoder_set"]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Members:
    """The systems that have a metric, the best first."""

    key: str
    systems: tuple[System, ...]
    absent: dict[str, str] = field(default_factory=dict)

    @property
    def metric(self) -> Metric | None:
        return metric_of(self.key)

    @property
    def measures(self) -> list[Measure]:
        return [system.measures[self.key] for system in self.systems]

    @property
    def pairs(self) -> int:
        return len(self.systems) * (len(self.systems) - 1) // 2


def compare(
    systems: Sequence[System],
    *,
    family: Family = "metric",
    within: Mapping[str, float] = MappingProxyType({}),
    stratum: str | None = None,
    strata: int = 1,
) -> Comparison:
    """Compares all pairs of systems on every metric that two of them have.

    Args:
        systems: of distinct names.
        family: which comparisons share the level of 5 %: those on one metric, or all of the table.
        within: margins of equivalence, by metric key.
        stratum: which one the systems were read for, if any.
        strata: number of such comparisons that share the level.

    Raises:
        UserError: fewer than two systems, two without a common item, no metric that two of them have, or a margin for
            a metric that is not compared.
    """
    if len(systems) < 2:
        runs = f", in {len(systems[0].seeds)} runs" if systems and len(systems[0].seeds) > 1 else ""
        hint = " To compare the runs themselves, add --each-run." if runs else ""
        raise UserError(f"A comparison needs two systems or more; there is {len(systems)}{runs}.{hint}")
    keys = dict.fromkeys(key for system in systems for key in [*system.measures, *system.absent])
    members = [_members(key, systems) for key in keys]
    several = [one for one in members if one.pairs]
    if not several:
        raise UserError(f"There is nothing to compare. {_reasons(members)}")
    for key in within:
        if key not in [one.key for one in several]:
            raise UserError(f"{title_of(key)} is not compared, so it has no margin of equivalence.")
    whole = sum(one.pairs for one in several)
    return Comparison(
        systems=tuple(systems),
        family=family,
        stratum=stratum,
        metrics=tuple(
            _metric(one, strata * (one.pairs if family == "metric" else whole), within.get(one.key)) for one in several
        ),
        not_compared={
            one.key: next(iter(one.absent.values()), "Only one system has it.") for one in members if not one.pairs
        },
    )


def _reasons(members: Sequence[_Members]) -> str:
    return " ".join(dict.fromkeys(text for one in members for text in one.absent.values())) or "No two share a metric."


def _members(key: str, systems: Sequence[System]) -> _Members:
    """Returns the systems that have a metric, the best estimate first; equals stay in the order given."""
    metric = metric_of(key)
    absent, having = {}, []
    for system in systems:
        measure = system.measures.get(key)
        if measure is None:
            absent[system.name] = system.absent.get(key, "The result does not hold it.")
        elif len(measure.ids) < fewest(metric):
            absent[system.name] = f"Compared from {fewest(metric)} items on; there are {len(measure.ids)}."
        else:
            having.append((system, measure.on(measure.ids)[0]))
    sign = 1.0 if metric and metric.better == "lower" else -1.0
    order = sorted(having, key=lambda one: sign * one[1])
    return _Members(key=key, systems=tuple(system for system, _ in order), absent=absent)


def _metric(members: _Members, tests: int, margin: float | None) -> MetricComparison:
    metric, names, measures = members.metric, [system.name for system in members.systems], members.measures
    for (one, first), (other, second) in combinations(zip(names, measures, strict=True), 2):
        if set(first.ids).isdisjoint(second.ids):
            raise UserError(f"{one} and {other} have no item in common.")
    found = differences(
        [
            Contributions(ids=m.ids, numbers=m.contributions, bias=m.bias or 0.0, uncertain=m.uncertain)
            for m in measures
        ],
        floor=metric.floor if metric else None,
        tests=tests,
    )
    common = sorted(set.intersection(*(set(measure.ids) for measure in measures)))
    alike = len(common) >= fewest(metric)
    direction = metric.better if metric else None
    better = found.higher().T if direction == "lower" else found.higher()
    ranked = [k for k, system in enumerate(members.systems) if system.unranked is None]
    of_recordings = direction is not None and metric is not None and "reference" in metric.sides
    oracles = [k for k, system in enumerate(members.systems) if system.oracle and not of_recordings]
    shown = [measure.on(common if alike else measure.ids) for measure in measures]
    return MetricComparison(
        key=members.key,
        title=title_of(members.key, members.systems[0].identity["encoder_set"]),
        unit=metric.unit if metric else "",
        direction=direction,
        n=len(common),
        shown={name: Shown(estimate=value, interval=own) for name, (value, own) in zip(names, shown, strict=True)},
        absent=members.absent,
        caveats={
            name: caveats
            for name, measure in zip(names, measures, strict=True)
            if (caveats := (*measure.caveats, *_long_tailed(measure)))
        },
        seed_shares={
            name: measure.seed_share
            for name, measure in zip(names, measures, strict=True)
            if measure.seed_share is not None
        },
        tests=found.tests,
        pairs=tuple(_pairs(members, found, margin)),
        ranks=rank([names[k] for k in ranked], better[np.ix_(ranked, ranked)]),
        above=tuple(names[k] for k in range(len(names)) if direction and any(better[k, oracle] for oracle in oracles)),
    )


def _long_tailed(measure: Measure) -> Iterator[str]:
    """Yields a sentence if the largest scores of a system are so rare that this many items may lack them."""
    away = np.square(measure.contributions - measure.contributions.mean())
    spread = float(away.mean())
    if len(away) < _MANY and spread > 0 and float(np.square(away).mean()) > _HEAVY * spread**2:
        yield LONG_TAILED


def _pairs(members: _Members, found: Differences, margin: float | None) -> list[Pair]:
    low, high = found.limits()
    wide_low, wide_high = found.limits(2 * paired.LEVEL)
    p_values, adjusted, apart, decided, why = found.p_value, found.p_adjusted, found.apart, found.decided, _why(found)
    pairs = []
    for k, (i, j) in enumerate(zip(found.first.tolist(), found.second.tolist(), strict=True)):
        one, other = members.measures[i], members.measures[j]
        ids = one.ids if one.ids == other.ids else tuple(sorted(set(one.ids) & set(other.ids)))
        items, difference = one.at(ids) - other.at(ids), float(found.difference[k])
        single = members.metric is None or members.metric.per_item
        wide = (float(wide_low[k]), float(wide_high[k]))
        pairs.append(
            Pair(
                first=members.systems[i].name,
                second=members.systems[j].name,
                n=len(ids),
                left_out=len(set(one.ids) | set(other.ids)) - len(ids),
                difference=difference,
                interval=(float(low[k]), float(high[k])) if decided[k] else None,
                p_value=float(p_values[k]) if decided[k] else None,
                p_adjusted=float(adjusted[k]) if decided[k] else None,
                apart=bool(apart[k]),
                why=why[k],
                equivalence=_equivalence(margin, wide) if margin is not None and decided[k] else None,
                p_wilcoxon=paired.wilcoxon(items) if single else None,
                standardised=difference / float(found.spread[k]) if found.spread[k] > 0 else None,
                rank_biserial=paired.rank_biserial(items) if single else None,
                share_higher=paired.share_higher(items) if single else None,
                raw=float(found.raw[k]),
                uncertain=float(found.uncertain[k]),
            )
        )
    return pairs


def _equivalence(margin: float, interval: Interval) -> Equivalence:
    return Equivalence(margin=margin, interval=interval, shown=-margin < interval[0] and interval[1] < margin)


def _why(found: Differences) -> list[str | None]:
    """Returns why pairs are not apart although their items alone might show them to be; None for all others."""
    size = np.abs(found.difference)
    reasons: list[str | None] = [None] * len(found.n)
    for k in range(len(found.n)):
        if found.few[k]:
            reasons[k] = f"Too few common items, {found.n[k]}."
        elif found.lopsided[k]:
            reasons[k] = LOPSIDED
        elif found.difference[k] * found.raw[k] < 0:
            reasons[k] = TURNED
        elif 0 < size[k] <= found.uncertain[k]:
            reasons[k] = UNCERTAIN
    return reasons
