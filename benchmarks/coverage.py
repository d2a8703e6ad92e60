"""How often 95 % intervals hold the truth: the tables of docs/statistics.md.

python -m benchmarks.coverage [PART ...] [--draws N]    # means, sets, equal, patches, is, large

Each line is a cell: a world of features, its dimensions, clips, and which of two systems. ``mid``: the generated set
has its mean shifted and 1.15 times the spread (of the mixture: other weights), and a clip and its reference correlate
by one half. ``equal``: two independent sets of one distribution. In all worlds the variances sum to 1. Columns:

* none: draws without an estimate; warned: those with an estimate and a warning.
* held: of the draws with an estimate and no warning, those whose interval held the truth, and the 95 % interval of that
  share (Clopper and Pearson). The cell passes if it meets 92 to 97 %, "over" if it lies above, which only an interval
  that is cut at 0 may.
* all: draws whose interval held the truth, of those with an estimate, warned or not.
* lacks: how much the bias given falls short of the true one, over what ``uncertain`` says of it, on average.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vggsound_omni.metrics import Estimate, fd_inf, frechet, inception, kad, mean_of_clips

F64 = NDArray[np.float64]
SHIFT, SPREAD, CORRELATION = 0.3, 1.15, 0.5
WORLDS = ("1/k", "t5", "mixture", "sparse", "isotropic")
BAND = 0.92, 0.97
_WEIGHTS = np.array([[0.3, 0.25, 0.2, 0.15, 0.1], [0.15, 0.2, 0.2, 0.2, 0.25]])
_THRESHOLD = 0.5  # below which a sparse feature is 0


@dataclass(frozen=True)
class World:
    """Two distributions of features: of references and of generated clips."""

    kind: str
    dimensions: int
    system: str  # mid, equal
    patches: int = 1

    @cached_property
    def deviations(self) -> F64:
        """(d,): of each feature."""
        d = self.dimensions
        spectrum = np.ones(d) if self.kind == "isotropic" else np.arange(1, d + 1) ** -0.5
        return np.asarray(spectrum / np.linalg.norm(spectrum))

    @cached_property
    def centres(self) -> F64:
        """(5, d): of the mixture's components, two fifths of its variance."""
        return np.random.default_rng(1).standard_normal((5, self.dimensions)) * self.deviations * 0.4**0.5

    def draw(self, n: int, rng: np.random.Generator) -> tuple[F64, F64]:
        """Of n clips: (clips, d), or (clips, patches, d), where patches of a clip correlate by one half."""
        equal = self.system == "equal"
        correlation, spread = (0.0, 1.0) if equal else (CORRELATION, SPREAD)
        shape = (n, self.patches, self.dimensions)
        one, other = rng.standard_normal(shape), rng.standard_normal(shape)
        if self.patches > 1:
            one, other = ((z + rng.standard_normal((n, 1, self.dimensions))) / 2**0.5 for z in (one, other))
        other = correlation * one + (1 - correlation**2) ** 0.5 * other
        if self.kind == "t5":
            sizes = [np.sqrt(3 / rng.chisquare(5, n))[:, None, None] for _ in "xy"]
            one, other = one * sizes[0], other * sizes[1 if equal else 0]
        if self.kind == "sparse":
            one, other = ((np.maximum(z - _THRESHOLD, 0)) / _sparse()[1] for z in (one, other))
        if self.kind == "mixture":
            labels = [rng.choice(5, n, p=_WEIGHTS[0 if equal else i]) for i in (0, 1)]
            one, other = (
                0.6**0.5 * z * self.deviations + self.centres[k][:, None]
                for z, k in zip((one, other), labels, strict=True)
            )
            return self._shaped(one, other)
        x, y = one * self.deviations, other * (spread * self.deviations)
        if not equal:
            y[..., 0] += SHIFT
        return self._shaped(x, y)

    def _shaped(self, x: F64, y: F64) -> tuple[F64, F64]:
        return (x[:, 0], y[:, 0]) if self.patches == 1 else (x, y)

    @cached_property
    def distance(self) -> float:
        """Fréchet distance of the two distributions."""
        if self.system == "equal":
            return 0.0
        if self.kind == "mixture":
            roots = []
            for weights in _WEIGHTS:
                mean = weights @ self.centres
                between = np.sqrt(weights)[:, None] * (self.centres - mean)
                roots.append((mean, np.vstack([0.6**0.5 * np.diag(self.deviations), between])))
            (mean_x, a), (mean_y, b) = roots
            shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
            return float(np.square(mean_x - mean_y).sum() + np.square(a).sum() + np.square(b).sum() - 2 * shared)
        mean = self.deviations * (_sparse()[0] / _sparse()[1] if self.kind == "sparse" else 0.0)
        gap = (SPREAD - 1) * mean
        gap[0] += SHIFT
        return float(gap @ gap + (SPREAD - 1) ** 2)

    @cached_property
    def width(self) -> float:
        """Median distance of two references."""
        return kad.bandwidth(self.draw(2000, np.random.default_rng(2))[0].reshape(-1, self.dimensions))

    @cached_property
    def kernel_distance(self) -> float:
        """KAD of the two distributions with that width; exact, or by quantiles where there is no closed form."""
        if self.system == "equal":
            return 0.0
        return 100 * (self._kernel(0, 0) + self._kernel(1, 1) - 2 * self._kernel(0, 1))

    def _kernel(self, one: int, other: int) -> float:
        """Mean of the kernel over independent clips of the references (0) or the generated set (1)."""
        square, variances, spreads = self.width**2, self.deviations**2, (1.0, SPREAD)
        gap = np.zeros(self.dimensions)
        gap[0] = SHIFT * (one != other)

        def gaussian(scale: float, apart: F64) -> float:
            spread = scale * variances
            return float(np.exp(-0.5 * (np.log1p(spread / square).sum() + (apart**2 / (square + spread)).sum())))

        if self.kind == "mixture":
            pairs = [(i, j, _WEIGHTS[one, i] * _WEIGHTS[other, j]) for i in range(5) for j in range(5)]
            return sum(share * gaussian(1.2, self.centres[i] - self.centres[j]) for i, j, share in pairs)
        levels = (np.arange(400) + 0.5) / 400
        if self.kind == "t5":
            sizes = 3 / stats.chi2.ppf((np.arange(100) + 0.5) / 100, 5)
            found = [gaussian(a * spreads[one] ** 2 + b * spreads[other] ** 2, gap) for a in sizes for b in sizes]
            return float(np.mean(found))
        if self.kind == "sparse":
            values = np.maximum(stats.norm.ppf(levels) - _THRESHOLD, 0) / _sparse()[1]
            logs = 0.0
            for deviation, apart in zip(self.deviations, gap, strict=True):
                a, b = values * deviation * spreads[one], values * deviation * spreads[other] + apart
                logs += float(np.log(np.exp(-np.square(a[:, None] - b) / (2 * square)).mean()))
            return float(np.exp(logs))
        return gaussian(spreads[one] ** 2 + spreads[other] ** 2, gap)


def _sparse() -> tuple[float, float]:
    """Mean and deviation of max(z - threshold, 0) for a standard normal z."""
    tail, height = float(stats.norm.sf(_THRESHOLD)), float(stats.norm.pdf(_THRESHOLD))
    mean = height - _THRESHOLD * tail
    return mean, ((1 + _THRESHOLD**2) * tail - _THRESHOLD * height - mean**2) ** 0.5


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
        known = [draw for draw in self.draws if draw.interval]
        clean = [draw for draw in known if not any("too few" in text.lower() for text in draw.warnings)]
        total = len(self.draws)
        shortfall = float(np.mean([draw.value - (draw.bias or 0.0) for draw in self.draws])) - self.truth
        doubt = float(np.mean([draw.uncertain or 0.0 for draw in self.draws]))
        cells = (
            self.estimator,
            self.features,
            self.size,
            self.n,
            total,
            f"{self.truth:.4g}",
            f"{1 - len(known) / total:.0%}",
            f"{(len(known) - len(clean)) / total:.0%}",
            self._share(clean),
            f"{self._held(known) / len(known):.1%}" if known else "",
            f"{shortfall / doubt:.2f}" if doubt else "",
        )
        return f"| {' | '.join(map(str, cells))} |"

    def _held(self, draws: list[Estimate]) -> int:
        return sum(draw.interval is not None and draw.interval[0] <= self.truth <= draw.interval[1] for draw in draws)

    def _share(self, draws: list[Estimate]) -> str:
        if len(draws) < max(20, 0.02 * len(self.draws)):
            return f"({len(draws)} draws)"
        held = self._held(draws)
        low, high = stats.binomtest(held, len(draws)).proportion_ci(method="exact")
        verdict = "" if low <= BAND[1] and high >= BAND[0] else " over" if low > BAND[1] else " **MISS**"
        return f"{held / len(draws):.1%} ({100 * low:.0f} to {100 * high:.0f}){verdict}"


HEADER = """\
| estimator | world, system | d | n | draws | truth | none | warned | held | all | lacks |
|---|---|---|---|---|---|---|---|---|---|---|"""


def of_sets(
    world: World, n: int, draws: int, *, only: tuple[str, ...] = ("FD", "FD-inf", "KAD", "KAD, own")
) -> list[Row]:
    rng = np.random.default_rng(n)
    found: dict[str, list[Estimate]] = {}
    for draw in range(draws):
        x, y = world.draw(n, rng)
        if world.patches > 1:
            found.setdefault("FAD", []).append(frechet.evaluate(x, y))
            continue
        if "FD" in only:
            found.setdefault("FD", []).append(frechet.evaluate(x, y))
        if "FD-inf" in only and n // 4 > world.dimensions and draw % 4 == 0:  # 28 times as long as FD
            found.setdefault("FD-inf", []).append(fd_inf.evaluate(x, y, rng))
        if "KAD" in only:
            found.setdefault("KAD", []).append(kad.evaluate(x, y, world.width))
        if "KAD, own" in only and draw % 2 == 0:
            found.setdefault("KAD, own", []).append(kad.evaluate(x, y))
    size = str(world.dimensions) if world.patches == 1 else f"{world.dimensions}, {world.patches} patches"
    truth = {key: world.kernel_distance if key.startswith("KAD") else world.distance for key in found}
    features = f"{world.kind}, {world.system}"
    return [Row(key, features, size, n, truth[key], tuple(estimates)) for key, estimates in found.items()]


def of_logits(classes: int, confidence: float, n: int, draws: int) -> list[Row]:
    """IS of clips with a class each, of unequal frequency, and noise in all logits."""

    def logits(count: int, rng: np.random.Generator) -> F64:
        shares = np.arange(1, classes + 1) ** -0.5
        own = np.eye(classes)[rng.choice(classes, count, p=shares / shares.sum())]
        return confidence * own + 1.5 * rng.standard_normal((count, classes))

    rng = np.random.default_rng(0)
    parts = [inception.scored(logits(40_000, rng)) for _ in range(8)]
    truth = float(np.mean([part.score - part.bias for part in parts]))
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
    draw, truth = SCORES[name]
    rng = np.random.default_rng(n)
    kinds: dict[str, list[Estimate]] = {"mean": [], "mean, Student": [], "mean, BCa": []}
    for _ in range(draws):
        scores = draw(rng, n)
        ours = mean_of_clips(scores)
        half = float(stats.sem(scores) * stats.t.ppf(0.975, n - 1))
        kinds["mean"].append(ours)
        kinds["mean, Student"].append(Estimate(value=ours.value, n=n, interval=(ours.value - half, ours.value + half)))
        drawn = stats.bootstrap((scores,), np.mean, n_resamples=999, method="BCa", rng=rng, vectorized=True)
        ends = [*map(float, drawn.confidence_interval), ours.value]
        kinds["mean, BCa"].append(Estimate(value=ours.value, n=n, interval=(min(ends), max(ends))))
    return [Row(kind, name, "", n, truth, tuple(found)) for kind, found in kinds.items()]


PARTS = ("means", "sets", "equal", "patches", "is", "large")
Task = tuple[Callable[..., list[Row]], tuple[object, ...], dict[str, object]]


def tasks(part: str, draws: int) -> Iterator[Task]:
    if part == "means":
        for name in SCORES:
            for n in (20, 50, 100, 300, 1000):
                yield of_scores, (name, n, draws), {}
    elif part == "sets":
        for n in (100, 300, 1000, 50):
            for d in (16, 64, 128):
                for kind in WORLDS:
                    yield of_sets, (World(kind, d, "mid"), n, draws), {}
    elif part == "equal":
        for n in (100, 300, 1000):
            for kind in WORLDS:
                yield of_sets, (World(kind, 64, "equal"), n, draws), {}
    elif part == "large":
        for kind in WORLDS:
            for n in (300, 1000):
                yield of_sets, (World(kind, 512, "mid"), n, draws // 4), {"only": ("FD", "KAD")}
    elif part == "patches":
        for kind in ("1/k", "t5", "sparse"):
            for system in ("mid", "equal"):
                for n in (100, 300, 1000):
                    yield of_sets, (World(kind, 128, system, patches=8), n, draws // 4), {}
    elif part == "is":
        for classes, confidence in ((28, 8.0), (28, 4.0), (527, 10.0)):
            for n in (50, 100, 300, 1000, 5000):
                yield of_logits, (classes, confidence, n, draws if n < 5000 else draws // 4), {}
    else:
        raise SystemExit(f"No part {part!r}; there are {', '.join(PARTS)}.")


def lines(task: Task) -> list[str]:
    """Does a task; lines, as estimates do not travel between processes."""
    work, arguments, options = task
    return [str(row) for row in work(*arguments, **options)]


def main() -> None:
    arguments = sys.argv[1:]
    draws = 1000
    if "--draws" in arguments:
        at = arguments.index("--draws")
        draws = int(arguments[at + 1])
        del arguments[at : at + 2]
    print(HEADER)
    with ProcessPoolExecutor(2) as pool:
        for part in arguments or PARTS:
            for done in [pool.submit(lines, task) for task in tasks(part, draws)]:
                print("\n".join(done.result()), flush=True)


if __name__ == "__main__":
    main()
