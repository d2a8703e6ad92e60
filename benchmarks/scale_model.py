"""What 15,000 clips cost on 1, 8 and 64 GPUs: a model, and a simulation of the shards that checks it.

    python benchmarks/scale_model.py --generate 1.2 --score 0.5 [--run RUN] [--price 2.5] [--clips 15000]

--generate and --score are seconds a clip on one GPU; take them from the `costs` of a result. With --run, times of
single clips are drawn from that run's own; else they all take the mean. The simulation deals the clips to shards as
omni-bench does, by the hash of an id, gives shards to workers as a queue does, and lets each start cost --start
seconds.
"""

from __future__ import annotations

import argparse
import heapq
import random
from pathlib import Path

from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.sharding import number_of

GPUS = (1, 8, 64)
TASKS_EACH = (1, 4, 16)  # shards for each GPU


def times_of(run: Path | None) -> list[float]:
    """Seconds of single clips of a run over their mean; of one clip without a run."""
    if run is None:
        return [1.0]
    seconds = [record.seconds for record in RunFolder(run).records().values() if record.status == "done"]
    return [one * len(seconds) / sum(seconds) for one in seconds]


def makespan(shards: list[list[float]], gpus: int, mean: float, start: float) -> float:
    """Seconds until the last worker ends, of shards that workers take as they become free."""
    free = [0.0] * gpus
    for factors in shards:
        heapq.heappush(free, heapq.heappop(free) + start + mean * sum(factors))
    return max(free)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=15_000)
    parser.add_argument("--generate", type=float, required=True)
    parser.add_argument("--score", type=float, required=True)
    parser.add_argument("--start", type=float, default=90.0, help="seconds until a worker's model is loaded")
    parser.add_argument("--alone", type=float, default=120.0, help="seconds at the end that only one process works")
    parser.add_argument("--price", type=float, help="of a GPU for an hour")
    parser.add_argument("--run", type=Path)
    given = parser.parse_args()
    ids = [f"clip-{number:05}" for number in range(given.clips)]
    factors, dice = times_of(given.run), random.Random(0)
    drawn = [(number_of(i), dice.choice(factors)) for i in ids]
    mean = given.generate + given.score
    print(f"{given.clips:,} clips of {given.generate:g} s and {given.score:g} s to score, start {given.start:g} s")
    print(
        f"{'GPUs':>4} {'tasks':>6} {'model, h':>9} {'simulated, h':>13} {'longest / mean shard':>21} {'GPU hours':>10}"
    )
    for gpus in GPUS:
        for each in TASKS_EACH:
            tasks = gpus * each
            if gpus == 1 and each > 1:
                continue
            model = each * given.start + mean * given.clips / gpus + given.alone
            shards: list[list[float]] = [[] for _ in range(tasks)]
            for number, factor in drawn:
                shards[number % tasks].append(factor)
            simulated = makespan(shards, gpus, mean, given.start) + given.alone
            hours = (tasks * given.start + mean * given.clips) / 3600
            price = f", {hours * given.price:,.0f} in money" if given.price else ""
            uneven = max(map(len, shards)) / (given.clips / tasks)
            print(
                f"{gpus:4} {tasks:6} {model / 3600:9.2f} {simulated / 3600:13.2f} {uneven:21.2f} {hours:10.1f}{price}"
            )


if __name__ == "__main__":
    main()
