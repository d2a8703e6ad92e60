"""A comparison in sentences, each of which could stand in a paper by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from vggsound_omni.analysis.words import decimals, plain
from vggsound_omni.stats.intervals import Interval
from vggsound_omni.stats.paired import LEVEL

from .comparison import Comparison, MetricComparison, Pair

ABOVE = "above the recordings: saturated or fooled"
"""Of a system that is better than the recordings on a metric that does not compare with them."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How often one system is better than another, over the metrics of a table with a better way."""

    better: int
    worse: int
    undecided: int
    equivalent: int
    not_compared: int

    @property
    def sentence(self) -> str:
        """``better on 3, worse on 2, undecided on 9``; the last two only if there are any."""
        counts = {"better": self.better, "worse": self.worse, "undecided": self.undecided}
        counts |= {
            name: count
            for name, count in (("equivalent", self.equivalent), ("not compared", self.not_compared))
            if count
        }
        return ", ".join(f"{name} on {count}" for name, count in counts.items())


def tally(comparison: Comparison, one: str, other: str) -> Tally:
    """Counts the metrics on which one system is better than another."""
    counts = dict.fromkeys(("better", "worse", "undecided", "equivalent", "not_compared"), 0)
    for metric in comparison.metrics:
        if metric.direction is None:
            continue
        if one not in metric.shown or other not in metric.shown or metric.pair(one, other).interval is None:
            counts["not_compared"] += 1
        elif metric.better(one, other):
            counts["better"] += 1
        elif metric.better(other, one):
            counts["worse"] += 1
        else:
            found = metric.pair(one, other).equivalence
            counts["equivalent" if found and found.shown else "undecided"] += 1
    return Tally(**counts)


def verdict(metric: MetricComparison, pair: Pair) -> str:
    """Returns :func:`finding` and what the two results warn of."""
    names = (pair.first, pair.second)
    beware = [f"{metric.title} of {name}: {text}" for name in names for text in metric.caveats.get(name, ())]
    return " ".join([finding(metric, pair), *beware])


def finding(metric: MetricComparison, pair: Pair) -> str:
    """Returns what is known of a pair: which is better, by how much, how certain, and whether it beats recordings."""
    sign = -1.0 if metric.direction == "lower" else 1.0
    better, worse = (pair.first, pair.second) if sign * pair.difference >= 0 else (pair.second, pair.first)
    sign *= 1.0 if better == pair.first else -1.0
    if pair.interval is None or pair.p_adjusted is None:
        return f"{better} and {worse} are not compared on {metric.title} (n = {pair.n}). {pair.why}"
    within = ""
    if pair.equivalence and pair.equivalence.shown:
        within = f", within {amount(f'{pair.equivalence.margin:g}', metric.unit)}"
    size, spread = _numbers(sign, pair.difference, pair.interval)
    sure = f"({spread}; p {_p(pair.p_adjusted)}, n = {pair.n})"
    if pair.apart:
        relation = "is better than" if metric.direction else "is higher than"
        above = f" {better} is {ABOVE}." if better in metric.above else ""
        return f"{better} {relation} {worse} on {metric.title} by {amount(size, metric.unit)} {sure}{within}.{above}"
    if within and pair.equivalence:
        size, spread = _numbers(sign, pair.difference, pair.equivalence.interval, percent=100 * (1 - 2 * LEVEL))
        told = f"{amount(size, metric.unit)} ({spread}; n = {pair.n})"
        return f"{better} and {worse} are equivalent on {metric.title}{within}: {told}."
    told = f"{better} and {worse} cannot be distinguished on {metric.title}: {amount(size, metric.unit)} {sure}."
    return " ".join(filter(None, (told, pair.why)))


def verdicts(metric: MetricComparison, words: Callable[[MetricComparison, Pair], str] = verdict) -> list[str]:
    """Returns what is known of each two neighbours in the order of estimates."""
    return [words(metric, metric.pair(one, other)) for one, other in pairwise(metric.shown)]


def remarks(comparison: Comparison) -> list[str]:
    """Returns what a reader of the table must know, a sentence each, no reason twice."""
    found = [how(comparison)]
    found += dict.fromkeys(text for system in comparison.systems for text in system.warnings)
    for system in comparison.systems:
        if len(system.seeds) > 1:
            found.append(f"{system.name}: mean of {len(system.seeds)} seeds within each item.")
        if system.unranked:
            found.append(f"{system.name} has no rank: {system.unranked}")
        dropped = max((measure.left_out for measure in system.measures.values()), default=0)
        if dropped:
            found.append(f"{system.name}: {_items(dropped)} not scored at every seed, left out.")
    biased = [metric.title for metric in comparison.metrics if any(p.raw != p.difference for p in metric.pairs)]
    if biased:
        found.append(
            f"{', '.join(biased)}: a difference counts if it is there with the bias of few clips, and without it by "
            "more than the biases are uncertain; intervals span both."
        )
    return [*found, *_left_out(comparison)]


def how(comparison: Comparison) -> str:
    """Returns what the intervals and p-values of a comparison mean."""
    percent, tests = f"{100 * (1 - LEVEL):g} %", max(metric.tests for metric in comparison.metrics)
    if tests == 1:
        return f"Intervals of differences hold with {percent} each; --family table corrects for the number of metrics."
    over = "all metrics" if comparison.family == "table" else "each metric"
    strata = " and all strata" if comparison.stratum else ""
    return (
        f"Intervals of differences hold together with {percent} over {over}{strata}, {tests} comparisons; p is "
        "corrected alike."
    )


def _left_out(comparison: Comparison) -> list[str]:
    found: dict[frozenset[str], str] = {}
    for metric in comparison.metrics:
        for pair in metric.pairs:
            names = frozenset((pair.first, pair.second))
            if pair.left_out and names not in found:
                found[names] = (
                    f"{pair.first} and {pair.second}: compared on the {pair.n} items of both; "
                    f"{_items(pair.left_out)} of one left out."
                )
    return list(found.values())


def _numbers(
    sign: float, difference: float, interval: Interval, *, percent: float = 100 * (1 - LEVEL)
) -> tuple[str, str]:
    """Returns a difference, with its sign turned or not, and its interval in words."""
    value, low, high = rounded(sign * difference, (sign * interval[0], sign * interval[1]))
    return value, f"{percent:g} % {low} to {high}"


def rounded(difference: float, interval: Interval) -> tuple[str, str, str]:
    """Returns a difference and the ends of its interval, lower first, with the digits that the interval supports.

    More are written if an end would otherwise be rounded to 0 or across it, so that what excludes 0 is seen to.
    """
    low, high = sorted(interval)
    place = decimals((difference, low, high))
    while low * high > 0 and not round(low, place) * round(high, place) > 0 and place < _MOST:
        place += 1
    value, first, last = (plain(number, place) for number in (difference, low, high))
    return value, first, last


_MOST = 12  # decimals


def amount(text: str, unit: str) -> str:
    """Returns a number with its unit; a unit that begins with a digit goes in brackets."""
    noun = unit.partition(",")[0]
    if not noun:
        return text
    return f"{text} ({noun})" if noun[0].isdigit() else f"{text} {noun}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2f}" if value >= 0.1 else f"= {value:.3f}"


def _items(count: int) -> str:
    return f"{count} item" if count == 1 else f"{count} items"


def reasons(comparison: Comparison) -> dict[str, list[tuple[MetricComparison, str]]]:
    """Returns what to beware of, by reason, with each metric and system that it is about.

    That is why systems are not compared, the warnings of the results, and scores above those of the recordings.
    """
    found: dict[str, list[tuple[MetricComparison, str]]] = {}
    for metric in comparison.metrics:
        of = {name: list(texts) for name, texts in metric.caveats.items()}
        for name, reason in metric.absent.items():
            of.setdefault(name, []).append(reason)
        for name in metric.above:
            of.setdefault(name, []).append(f"{ABOVE[0].upper()}{ABOVE[1:]}.")
        for name, texts in of.items():
            for text in texts:
                found.setdefault(text, []).append((metric, name))
    return found


def undecided(comparison: Comparison) -> dict[str, dict[str, int]]:
    """Returns the number of pairs that are not apart for each reason, by reason and metric title."""
    found: dict[str, dict[str, int]] = {}
    for metric in comparison.metrics:
        for pair in metric.pairs:
            if pair.why:
                counts = found.setdefault(pair.why, {})
                counts[metric.title] = counts.get(metric.title, 0) + 1
    return found
