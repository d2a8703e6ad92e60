"""What scale costs: ratios of times that one command takes, and what is left after many kills.

    python -m benchmarks.scale workers        two workers against one, beside two busy loops against one
    python -m benchmarks.scale engines        Ray and Slurm on this machine against two plain workers
    python -m benchmarks.scale resume         a run that is killed halfway against one that is not
    python -m benchmarks.scale kills [ITEMS]  20,000 items by two workers, one of which is killed every few seconds
    python -m benchmarks.scale cached [ITEMS] scoring 100,000 items whose features are cached

The model of the first three computes for a fixed number of steps in one thread, which took half a second a clip on the
machine it was written on. Give the machine nothing else to do.
"""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folder import RunFolder

MODEL = """
import numpy as np
from vggsound_omni.protocol import Audio

def work(steps):
    state = 1
    for _ in range(steps):
        state = state * 6364136223846793005 % 18446744073709551557
    return state

class Busy:
    batch_size = {batch}
    def generate(self, requests):
        found = []
        for r in requests:
            work({steps})
            samples = np.random.default_rng(r.seed).uniform(-.5, .5, (1, round(r.duration * 16000)))
            found.append(Audio(samples=samples.astype("f4"), sample_rate=16000))
        return found
"""
STEPS = 4_000_000
OMNI_BENCH = (sys.executable, "-m", "vggsound_omni")


def suite(folder: Path, items: int) -> str:
    """Captions of half a second each, which are all that the track t2a gives to a model."""
    with (folder / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "caption", "duration"])
        lines.writerows([f"clip{number}", f"tone number {number}", "0.5"] for number in range(items))
    return f"manifest:{folder / 'captions.csv'}"


def model(folder: Path, steps: int, batch: int = 1) -> str:
    """Returns how the model is named."""
    (folder / "busy.py").write_text(MODEL.format(steps=steps, batch=batch))
    return f"{folder / 'busy.py'}:Busy"


def begin(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """Starts omni-bench."""
    return subprocess.Popen([*OMNI_BENCH, *map(str, arguments)], stdout=subprocess.DEVNULL)


def took(command: Sequence[str | Path]) -> float:
    """Seconds that a command takes."""
    began = time.perf_counter()
    process = begin(*command)
    if process.wait():
        sys.exit(f"{process.args!r} failed.")
    return time.perf_counter() - began


def loops(folder: Path, count: int, steps: int) -> float:
    """Seconds that busy loops take beside each other, without what a process needs to start."""
    program = f"import sys, time; sys.path.insert(0, {str(folder)!r}); from busy import work; t = time.perf_counter(); "
    program += f"work({steps}); print(time.perf_counter() - t)"
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    return max(float(process.communicate()[0]) for process in processes)


def asked(folder: Path, items: int, steps: int = STEPS, batch: int = 1) -> list[str | Path]:
    """The command without its folder."""
    return ["generate", "--suite", suite(folder, items), "--track", "t2a", "--model", model(folder, steps, batch)]


def workers(folder: Path) -> None:
    """Two workers against one, and two busy loops against one."""
    command, shares = asked(folder, 200), []
    for turn in range(3):
        one = took([*command, "--output", folder / f"one{turn}"])
        two = took([*command, "--output", folder / f"two{turn}", "--devices", "cpu,cpu"])
        loop, both = loops(folder, 1, 20 * STEPS), loops(folder, 2, 20 * STEPS)
        print(
            f"200 clips: one worker {one:.1f} s, two {two:.1f} s, {one / two:.2f} times as fast; busy loops: "
            f"{2 * loop / both:.2f} times; of that {one / two / (2 * loop / both):.2f}",
            flush=True,
        )
        shares.append(one / two / (2 * loop / both))
    print(f"median {np.median(shares):.2f}")


def engines(folder: Path) -> None:
    """Ray and Slurm against two plain workers."""
    from tests.scale.one_node import OneNode

    command = asked(folder, 500)
    (folder / "slurm").mkdir()
    cluster = OneNode(folder / "slurm")
    for turn in range(2):
        plain = took([*command, "--output", folder / f"plain{turn}", "--devices", "cpu,cpu"])
        ray = took([*command, "--output", folder / f"ray{turn}", "--ray", "local", "--ray-workers", "2"])
        began = time.perf_counter()
        of_task = ["slurm", "--tasks", "2", "--cpus", "1", "--minutes", "60", "--"]
        output = str(folder / f"slurm{turn}")
        cluster.said(*OMNI_BENCH, *of_task, *map(str, command), "--output", output, folder=folder)
        job = cluster.said("sbatch", "--parsable", "omni-bench.sbatch", folder=folder).strip()
        cluster.wait(job, 3600)
        slurm = time.perf_counter() - began
        counts = [len(RunFolder(folder / f"{name}{turn}").records()) for name in ("plain", "ray", "slurm")]
        print(
            f"500 clips {counts}: plain {plain:.1f} s, Ray {ray:.1f} s ({ray / plain - 1:+.1%}), "
            f"Slurm {slurm:.1f} s ({slurm / plain - 1:+.1%})",
            flush=True,
        )
    cluster.close()


def resume(folder: Path) -> None:
    """A run killed halfway and gone on with, and a finished one asked for again."""
    command = asked(folder, 300)
    whole = took([*command, "--output", folder / "whole"])
    again = took([*command, "--output", folder / "whole"])
    began = time.perf_counter()
    process, run = begin(*command, "--output", folder / "cut"), folder / "cut"
    while len(RunFolder(run).records()) < 150:
        time.sleep(0.2)
    process.kill()
    process.wait()
    took([*command, "--output", run])
    cut = time.perf_counter() - began
    print(f"300 clips {whole:.1f} s; finished and asked for again {again:.1f} s ({again / whole:.1%})")
    print(f"killed after 150 and gone on with {cut:.1f} s ({cut / whole - 1:+.1%}, of which an item that was begun)")


def resident(process: subprocess.Popen[bytes]) -> float:
    """Mebibytes of memory of a process."""
    try:
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def kills(folder: Path, items: int) -> None:
    """Many items by two workers, one of which is killed every few seconds."""
    command, rng = asked(folder, items, steps=0, batch=8), random.Random(0)
    run, began = folder / "run", time.perf_counter()
    running: dict[int, subprocess.Popen[bytes]] = {}
    killed, memory, told = 0, [], 0
    next_kill = time.monotonic() + 10
    done: set[int] = set()
    while len(done) < 2:
        for shard in {1, 2} - done - set(running):
            running[shard] = begin(*command, "--output", run, "--shard", f"{shard}/2")
        time.sleep(0.2)
        memory += [size for process in running.values() if (size := resident(process))]
        for shard, process in list(running.items()):
            if process.poll() is not None:
                del running[shard]
                if process.returncode:
                    sys.exit(f"Shard {shard} ended with {process.returncode}, and not by a kill.")
                done.add(shard)
        if running and time.monotonic() > next_kill:
            shard = rng.choice(list(running))
            running[shard].send_signal(signal.SIGKILL)
            running.pop(shard).wait()
            killed, next_kill = killed + 1, time.monotonic() + rng.uniform(5, 10)
        if time.perf_counter() - began > told + 60:
            told += 60
            print(f"{told} s: {killed} killed, {len(list((run / 'audio').iterdir()))} sounds", flush=True)
    took_seconds = time.perf_counter() - began
    lines = [line for content in RunFolder(run).journals().values() for line in content.splitlines()]
    records = RunFolder(run).records()
    took([*command, "--output", folder / "one"])
    of_one = RunFolder(folder / "one").records()
    same = {i: r.sha256 for i, r in records.items()} == {i: r.sha256 for i, r in of_one.items()}
    tenth = max(len(memory) // 10, 1)
    print(
        f"{items} items, {killed} kills in {took_seconds:.0f} s: {len(records)} items in {len(lines)} lines, "
        f"{'the' if same else 'NOT the'} sounds of one process; memory of a worker at most "
        f"{max(memory[:tenth]):.0f} MiB in the first tenth, {max(memory[-tenth:]):.0f} in the last"
    )


def cached(folder: Path, items: int) -> None:
    """Scoring items whose features are cached: 64 sounds again and again."""
    rng, sounds = np.random.default_rng(0), []
    for number in range(64):
        time_ = np.arange(16_000) / 16_000
        wave = 0.3 * np.sin(2 * np.pi * (200 + 20 * number) * time_) + 0.05 * rng.standard_normal(16_000)
        sounds.append(Audio(samples=wave[None].astype(np.float32), sample_rate=16_000))
        write_wav(folder / f"sound{number}.wav", sounds[-1], "PCM_16")
    with (folder / "sounds.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "caption", "audio", "duration"])
        lines.writerows([f"clip{k}", f"tone number {k % 64}", f"sound{k % 64}.wav", "1"] for k in range(items))
    name = "again.py"
    (folder / name).write_text(
        "import hashlib\nfrom pathlib import Path\nfrom vggsound_omni.media import read_audio\n"
        "class Again:\n    batch_size = 32\n    def __init__(self):\n"
        f"        self.sounds = [read_audio(Path({str(folder)!r}, f'sound{{k}}.wav'), mono=False) for k in range(64)]\n"
        "    def generate(self, requests):\n"
        "        return [self.sounds[hashlib.sha256(r.text.encode()).digest()[0] % 64] for r in requests]\n"
    )
    how = ["--suite", f"manifest:{folder / 'sounds.csv'}", "--track", "t2a", "--model", f"{folder / name}:Again"]
    generating = took(["generate", *how, "--output", folder / "run"])
    print(f"{items} items generated in {generating:.0f} s, {items / generating:.0f} a second", flush=True)
    for turn in ("first", "again"):
        (folder / "run" / "result.json").unlink(missing_ok=True)
        scoring = took(["score", folder / "run", "--encoders", "foleyworld"])
        print(f"{turn} scored in {scoring:.0f} s, {items / scoring:.0f} a second", flush=True)


def main() -> None:
    what, rest = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if what in ("workers", "engines", "resume"):
            {"workers": workers, "engines": engines, "resume": resume}[what](folder)
        elif what in ("kills", "cached"):
            count = int(rest[0]) if rest else {"kills": 20_000, "cached": 100_000}[what]
            {"kills": kills, "cached": cached}[what](folder, count)
        else:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
