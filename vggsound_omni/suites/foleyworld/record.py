"""Writes scenes to files: MP4 with sound, WAV, truth as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console

from vggsound_omni.io import content_sha256, replacing, writing_to
from vggsound_omni.media import write_mp4, write_wav
from vggsound_omni.progress import with_progress
from vggsound_omni.protocol import Audio

from .program import COUNTS, scene
from .render import render
from .scene import FPS, SAMPLE_RATE, Scene

CODING_VERSION = 1
"""Raised whenever the same arrays would be coded to other files: settings of the codecs, sizes, sample formats."""
SceneKey = tuple[str, str, int]
"""Split, stratum, index."""
_MEDIA = (".mp4", ".wav")


def record(scene: Scene, folder: Path) -> None:
    """Renders a scene into ``folder``: ``ID.mp4`` (H.264 and AAC), ``ID.wav`` (16 bit), ``ID.json`` (the truth).

    Each file appears whole. The JSON is written last and holds the others' hashes, so a scene with one is complete.
    """
    rendered = render(scene)
    audio = Audio(samples=rendered.samples[np.newaxis], sample_rate=SAMPLE_RATE)
    write_wav(folder / f"{scene.id}.wav", audio, "PCM_16")
    write_mp4(folder / f"{scene.id}.mp4", rendered.frames, FPS, audio)
    hashes = {suffix: content_sha256(folder / f"{scene.id}{suffix}") for suffix in _MEDIA}
    with replacing(folder / f"{scene.id}.json") as path:
        path.write_text(json.dumps(rendered.truth | {"sha256": hashes}, indent=1) + "\n", encoding="utf-8")


def recorded(scene_id: str, folder: Path) -> bool:
    """Returns whether a scene is complete in ``folder``, with the files that were written."""
    try:
        truth = folder / f"{scene_id}.json"
        facts = truth.stat()
        hashes = _written(truth, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
        return all(content_sha256(folder / f"{scene_id}{suffix}") == hashes[suffix] for suffix in _MEDIA)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return False


@lru_cache(maxsize=4096)
def _written(truth: Path, *facts: int) -> dict[str, str]:  # noqa: ARG001 - a changed file is another one
    """Returns the hashes in a scene's JSON; parsed once as long as the file does not change."""
    hashes: dict[str, str] = json.loads(truth.read_bytes())["sha256"]
    return hashes


def split_keys(split: str, limit: int | None = None, stratum: str | None = None) -> list[SceneKey]:
    """Returns the first ``limit`` scenes of a split, in the suite's order.

    The train split is endless and needs a limit; its scenes are of ``main`` unless a stratum is given.
    """
    counts = {stratum or "main": limit or 0} if split == "train" else COUNTS[split]
    keys = [(split, name, i) for name, count in counts.items() if stratum in (None, name) for i in range(count)]
    return keys[:limit]


def record_all(keys: Sequence[SceneKey], folder: Path, jobs: int | None = None) -> int:
    """Renders the scenes that are missing in ``folder``, on all cores, with a progress bar; returns how many.

    Scenes whose files were changed count as missing, and a message says how many they are.

    Raises:
        UserError: the folder cannot be written to.
    """
    return record_missing({scene(*key).id: key for key in keys}, folder, jobs)


def record_missing(
    keys: Mapping[str, SceneKey], folder: Path, jobs: int | None = None, salt: bytes | None = None
) -> int:
    """Does the same for scenes whose ids are known, so that those already there need not be drawn.

    Args:
        keys: by id.
        folder: for the files.
        jobs: processes; None: one for each core.
        salt: of a private split.
    """
    missing = {scene_id: key for scene_id, key in keys.items() if not recorded(scene_id, folder)}
    if not missing:
        return 0
    damaged = sum((folder / f"{scene_id}.json").exists() for scene_id in missing)
    if damaged:
        Console(stderr=True).print(
            f"{damaged} of {len(keys)} scenes in {folder} are not what was rendered, and are rendered again.",
            style="yellow",
            markup=False,
            highlight=False,
        )
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _record(list(missing.values()), folder, jobs, salt)
    return len(missing)


def _record(missing: Sequence[SceneKey], folder: Path, jobs: int | None, salt: bytes | None) -> None:
    if len(missing) < 4 or jobs == 1:
        for key in with_progress(missing, len(missing), "Rendering FoleyWorld"):
            record(scene(*key, salt), folder)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        done = pool.map(partial(_record_key, folder=folder, salt=salt), missing, chunksize=2)
        for _ in with_progress(done, len(missing), "Rendering FoleyWorld"):
            pass


def _record_key(key: SceneKey, folder: Path, salt: bytes | None) -> None:
    record(scene(*key, salt), folder)
