"""Systems from results: which runs may be compared, which are seeds of one system, and what each item contributes.

A system is one model, with its arguments, at one version. Its seeds are averaged within each item, and items are the
units of every test. That is sound because each item's noise has its own seed, so the items of a run are independent;
the variance of the averages, over items and seeds together, is the variance that the tests use.

Every metric becomes one number an item, its contribution, whose mean over the items is the value: the item's own score
if it has one, else the value plus the item's influence on it. Means over some of the items, and differences of systems
on the same items, follow for all metrics alike; for metrics of the set to first order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from vggsound_omni.analysis.words import model_name
from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.metrics import metric_of, ordered, title_of
from vggsound_omni.runs.result import Result, Score, media_sentence
from vggsound_omni.stats.intervals import F64, Bounds, Interval, by_influence, within
from vggsound_omni.tracks import TRACKS

from .rule import (
    FROM_REFERENCE,
    Distance,
    below,
    from_reference,
    is_oracle,
    too_many_failed,
    uncertainty,
)

_SENTENCES = re.compile(r"(?<=\.)\s+(?=[A-Z])")  # between sentences, for which each reason is given once
_SHARED = {
    "suite": "suites",
    "suite_version": "versions of the suite",
    "items_sha256": "items (by their hash)",
    "track": "tracks",
    "encoder_set": "encoder sets",
    "kit": "kits",
}
"""What must be equal, and its plural."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Measure:
    """One metric of one system."""

    ids: tuple[str, ...]  # items scored at every seed, sorted
    contributions: F64  # (items,), means over the seeds; their mean is the value, bias and all
    bias: float | None  # of the value, mean over the seeds; None for an unbiased metric
    uncertain: float  # how far the bias may be off, at least 0
    floor: float | None  # what the truth is never below
    bounds: Bounds = (None, None)  # of a clip's score; of a metric of the set, nothing is known
    left_out: int = 0  # count of items scored at some seeds only
    seed_share: float | None = None
    """Share of the variance of single scores that lies between seeds of one item rather than between items (one-way
    variance components); None for one seed and for metrics of the set."""
    whole: tuple[float, Interval] | None = None  # the estimate on all its items with its interval, if a result has it
    caveats: tuple[str, ...] = ()  # what the results say of the number, a text each

    def on(self, ids: Sequence[str]) -> tuple[float, tuple[float, float]]:
        """Returns the estimate on some of the items, two or more, and its 95 % interval."""
        if self.whole and len(ids) == len(self.ids):
            return self.whole
        numbers, bias = self.at(ids), self.bias or 0.0
        mean = float(numbers.mean())
        low, high = within(by_influence(mean, numbers - mean, bias), mean, self.bounds)
        least = -math.inf if self.floor is None else self.floor
        found = max(mean - bias, least)
        return found, (max(min(low, found), least), max(high, found))

    def at(self, ids: Sequence[str]) -> F64:
        """Returns the contributions of some of the items, in the order given."""
        where = {item_id: index for index, item_id in enumerate(self.ids)}
        return self.contributions[[where[item_id] for item_id in ids]]


@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """One model at one version, at one or more seeds."""

    name: str  # distinct among the systems of a comparison
    model: str  # the model string alone
    seeds: tuple[int, ...]
    identity: Mapping[str, str]  # what all systems of a comparison share: suite, track, kit, ...
    measures: Mapping[str, Measure]  # by metric key
    absent: Mapping[str, str]  # why there is no measure, by metric key
    warnings: tuple[str, ...] = ()  # what a reader must know of all its numbers
    unranked: str | None = None  # why it does not rank
    oracle: bool = False  # whether its sounds are the items' own recordings


def systems(
    results: Sequence[Result], *, metrics: Sequence[str] = (), each_run: bool = False, stratum: str | None = None
) -> list[System]:
    """Groups runs into systems, in the order given.

    Args:
        results: one or more for each system.
        metrics: keys to read; empty takes all that a result names.
        each_run: makes every run a system of its own, so that seeds of one model can be compared.
        stratum: reads its items only.

    Raises:
        UserError: the runs are not comparable, a seed is given twice, or a result lacks the influence of its items, or
            the stratum.
    """
    keys = list(metrics) or ordered(key for result in results for key in result.scores)
    _check_comparable(results)
    for key in keys:
        _check_networks(results, key)
    names = _run_names(results) if each_run else [model_name(result) for result in results]
    groups: dict[tuple[str, str], list[Result]] = {}
    for name, result in zip(names, results, strict=True):
        groups.setdefault((name, _version(result)), []).append(result)
    plain = [name for name, _ in groups]
    shared = [sentence] if (sentence := media_sentence(results)) else []
    return [
        _system(f"{name}@{version}" if plain.count(name) > 1 else name, runs, keys, shared, stratum)
        for (name, version), runs in groups.items()
    ]


def _version(result: Result) -> str:
    card = result.model.get("card")
    return str(card.get("version", "")) if isinstance(card, dict) else ""


def _run_names(results: Sequence[Result]) -> list[str]:
    names = [f"{model_name(result)} (seed {result.seed})" for result in results]
    return [f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _check_comparable(results: Sequence[Result]) -> None:
    for key, what in _SHARED.items():
        values = [_identity(result)[key] for result in results]
        for result, value in zip(results, values, strict=True):
            if value != values[0]:
                raise UserError(
                    f"{model_name(results[0])} and {model_name(result)} do not compare, they are of different {what}: "
                    f"{values[0][:24]} and {value[:24]}."
                )


def _identity(result: Result) -> dict[str, str]:
    return {
        "suite": result.suite.name,
        "suite_version": result.suite.version,
        "items_sha256": result.items_sha256,
        "encoder_set": result.encoder_set,
        "track": result.track,
        "kit": result.kit,
    }


def _check_networks(results: Sequence[Result], key: str) -> None:
    """Refuses a metric that comes from different networks in different results."""
    found: dict[tuple[str | None, str | None, str | None], Result] = {}
    for result in results:
        score = _score(result, key)
        if score.status == "computed":
            found.setdefault((score.metric_id, score.encoder, score.checkpoint_sha256), result)
    if len(found) > 1:
        (one, first), (other, second) = list(found.items())[:2]
        raise UserError(
            f"{title_of(key)} of {model_name(first)} and of {model_name(second)} do not compare, they are of different "
            f"networks or checkpoints: {_network(one)} and {_network(other)}; score both runs again with the same."
        )


def _network(identity: tuple[str | None, str | None, str | None]) -> str:
    metric_id, encoder, sha = identity
    return f"{metric_id} by {encoder} ({sha[:12] if sha else 'no checkpoint'})"


def _score(result: Result, key: str) -> Score:
    return result.scores.get(key, Score(status="not_computed", reason="The result does not hold it."))


def strata(results: Sequence[Result]) -> list[str]:
    """Returns the names of the strata that the results know, sorted."""
    return sorted({stratum for result in results for stratum in result.strata})


def _system(
    name: str, runs: Sequence[Result], keys: Sequence[str], shared: Sequence[str], stratum: str | None
) -> System:
    seeds = tuple(run.seed for run in runs)
    twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
    if twice is not None:
        raise UserError(
            f"{name} was given more than once at seed {twice}; give each seed of a system once, or --each-run."
        )
    chosen = [_items(run, stratum) for run in runs]
    measures: dict[str, Measure] = {}
    absent: dict[str, str] = {}
    for key in keys:
        found = _measure(runs, key, chosen)
        if isinstance(found, Measure):
            measures[key] = found
        else:
            absent[key] = found
    told = [*shared, *(f"{name}: {text}" for run in runs for text in [*_trial(run), *run.warnings])]
    return System(
        name=name,
        model=str(runs[0].model.get("name", "")),
        seeds=seeds,
        identity=_identity(runs[0]),
        measures=measures,
        absent=absent,
        warnings=tuple(dict.fromkeys(told)),
        unranked=next(filter(None, map(_unranked, runs)), None),
        oracle=all(is_oracle(run.heard, str(run.model.get("name", ""))) for run in runs),
    )


def _unranked(run: Result) -> str | None:
    track = TRACKS.get(run.track)  # None: it was an object
    failed = too_many_failed(run.counts.failed, run.counts.planned)
    return failed or (below(run.scores, track.ranks_from) if track else None)


def _trial(run: Result) -> list[str]:
    if run.limit is None:
        return []
    return [f"a trial on the first {run.limit} items (--limit), no result of the track."]


def _items(run: Result, stratum: str | None) -> Set[str] | None:
    """Returns the ids of a stratum's items; None for all items.

    Raises:
        UserError: the result has no such stratum, or does not say which items are in it.
    """
    if stratum is None or list(run.strata) == [stratum]:
        return None
    if stratum not in run.strata:
        raise unknown_name("stratum", stratum, sorted(run.strata))
    if not run.stratum_of:
        raise UserError(
            f"{model_name(run)} was scored by a version that did not note each item's stratum: score it again with "
            "omni-bench score RUN."
        )
    return {item_id for item_id, its in run.stratum_of.items() if its == stratum}


def _measure(runs: Sequence[Result], key: str, chosen: Sequence[Set[str] | None]) -> Measure | str:
    """Returns the measure, or why there is none."""
    metric = metric_of(key)
    values, biases, uncertain, by_id, caveats = [], [], [], [], []
    for run, items in zip(runs, chosen, strict=True):
        score = _score(run, key)
        if score.value is None:
            return score.reason or "It has no value."
        if metric and metric.is_distance and from_reference(run.heard, _distances(run)):
            return FROM_REFERENCE
        if score.estimate is None:
            return score.no_estimate or "It has no estimate."
        contributions = {item_id: score.value + influence for item_id, influence in run.influences(key).items()}
        if not contributions:
            if not run.influence:
                raise UserError(
                    f"{model_name(run)} was scored by a version that did not keep what each item adds to "
                    f"{title_of(key)}: score it again with omni-bench score RUN."
                )
            return "The result does not say what each item adds to it."
        if items is not None:
            if metric is None or not metric.per_item:
                return "What an item adds to it holds for the whole set, so strata of it are not compared."
            contributions = {item_id: number for item_id, number in contributions.items() if item_id in items}
        values.append(score.value)
        biases.append(score.bias)
        uncertain.append(uncertainty(score))
        by_id.append(contributions)
        caveats += _SENTENCES.split(score.reason) if score.reason else []
    ids = sorted(set.intersection(*map(set, by_id)))
    table = np.array([[contributions[item_id] for contributions in by_id] for item_id in ids])
    table = table.reshape(len(ids), len(runs))
    known = [bias for bias in biases if bias is not None]
    return Measure(
        ids=tuple(ids),
        contributions=table.mean(axis=1),
        bias=float(np.mean(known)) if known else None,
        uncertain=float(np.mean(uncertain)),
        floor=metric.floor if metric else None,
        bounds=metric.bounds if metric and metric.per_item else (None, None),
        left_out=len(set.union(*map(set, by_id))) - len(ids),
        whole=_whole(_score(runs[0], key)) if len(runs) == 1 and chosen[0] is None else None,
        seed_share=_seed_share(table) if any(key in scores for scores in runs[0].items.values()) else None,
        caveats=tuple(dict.fromkeys(caveats)),
    )


def _whole(score: Score) -> tuple[float, Interval] | None:
    return None if score.estimate is None or score.interval is None else (score.estimate, score.interval)


def _distances(run: Result) -> Iterator[Distance]:
    for key, score in run.scores.items():
        if score.value is not None:
            influence = np.array([of[key] for of in run.influence.values() if key in of], np.float64)
            yield Distance(key, score.value - (score.bias or 0.0), influence, score.uncertain or 0.0)


def _seed_share(table: F64) -> float | None:
    """Returns, from (items, seeds), the share of the variance within items, by one-way analysis of variance."""
    items, seeds = table.shape
    if seeds < 2 or items < 2:
        return None
    within = float(table.var(axis=1, ddof=1).mean())
    between = max(float(table.mean(axis=1).var(ddof=1)) - within / seeds, 0.0)
    return within / (within + between) if within + between > 0 else None
