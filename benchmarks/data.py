"""How fast clips are checked and how much memory a build takes, on clips multiplied from FoleyWorld.

python -m benchmarks.data [CLIPS JOBS]    # 15000, and one process a core

Each clip is a link to one of sixteen rendered scenes under a name of VGGSound's form, so that the disk is not what is
measured. The rate is of decoded, hashed and measured clips per second of processor time of the checking processes; the
memory is the sum of the largest resident sets of this process and, times their number, of the largest of its children.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from vggsound_omni.data.build import Options, build
from vggsound_omni.data.entries import Tables
from vggsound_omni.suites.foleyworld.record import record_all, split_keys

_SCENES = 16


def main() -> None:
    count, jobs = (int(argument) for argument in (*sys.argv[1:], *("15000", "2")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory(prefix="omni-bench-") as scratch:
        folder = Path(scratch)
        record_all(split_keys("test", _SCENES, "main"), folder / "world")
        scenes = sorted((folder / "world").glob("*.mp4"))
        (folder / "clips").mkdir()
        ids = [f"Multiplied{k % 10}_{k:06d}" for k in range(count)]
        for k, item_id in enumerate(ids):
            (folder / "clips" / f"{item_id}.mp4").symlink_to(scenes[k % _SCENES])
        labels = folder / "vggsound_test.csv"
        labels.write_text("".join(f"{item_id}.mp4,dog barking\n" for item_id in ids), encoding="utf-8")
        options = Options(
            suite="vggsound-omni",
            tables=Tables(labels=[labels]),
            media=[folder / "clips"],
            out=folder / "suite",
            jobs=jobs,
        )
        first = timed("built", options, count)
        again = timed("built again, nothing to measure", options, count)
        print("the same suite" if first == again else "NOT THE SAME SUITE")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(f"largest resident set: {own:.2f} GB, and {child:.2f} GB in each of {jobs} processes")


def timed(what: str, options: Options, count: int) -> str:
    """Builds, prints rates, and returns the suite's hash."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    built = build(options)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rate = f", {count / spent:.0f} clips a second of a core" if spent > 0.5 else ""
    items = len(built.manifest.items)
    print(f"{what}: {items} items of {count} clips in {wall:.1f} s, {count / wall:.0f} a second{rate}")
    return built.manifest.items_sha256


if __name__ == "__main__":
    main()
