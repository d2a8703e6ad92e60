"""Clips a second for probing, decoding and writing, on clips that it makes itself: ``python benchmarks/decode.py``."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from vggsound_omni.media import probe, read_audio, read_frames, resample, write_flac, write_mp4
from vggsound_omni.protocol import Audio

SECONDS = 10
FPS = 25
CLIPS = 8


def make(folder: Path) -> list[Path]:
    """Ten-second clips of the size of VGGSound's, 340 x 256: moving noise in the picture, noise in the sound."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (16, 22, 3), np.uint8).repeat(16, axis=0).repeat(16, axis=1)[:256, :340]
    frames = np.stack([np.roll(coarse, 2 * k, axis=1) for k in range(SECONDS * FPS)])
    samples = rng.normal(0, 0.1, (2, SECONDS * 48_000)).astype(np.float32)
    paths = [folder / f"{k}.mp4" for k in range(CLIPS)]
    for path in paths:
        write_mp4(path, frames, FPS, Audio(samples=samples, sample_rate=48_000))
    return paths


def clips_a_second(work: Callable[[Path], object], paths: list[Path], threads: int) -> float:
    """The best of three passes."""
    best = float("inf")
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(3):
            began = time.perf_counter()
            list(pool.map(work, paths))
            best = min(best, time.perf_counter() - began)
    return len(paths) / best


def main() -> None:
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        paths = make(folder)
        sound = read_audio(paths[0])
        print(f"{platform.machine()}, {cores} cores; clips of {SECONDS} s, 340 x 256, {FPS} fps, 48 kHz stereo")
        print(f"{'write_mp4':34}{len(paths) / (time.perf_counter() - began):8.1f} clips/s")
        jobs: dict[str, Callable[[Path], object]] = {
            "probe": probe,
            "read_audio": read_audio,
            "read_frames 25 fps, 224 pixels": lambda path: read_frames(path, 25, 224),
            "read_frames 0.5 fps, 224 pixels": lambda path: read_frames(path, 0.5, 224),
            "resample 48 to 16 kHz": lambda _: resample(sound.samples, 48_000, 16_000),
            "write_flac": lambda path: write_flac(path.with_suffix(".flac"), sound),
        }
        for title, work in jobs.items():
            one, many = (clips_a_second(work, paths, threads) for threads in (1, cores))
            print(f"{title:34}{one:8.1f} clips/s in one thread, {many:8.1f} in {cores}")


if __name__ == "__main__":
    main()
