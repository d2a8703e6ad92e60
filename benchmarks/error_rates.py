"""How often ``compare`` finds what is not there, and how often what is: the tables of docs/compare.md.

python benchmarks/error_rates.py [PART ...]    # means, power, families, seeds, bias; about an hour for all

Every rate is of pairs or tables at 5 %; permutation_test draws 199 patterns. "undecided" is the share of draws in which
nothing was compared: an estimate is refused, or a few clips decide. Where a rate is above 5 %, its binomial 95 %
interval is given.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vggsound_omni.metrics import Estimate, fd_inf, frechet, inception, kad
from vggsound_omni.stats.paired import LEVEL, Contributions, differences

F64 = NDArray[np.float64]
Rng = np.random.Generator
Draw = Callable[[int, Rng], tuple[F64, F64]]
SEED = 0


def rate(found: int, draws: int) -> str:
    """Returns a share in percent, with its binomial 95 % interval if it is above 5 %."""
    text = f"{100 * found / draws:.1f}"
    if found <= LEVEL * draws:
        return text
    low, high = stats.binomtest(found, draws).proportion_ci(0.95)
    return f"{text} ({100 * low:.1f}-{100 * high:.1f})"


def system(numbers: F64, bias: float = 0.0, uncertain: float = 0.0) -> Contributions:
    """Returns a system with these contributions of items."""
    return Contributions(
        ids=tuple(f"{k:05}" for k in range(len(numbers))), numbers=numbers, bias=bias, uncertain=uncertain
    )


# Means of clips: pairs of systems of equal means, as (first, second).
MEANS: dict[str, Draw] = {
    "two seeds, normal": lambda n, r: (r.normal(size=n), r.normal(size=n)),
    "two seeds, log-normal of sd 1.2": lambda n, r: (r.lognormal(0, 1.2, n), r.lognormal(0, 1.2, n)),
    "two seeds, steps of 0.2 s": lambda n, r: (r.choice([0.0, 0.2, 0.4], n), r.choice([0.0, 0.2, 0.4], n)),
    "t of 3 degrees": lambda n, r: (r.standard_t(3, n), np.zeros(n)),
    "exponential against its mean": lambda n, r: (r.exponential(1, n), np.ones(n)),
    "log-normal against its mean": lambda n, r: (r.lognormal(0, 1, n), np.full(n, np.exp(0.5))),
    "log-normal of sd 1.5 against its mean": lambda n, r: (r.lognormal(0, 1.5, n), np.full(n, np.exp(1.125))),
    "two log-normals, sd 1.5 and 0.7": lambda n, r: (r.lognormal(-1.125, 1.5, n), r.lognormal(-0.245, 0.7, n)),
    "5 % large against 30 % small offsets": lambda n, r: (
        np.where(r.random(n) < 0.05, 1.2, 0.0),
        np.where(r.random(n) < 0.3, 0.2, 0.0),
    ),
}
SIZES = 24, 50, 100, 384
TESTS = "compare", "ttest_rel", "permutation_test", "wilcoxon"


def of_pair(one: F64, other: F64, rng: Rng) -> tuple[bool, list[bool]]:
    """Returns whether a pair was decided, and which of the tests find a difference."""
    found, items = differences([system(one), system(other)]), one - other
    if not items.any():
        return bool(found.decided[0]), [False] * len(TESTS)
    flips = stats.permutation_test(
        (items,), np.mean, permutation_type="samples", n_resamples=199, vectorized=True, rng=rng, axis=-1
    )
    p_values = stats.ttest_rel(one, other).pvalue, flips.pvalue, stats.wilcoxon(items, method="approx").pvalue
    return bool(found.decided[0]), [bool(found.apart[0]), *(bool(p <= LEVEL) for p in p_values)]


def means(name: str, n: int, draws: int, shift: float = 0.0) -> str:
    """Returns a line of the table: false findings of means, or true ones if the second system is shifted.

    Args:
        name: of the pair of systems.
        n: clips.
        draws: tables.
        shift: of the second system, in standard errors of the mean difference.
    """
    rng, draw = np.random.default_rng(SEED), MEANS[name]
    sample = np.subtract(*draw(200_000, rng))
    moved = shift * float(np.std(sample)) / n**0.5
    counts, decided = np.zeros(len(TESTS), int), 0
    for _ in range(draws):
        one, other = draw(n, rng)
        sure, found = of_pair(one, other + moved, rng)
        decided, counts = decided + sure, counts + found
    if shift:
        cells = [f"{100 * count / draws:.0f}" for count in counts]
        return f"| {name} | {shift:+.1f} | {n} | {' | '.join(cells)} | {100 - 100 * decided / draws:.0f} |"
    cells = [rate(int(count), draws) for count in counts]
    return f"| {name} | {n} | {' | '.join(cells)} | {100 - 100 * decided / draws:.0f} |"


def family(name: str, count: int, n: int, draws: int) -> str:
    """Returns a line: the share of tables of equal systems in which any two are distinguished."""
    rng, draw, found = np.random.default_rng(SEED), MEANS[name], 0
    for _ in range(draws):
        items = rng.exponential(2, n)
        found += bool(differences([system(items + draw(n, rng)[0]) for _ in range(count)]).apart.any())
    return f"| {name} | {count} | {count * (count - 1) // 2} | {n} | {rate(found, draws)} |"


@dataclass(frozen=True)
class World:
    """References and systems, by their features."""

    spectrum: str  # "1/k" or "isotropic"
    tails: str  # "normal" or "t5"
    dimensions: int

    def noise(self, n: int, rng: Rng) -> F64:
        """(n, d): of covariance with trace 1."""
        scale = np.arange(1, self.dimensions + 1) ** -0.5 if self.spectrum == "1/k" else np.ones(self.dimensions)
        rows = rng.standard_normal((n, self.dimensions))
        if self.tails == "t5":
            rows *= np.sqrt(3 / rng.chisquare(5, n))[:, None]
        return rows * (scale / np.linalg.norm(scale))

    def unequal(self, n: int, rng: Rng) -> tuple[F64, F64, F64]:
        """Returns references and two systems, both at a Fréchet distance of 0.09, of unequal bias.

        The first is close to its references and shifted, the second independent of them and 1.3 times as wide.
        """
        reference = self.noise(n, rng)
        near = 0.95 * reference + (1 - 0.95**2) ** 0.5 * self.noise(n, rng)
        near[:, 0] += 0.3
        return reference, near, 1.3 * self.noise(n, rng)

    def seeds(self, n: int, rng: Rng) -> tuple[F64, F64, F64]:
        """Returns references and two runs of one system."""
        reference = self.noise(n, rng)
        runs = [0.5 * reference + 0.75**0.5 * 1.2 * self.noise(n, rng) for _ in range(2)]
        for one in runs:
            one[:, 0] += 0.3
        return reference, *runs


SETS: dict[str, Callable[[F64, F64], Estimate]] = {
    "FD": frechet.evaluate,
    "FD-inf": lambda x, y: fd_inf.evaluate(x, y, np.random.default_rng(SEED)),
    "KAD": kad.evaluate,
}


def compared(estimates: Sequence[Estimate]) -> tuple[bool, bool, bool]:
    """Returns whether two estimates exist, whether they differ, and whether a result warns of one."""
    warned = any(estimate.warnings for estimate in estimates)
    if any(estimate.estimate is None or estimate.influence is None for estimate in estimates):
        return False, False, warned
    members = []
    for estimate in estimates:
        assert estimate.influence is not None
        uncertain = abs(estimate.bias or 0.0) if estimate.uncertain is None else estimate.uncertain
        members.append(system(estimate.value + estimate.influence, estimate.bias or 0.0, uncertain))
    found = differences(members, floor=estimates[0].floor)
    return bool(found.decided[0]), bool(found.apart[0]), warned


def sets(metric: str, kind: str, world: World, n: int, draws: int) -> str:
    """Returns a line: the share of pairs of equal truth that are distinguished by a metric of the set."""
    rng, decided, apart, warned = np.random.default_rng(SEED), 0, 0, 0
    for _ in range(draws):
        reference, *systems = (world.unequal if kind == "bias" else world.seeds)(n, rng)
        sure, found, told = compared([SETS[metric](reference, one) for one in systems])
        decided, apart, warned = decided + sure, apart + found, warned + told
    cells = (metric, world.spectrum, world.tails, world.dimensions, n, draws, rate(apart, draws))
    return f"| {' | '.join(map(str, cells))} | {100 - 100 * decided / draws:.0f} | {100 * warned / draws:.0f} |"


def inception_seeds(classes: int, n: int, draws: int) -> str:
    """Returns a line: the share of pairs of runs of one system that IS distinguishes."""
    rng, decided, apart, warned = np.random.default_rng(SEED), 0, 0, 0
    for _ in range(draws):
        runs = []
        for _ in range(2):
            logits = rng.standard_normal((n, classes))
            logits[np.arange(n), rng.integers(0, classes, n)] += 6.0
            runs.append(inception.evaluate(logits))
        sure, found, told = compared(runs)
        decided, apart, warned = decided + sure, apart + found, warned + told
    cells = ("IS", f"{classes} classes", "", "", n, draws, rate(apart, draws))
    return f"| {' | '.join(map(str, cells))} | {100 - 100 * decided / draws:.0f} | {100 * warned / draws:.0f} |"


OF_SETS = (
    "| metric | spectrum | tails | d | n | draws | found % | undecided % | warned % |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
HEADS = {
    "means": f"| equal means | n | {' | '.join(TESTS)} | undecided % |\n|{'---|' * (len(TESTS) + 3)}",
    "power": f"| unequal means | shift | n | {' | '.join(TESTS)} | undecided % |\n|{'---|' * (len(TESTS) + 4)}",
    "families": "| scores | systems | comparisons | n | tables with a false finding % |\n|---|---|---|---|---|",
    "seeds": OF_SETS,
    "bias": OF_SETS,
}


def draws_of(dimensions: int, n: int) -> int:
    """Returns how many draws a cell has: about as much time for each."""
    return int(np.clip(1e9 / (dimensions**2 * (dimensions + n)), 60, 1000))


def lines(part: str) -> Iterator[Callable[[], str]]:
    """Yields what makes each line of a table."""
    if part == "means":
        yield from (partial(means, name, n, 1000) for name in MEANS for n in SIZES)
    elif part == "power":
        names = "two seeds, normal", "two seeds, log-normal of sd 1.2", "exponential against its mean"
        yield from (partial(means, name, n, 1000, s) for name in names for n in SIZES for s in (2.8, -2.8))
    elif part == "families":
        names = "two seeds, normal", "two seeds, log-normal of sd 1.2", "exponential against its mean"
        yield from (partial(family, name, count, n, 1000) for name in names for count in (3, 8) for n in (24, 96, 384))
    else:
        for metric in SETS:
            for dimensions in (16, 64, 128, 512):
                for n in (50, 100, 300, 1000):
                    world = World("1/k", "normal", dimensions)
                    if metric == "FD" or (dimensions in (16, 128) and (part == "seeds" or metric != "KAD")):
                        share = 1 if metric == "FD" else 3
                        yield partial(sets, metric, part, world, n, max(draws_of(dimensions, n) // share, 60))
        others = World("1/k", "t5", 64), World("1/k", "t5", 128), World("isotropic", "normal", 64)
        yield from (partial(sets, "FD", part, world, n, 200) for world in others for n in (100, 300, 1000))
        if part == "seeds":
            yield from (partial(inception_seeds, 28, n, 300) for n in (50, 100, 300))


def main(parts: Sequence[str]) -> None:
    """Prints the tables, a line as soon as it is there."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for part in parts or HEADS:
            print(f"\n{part}\n\n{HEADS[part]}", flush=True)
            waiting = [pool.submit(_called, part, k) for k in range(len(list(lines(part))))]
            for line in waiting:
                print(line.result(), flush=True)


def _called(part: str, number: int) -> str:
    """Makes one line, named by its place as functions that make lines do not pickle."""
    return list(lines(part))[number]()


if __name__ == "__main__":
    main(sys.argv[1:])
