"""A comparison in sentences, each of which could stand in a paper by itself."""

from __future__ import annotations

from itertools import pairwise

from vggsound_omni.analysis.words import number

from .comparison import Comparison, MetricComparison, Pair


def verdict(metric: MetricComparison, pair: Pair) -> str:
    """Returns one sentence on a pair: which is better, by how much, how certain; the p-value is corrected."""
    better, worse, difference, interval = _towards_better(metric, pair)
    spread = f"95 % {number(interval[0])} to {number(interval[1])}; " if interval else ""
    sure = f"({spread}p {_p(pair.p_adjusted)}, n = {pair.n})"
    amount = _amount(difference, metric.unit)
    if not pair.apart:
        return f"{better} and {worse} cannot be distinguished on {metric.title}: {amount} {sure}."
    relation = "is better than" if metric.direction else "is higher than"
    return f"{better} {relation} {worse} on {metric.title} by {amount} {sure}."


def verdicts(metric: MetricComparison) -> list[str]:
    """Returns a sentence for each two neighbours in the order of values."""
    names = list(metric.values)
    return [verdict(metric, metric.pair(one, other)) for one, other in pairwise(names)]


def remarks(comparison: Comparison) -> list[str]:
    """Returns what a reader of the table must know, a sentence each."""
    tests = comparison.hypotheses
    corrected = f"corrected for the {tests} comparison{'s' * (tests > 1)} of this table (Holm)"
    found = [
        f"p-values are of the sign-flip test, {corrected}; each interval is its own 95 %.",
        "Systems that share a letter cannot be distinguished; a rank is 1 plus the count of those shown to be better.",
    ]
    found += dict.fromkeys(text for system in comparison.systems for text in system.warnings)
    for system in comparison.systems:
        if len(system.seeds) > 1:
            found.append(f"{system.name}: mean of {len(system.seeds)} seeds within each item.")
        dropped = max((measure.left_out for measure in system.measures.values()), default=0)
        if dropped:
            found.append(f"{system.name}: {_items(dropped)} not scored at every seed, left out.")
    biased = [m.title for m in comparison.metrics if any(pair.bias for pair in m.pairs)]
    if biased:
        found.append(
            f"{', '.join(biased)}: differences are of values less their small-sample bias; systems count as different "
            "only if they also differ with it."
        )
    left_out = {
        (pair.first, pair.second, pair.left_out): pair.n
        for metric in comparison.metrics
        for pair in metric.pairs
        if pair.left_out
    }
    seen = set()
    for (first, second, count), n in left_out.items():
        if frozenset((first, second)) not in seen:
            seen.add(frozenset((first, second)))
            found.append(f"{first} and {second}: compared on the {n} items of both; {_items(count)} of one left out.")
    return found


def _towards_better(metric: MetricComparison, pair: Pair) -> tuple[str, str, float, tuple[float, float] | None]:
    """Returns the better of a pair, the other, and by how much it is better, with the interval."""
    sign = -1.0 if metric.direction == "lower" else 1.0
    difference, interval = sign * pair.difference, pair.interval
    first, second = pair.first, pair.second
    if difference < 0:
        difference, sign, first, second = -difference, -sign, second, first
    if interval is not None and sign < 0:
        interval = -interval[1], -interval[0]
    return first, second, difference + 0.0, interval


def _amount(difference: float, unit: str) -> str:
    """Returns a difference with its unit; a unit that begins with a digit goes in brackets."""
    noun = unit.partition(",")[0]
    if not noun:
        return number(difference)
    return f"{number(difference)} ({noun})" if noun[0].isdigit() else f"{number(difference)} {noun}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2f}" if value >= 0.1 else f"= {value:.3f}"


def _items(count: int) -> str:
    return f"{count} item" if count == 1 else f"{count} items"
