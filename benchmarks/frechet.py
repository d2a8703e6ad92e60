"""Seconds and accuracy of the Fréchet distance beside its textbook definition with SciPy's general matrix root.

python benchmarks/frechet.py [DIMENSIONS ...]

Both times hold everything from rows to distance, covariances and ranks too. Some minutes for all sizes.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from vggsound_omni.metrics import frechet

F64 = NDArray[np.float64]


def main() -> None:
    warnings.simplefilter("ignore")  # the general root warns that a singular matrix may have none
    print(f"{'d':>5} {'n':>5} {'definition':>11} {'ours':>9} {'ratio':>6} {'relative difference':>20} {'FD(X, X)':>9}")
    for d in [int(argument) for argument in sys.argv[1:]] or [128, 768, 2048]:
        for n in (950, 4800):
            x, y = features(n, d, seed=0), features(n, d, seed=1)
            there, expected = timed(definition, x, y)
            here, found = timed(ours, x, y)
            times = f"{there:9.2f} s {here:7.2f} s {there / here:6.1f}"
            print(f"{d:5} {n:5} {times} {found / expected - 1:20.1e} {ours(x, x):9.1e}", flush=True)


def features(n: int, d: int, seed: int) -> F64:
    """Rectified and correlated with a decaying spectrum, as a tagger's embeddings are."""
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(99).standard_normal((d, d)) / np.sqrt(np.arange(1, d + 1))[:, None] / np.sqrt(d)
    return np.maximum(rng.standard_normal((n, d)) @ mix + 0.02 * rng.standard_normal((n, d)), 0)


def definition(x: F64, y: F64) -> float:
    sx, sy = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    gap = x.mean(axis=0) - y.mean(axis=0)
    return float(gap @ gap + np.trace(sx) + np.trace(sy) - 2 * np.trace(sqrtm(sx @ sy)).real)


def ours(x: F64, y: F64) -> float:
    return frechet.evaluate(x, y).value


def timed(work: Callable[[F64, F64], float], x: F64, y: F64) -> tuple[float, float]:
    start = time.perf_counter()
    value = work(x, y)
    return time.perf_counter() - start, value


if __name__ == "__main__":
    main()
