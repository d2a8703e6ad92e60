"""Clips a second of FoleyWorld: sound, picture, coding, and the whole split over all cores.

python benchmarks/render.py [CLIPS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vggsound_omni.suites.foleyworld import render_audio, render_frames, scene
from vggsound_omni.suites.foleyworld.record import record, record_all, split_keys
from vggsound_omni.suites.foleyworld.scene import Scene


def main() -> None:
    clips = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    scenes = [scene("train", "main", i) for i in range(clips)]
    report("sound to arrays, one core", clips, lambda: each(scenes, render_audio))
    report("picture to arrays, one core", clips, lambda: each(scenes, lambda s: list(render_frames(s))))
    with tempfile.TemporaryDirectory() as folder:
        report("all to files, one core", clips, lambda: each(scenes, lambda s: record(s, Path(folder))))
    with tempfile.TemporaryDirectory() as folder:
        report("all to files, every core", clips, lambda: record_all(split_keys("test", clips), Path(folder)))


def each(scenes: list[Scene], work: Callable[[Scene], object]) -> None:
    for one in scenes:
        work(one)


def report(what: str, clips: int, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"{what:30} {clips / seconds:7.2f} clips/s  {1000 * seconds / clips:7.1f} ms a clip")


if __name__ == "__main__":
    main()
