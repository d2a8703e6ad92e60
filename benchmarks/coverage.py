"""How often 95 % intervals hold the truth: the table of docs/statistics.md.

python benchmarks/coverage.py [PART ...]    # means, sets, patches, is, large, largest; about 40 minutes for all

Features have variances falling as 1 / k. "far" is a generated set with a shifted mean and 1.2 times the spread, "near"
one with a slightly shifted mean; a clip and its reference correlate by one half. "equal" are two independent sets of
one distribution. "heavy" is a multivariate t with 8 degrees of freedom: fourth moments exist, eighth moments do not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.metrics import Estimate, fd_inf, frechet, inception, kad, mean_of_clips

F64 = NDArray[np.float64]
SYSTEMS = {"far": (0.5, 1.2, 0.5), "near": (0.2, 1.0, 0.5), "equal": (0.0, 1.0, 0.0)}
"""Shift of the mean along the first axis, factor of the spread, correlation with the reference."""
FREEDOM = 8


@dataclass(frozen=True)
class World:
    """Two distributions of features."""

    dimensions: int
    heavy: bool
    system: str
    patches: int = 1

    @property
    def deviations(self) -> F64:
        """(d,): of each feature."""
        spectrum = np.arange(1, self.dimensions + 1) ** -0.5
        return spectrum / np.linalg.norm(spectrum)

    @property
    def distance(self) -> float:
        """Fréchet distance of the two."""
        shift, scale, _ = SYSTEMS[self.system]
        return shift**2 + (scale - 1) ** 2

    def draw(self, n: int, rng: np.random.Generator) -> tuple[F64, F64]:
        """Of n clips, (clips, d) or (clips, patches, d); patches of a clip correlate by one half."""
        shift, scale, correlation = SYSTEMS[self.system]
        shape = (n, self.patches, self.dimensions)
        one, other = rng.standard_normal(shape), rng.standard_normal(shape)
        if self.patches > 1:
            one, other = ((z + rng.standard_normal((n, 1, self.dimensions))) / 2**0.5 for z in (one, other))
        other = correlation * one + (1 - correlation**2) ** 0.5 * other
        if self.heavy:
            sizes = self.sizes(rng, n)[:, None, None]
            one, other = one * sizes, other * (self.sizes(rng, n)[:, None, None] if self.system == "equal" else sizes)
        x, y = one * self.deviations, other * (scale * self.deviations)
        y[..., 0] += shift
        return (x[:, 0], y[:, 0]) if self.patches == 1 else (x, y)

    def sizes(self, rng: np.random.Generator, n: int) -> F64:
        """(n,): what a heavy-tailed clip is stretched by."""
        return np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, n)) if self.heavy else np.ones(n)

    def kernel_distance(self) -> float:
        """KAD of the distributions, with the median distance of two references."""
        shift, scale, _ = SYSTEMS[self.system]
        rng, deviations = np.random.default_rng(0), self.deviations
        medians = []
        for _ in range(20):
            one, other = (
                rng.standard_normal((5000, self.dimensions)) * self.sizes(rng, 5000)[:, None] for _ in range(2)
            )
            medians.append(np.median(np.linalg.norm((one - other) * deviations, axis=1)))
        width = float(np.mean(medians)) ** 2
        pairs = [(self.sizes(rng, 1)[0], self.sizes(rng, 1)[0]) for _ in range(4000 if self.heavy else 1)]

        def mean(a: float, b: float, gap: float) -> float:
            def kernel(u: float, v: float) -> float:
                spread = ((a * u) ** 2 + (b * v) ** 2) * np.square(deviations)
                return float(np.exp(-0.5 * (np.log1p(spread / width).sum() + gap**2 / (width + spread[0]))))

            return float(np.mean([kernel(u, v) for u, v in pairs]))

        return 100 * (mean(1, 1, 0) + mean(scale, scale, 0) - 2 * mean(1, scale, shift))


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    estimator: str
    features: str
    size: str
    n: int
    truth: float
    draws: tuple[Estimate, ...]

    def __str__(self) -> str:
        low, high = np.array([draw.interval for draw in self.draws]).T
        values = np.array([draw.value for draw in self.draws])
        held = np.mean((low <= self.truth) & (self.truth <= high))
        estimated = np.mean([draw.bias or 0.0 for draw in self.draws])
        warned = np.mean(
            [any(" bias" in text or "be too high" in text for text in draw.warnings) for draw in self.draws]
        )
        sides = f"{np.mean(self.truth < low):.1%} | {np.mean(self.truth > high):.1%}"
        numbers = f"{self.truth:.3f} | {values.mean() - self.truth:+.3f} | {estimated:+.3f}"
        cells = (self.estimator, self.features, self.size, self.n, len(self.draws), numbers, f"{held:.1%}", sides)
        return f"| {' | '.join(map(str, cells))} | {warned:.0%} |"


HEADER = """\
| estimator | features | d | n | draws | truth | bias | bias given | held | below it | above it | warned |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def of_sets(world: World, n: int, draws: int, *, slow: bool = True) -> list[Row]:
    rng = np.random.default_rng(n)
    found: dict[str, list[Estimate]] = {}
    for _ in range(draws):
        x, y = world.draw(n, rng)
        if world.patches > 1:
            found.setdefault("FAD", []).append(frechet.evaluate(x, y))
            continue
        found.setdefault("FD", []).append(frechet.evaluate(x, y))
        if slow:
            found.setdefault("KAD", []).append(kad.evaluate(x, y))
            found.setdefault("FD-inf", []).append(fd_inf.evaluate(x, y, rng))
    features = f"{'heavy' if world.heavy else 'Gaussian'}, {world.system}"
    size = str(world.dimensions) if world.patches == 1 else f"{world.dimensions}, {world.patches} patches"
    truth = {key: world.kernel_distance() if key == "KAD" else world.distance for key in found}
    return [Row(key, features, size, n, truth[key], tuple(estimates)) for key, estimates in found.items()]


def of_logits(classes: int, confidence: float, n: int, draws: int) -> list[Row]:
    """IS of clips with a class each, of unequal frequency, and noise in all logits."""

    def logits(count: int, rng: np.random.Generator) -> F64:
        shares = np.arange(1, classes + 1) ** -0.5
        own = np.eye(classes)[rng.choice(classes, count, p=shares / shares.sum())]
        return confidence * own + 1.5 * rng.standard_normal((count, classes))

    rng = np.random.default_rng(0)
    parts = [inception.score(logits(40_000, rng)) for _ in range(4)]
    truth = float(np.mean(parts))
    rng = np.random.default_rng(n)
    found = tuple(inception.evaluate(logits(n, rng)) for _ in range(draws))
    return [Row("IS", f"confidence {confidence:g}", f"{classes} classes", n, truth, found)]


SCORES: dict[str, tuple[Callable[[np.random.Generator, int], F64], float]] = {
    "normal": (lambda rng, n: rng.standard_normal(n), 0.0),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0),
    "log-normal": (lambda rng, n: rng.lognormal(size=n), float(np.exp(0.5))),
    "Student's t, 3": (lambda rng, n: rng.standard_t(3, size=n), 0.0),
    "0, 0.2 ... 2, mostly 0": (lambda rng, n: np.maximum(rng.integers(-20, 11, n), 0) / 5, float(11 / 31)),
}


def of_scores(name: str, n: int, draws: int) -> list[Row]:
    """Means of scores of clips; beside them Student's interval and BCa's bootstrap."""
    from scipy.stats import bootstrap

    draw, truth = SCORES[name]
    rng = np.random.default_rng(n)
    kinds: dict[str, list[Estimate]] = {"mean": [], "mean, Student": [], "mean, BCa": []}
    for _ in range(draws):
        scores = draw(rng, n)
        ours = mean_of_clips(scores)
        half = float(np.std(scores, ddof=1)) / n**0.5 * 1.96 * (1 + 1.5 / n)
        kinds["mean"].append(ours)
        kinds["mean, Student"].append(Estimate(value=ours.value, n=n, interval=(ours.value - half, ours.value + half)))
        drawn = bootstrap((scores,), np.mean, n_resamples=999, method="BCa", rng=rng, vectorized=True)
        low, high = drawn.confidence_interval
        kinds["mean, BCa"].append(Estimate(value=ours.value, n=n, interval=(float(low), float(high))))
    return [Row(kind, name, "", n, truth, tuple(found)) for kind, found in kinds.items()]


PARTS = ("means", "sets", "patches", "is", "large", "largest")
Task = tuple[Callable[..., list[Row]], tuple[object, ...], dict[str, object]]


def tasks(part: str) -> Iterator[Task]:
    if part == "means":
        for name in SCORES:
            for n in (20, 50, 100, 300, 1000):
                yield of_scores, (name, n, 1000), {}
    elif part == "sets":
        for heavy in (False, True):
            for system in SYSTEMS:
                for d, n, draws in ((64, 100, 400), (64, 300, 400), (64, 1000, 400), (64, 5000, 60)):
                    yield of_sets, (World(d, heavy, system), n, draws), {}
    elif part == "patches":
        for system in SYSTEMS:
            for n, draws in ((100, 400), (300, 400), (1000, 400)):
                yield of_sets, (World(dimensions=128, heavy=True, system=system, patches=8), n, draws), {}
    elif part == "is":
        for classes, confidence in ((28, 8.0), (28, 4.0), (527, 10.0)):
            for n, draws in ((100, 400), (300, 400), (1000, 300), (5000, 100)):
                yield of_logits, (classes, confidence, n, draws), {}
    elif part == "large":
        for heavy in (False, True):
            for d, n, draws in ((256, 300, 200), (256, 1000, 150), (768, 1000, 60), (768, 5000, 40), (2048, 1000, 30)):
                yield of_sets, (World(d, heavy, "far"), n, draws), {"slow": False}
    elif part == "largest":
        for heavy in (False, True):
            yield of_sets, (World(dimensions=2048, heavy=heavy, system="far"), 5000, 20), {"slow": False}
    else:
        raise SystemExit(f"No part {part!r}; there are {', '.join(PARTS)}.")


def lines(task: Task) -> list[str]:
    """Does a task; lines, as estimates do not travel between processes."""
    work, arguments, options = task
    return [str(row) for row in work(*arguments, **options)]


def main() -> None:
    print(HEADER)
    with ProcessPoolExecutor(2) as pool:
        for part in sys.argv[1:] or PARTS:
            for done in [pool.submit(lines, task) for task in tasks(part)]:
                print("\n".join(done.result()), flush=True)


if __name__ == "__main__":
    main()
