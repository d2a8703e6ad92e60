"""From a scene to files: MP4 with sound, WAV, truth as JSON."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.progress import track

from vggsound_omni.files import replacing
from vggsound_omni.media import write_mp4, write_wav
from vggsound_omni.protocol import Audio

from .program import COUNTS, scene
from .render import render
from .scene import FPS, SAMPLE_RATE, Scene

SceneKey = tuple[str, str, int]
"""Split, stratum, index."""


def record(scene: Scene, folder: Path) -> None:
    """Renders a scene into ``folder``: ``ID.mp4`` (H.264 and AAC), ``ID.wav`` (16 bit), ``ID.json`` (the truth).

    Each file appears whole; the JSON is written last, so that its presence says the scene is complete.
    """
    rendered = render(scene)
    audio = Audio(samples=rendered.samples[np.newaxis], sample_rate=SAMPLE_RATE)
    write_wav(folder / f"{scene.id}.wav", audio, "PCM_16")
    write_mp4(folder / f"{scene.id}.mp4", rendered.frames, FPS, audio)
    with replacing(folder / f"{scene.id}.json") as path:
        path.write_text(json.dumps(rendered.truth, indent=1) + "\n", encoding="utf-8")


def recorded(scene_id: str, folder: Path) -> bool:
    """Whether a scene lies complete in ``folder``."""
    return all((folder / f"{scene_id}{suffix}").exists() for suffix in (".json", ".mp4", ".wav"))


def split_keys(split: str, limit: int | None = None, stratum: str | None = None) -> list[SceneKey]:
    """The scenes of a split, in the suite's order; the first ``limit`` of them.

    The train split has no end and needs a limit; it consists of ``main`` scenes unless a stratum is named.
    """
    counts = COUNTS.get(split) or {"main": limit or 0}
    if split == "train" and stratum is not None:
        counts = {stratum: limit or 0}
    keys = [(split, name, i) for name, count in counts.items() if stratum in (None, name) for i in range(count)]
    return keys[:limit]


def record_all(keys: list[SceneKey], folder: Path, jobs: int | None = None) -> int:
    """Renders the scenes that are not in ``folder`` yet, over all cores, with a progress bar. Returns how many."""
    missing = [key for key in keys if not recorded(scene(*key).id, folder)]
    if not missing:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    if len(missing) < 4 or jobs == 1:
        for key in track(missing, description="Rendering FoleyWorld", disable=len(missing) < 4):
            record(scene(*key), folder)
        return len(missing)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        done = pool.map(_record_key, missing, [folder] * len(missing), chunksize=2)
        for _ in track(done, total=len(missing), description="Rendering FoleyWorld"):
            pass
    return len(missing)


def _record_key(key: SceneKey, folder: Path) -> None:
    record(scene(*key), folder)
