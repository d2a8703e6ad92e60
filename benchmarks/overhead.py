"""What a run costs besides its model: two checkouts run a trivial generator on the same items, in turn.

    python -m benchmarks.overhead OLD NEW [--items 96] [--rounds 5]

Both render FoleyWorld and fill their feature caches in a first round that is not counted, so what is left is planning,
asking, writing, checking and scoring. The ratio is of each round's pair; the median is the one to quote.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODEL = """
import numpy as np
from vggsound_omni.protocol import Audio

class Trivial:
    batch_size = 8
    def generate(self, requests):
        return [
            Audio(samples=np.random.default_rng(r.seed).uniform(-.5, .5, (1, round(r.duration * 16000))).astype("f4"),
                  sample_rate=16000)
            for r in requests
        ]
"""


def run(checkout: Path, model: Path, scratch: Path, items: int, output: Path) -> tuple[float, float]:
    """Wall-clock and processor seconds of one run of a checkout's code."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "OMNI_BENCH_CACHE": str(scratch / checkout.name)}
    command = [sys.executable, "-m", "vggsound_omni", "run", "--track", "offscreen", "--model", f"{model}:Trivial"]
    wall, before = time.perf_counter(), os.times()
    subprocess.run(
        [*command, "--limit", str(items), "--output", str(output)],
        cwd=checkout,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - wall, used


def main() -> None:
    """Prints both checkouts' times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--items", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        model = scratch / "trivial.py"
        model.write_text(MODEL, encoding="utf-8")
        ratios: list[tuple[float, float]] = []
        for number in range(given.rounds + 1):
            walls, used = [], []
            for checkout in (given.old.resolve(), given.new.resolve()):
                output = scratch / f"{checkout.name}-{number}"
                wall, cpu = run(checkout, model, scratch, given.items, output)
                walls.append(wall)
                used.append(cpu)
            print(
                f"round {number}: wall {walls[0]:.2f} and {walls[1]:.2f} s, processor {used[0]:.2f} and {used[1]:.2f} s"
            )
            if number:
                ratios.append((walls[1] / walls[0], used[1] / used[0]))
        for what, values in zip(("wall", "processor"), zip(*ratios, strict=True), strict=True):
            print(f"new / old, {what}: median {statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})")


if __name__ == "__main__":
    main()
