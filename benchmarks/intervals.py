"""What an interval and a bias cost beside the metric itself.

python -m benchmarks.intervals [CLIPS DIMENSIONS]    # 3000 2048

For a Fréchet distance three times: of the value alone, of everything, and of the definition by SciPy's general root.
The eigenvectors and the coordinates of all rows make up the difference. Elsewhere the sums that make the value make the
influence too. Every time is the best of three.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.frechet import definition, features
from vggsound_omni.metrics import frechet, inception, kad, mean_of_clips
from vggsound_omni.metrics.gaussian import distance_of_rows
from vggsound_omni.metrics.kad import bandwidth
from vggsound_omni.stats.intervals import by_influence


def main() -> None:
    n, d = (int(argument) for argument in sys.argv[1:] or ("3000", "2048"))
    x, y = features(n, d, seed=0), features(n, d, seed=1)
    alone, whole = best(lambda: distance_of_rows(x, y)), best(lambda: frechet.evaluate(x, y))
    print(f"{n} clips, {d} dimensions")
    print(f"FD: value {alone:.2f} s, with interval, bias, ranks {whole:.2f} s: {whole / alone - 1:+.0%}")
    root = best(lambda: definition(x, y), times=1)
    print(f"FD by its definition {root:.2f} s; the interval adds {(whole - alone) / root:.1%} of that")

    width = bandwidth(x)
    sums = kad.KernelSums.of(x, y, width)
    whole = best(lambda: kad.evaluate(x, y))
    added = best(lambda: interval_of_kad(sums))
    print(f"KAD: {whole:.2f} s, of which influence and interval {added / whole:.2%}")

    logits = 3 * np.random.default_rng(2).standard_normal((n, 527))
    whole, alone = best(lambda: inception.evaluate(logits)), best(lambda: inception.splits(logits))
    print(f"IS of 527 classes: {whole:.2f} s; its splits, influences included, {alone:.2f} s")

    scores = np.random.default_rng(3).exponential(size=n)
    print(f"mean of clips: {1e6 * best(lambda: mean_of_clips(scores)):.0f} microseconds")


def interval_of_kad(sums: kad.KernelSums) -> None:
    one, other = sums.influences()
    by_influence(sums.squared_mmd(), one + other)


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


if __name__ == "__main__":
    main()
