"""What statistics cost: intervals and biases beside the metrics themselves, and all of it beside the encoders.

python -m benchmarks.intervals [CLIPS DIMENSIONS]    # 3000 2048

CPU seconds of one thread. For a Fréchet distance three times: of the value alone, of everything, and of the definition
by SciPy's general root. Elsewhere the sums that make the value make the influence too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.frechet import definition, features
from vggsound_omni.metrics import fd_inf, frechet, inception, kad, mean_of_clips
from vggsound_omni.metrics.gaussian import distance_of_rows

ENCODERS = {"panns": 0.41, "all eight": 81.0}
"""Seconds a clip on two cores in float32 (docs/encoders.md): the network of 2,048 dimensions, and all."""


def main() -> None:
    n, d = (int(argument) for argument in sys.argv[1:] or ("3000", "2048"))
    x, y = features(n, d, seed=0), features(n, d, seed=1)
    logits = 3 * np.random.default_rng(2).standard_normal((n, 527))
    scores = np.random.default_rng(3).exponential(size=n)
    print(f"{n} clips, {d} dimensions")
    alone = seconds("FD, value alone", lambda: distance_of_rows(x, y))
    whole = seconds("FD", lambda: frechet.evaluate(x, y))
    print(f"interval, bias and ranks add {whole / alone - 1:+.0%}")
    root = seconds("FD, value by its definition", lambda: definition(x, y))
    print(f"they add {(whole - alone) / root:.1%} of that")
    total = whole
    total += seconds("FD-inf", lambda: fd_inf.evaluate(x, y, np.random.default_rng(0)))
    total += seconds("KAD, the suite's bandwidth", lambda: kad.evaluate(x, y, 1.0))
    seconds("KAD, its own bandwidth", lambda: kad.evaluate(x, y))
    total += seconds("IS of 527 classes", lambda: inception.evaluate(logits))
    total += 10 * seconds("a mean of clips", lambda: mean_of_clips(scores))
    print(f"all, with ten means: {total:.1f} s")
    for name, each in ENCODERS.items():
        print(f"encoding both sides with {name}: {2 * n * each:.0f} s; statistics take {total / (2 * n * each):.2%}")


def seconds(what: str, work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    taken = time.process_time() - start
    print(f"{what}: {taken:.4g} s", flush=True)
    return taken


if __name__ == "__main__":
    main()
