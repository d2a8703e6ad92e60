"""The scenes that the ear learns from, rendered once into the cache: sound only, 16 bit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.progress import track

from vggsound_omni.io import cache_dir, replacing
from vggsound_omni.suites.foleyworld import Scene, render_audio, scene
from vggsound_omni.suites.foleyworld.program import COUNTS
from vggsound_omni.suites.foleyworld.scene import WORLD_VERSION

SHARD = 125
"""Scenes a shard; a shard is rendered whole."""
_CYCLE = ("main", "conflict", "main", "bgm", "main", "natural", "main", "main")
"""Strata of the shards of the train split, in turn."""


@dataclass(frozen=True)
class Shard:
    """Scenes with consecutive indices."""

    keys: tuple[tuple[str, str, int], ...]  # split, stratum and index of each
    file: Path

    def scenes(self) -> list[Scene]:
        """The programs, which are the truth."""
        return [scene(*key) for key in self.keys]

    def samples(self) -> npt.NDArray[np.float32]:
        """(scenes, samples)."""
        return np.load(self.file).astype(np.float32) / 2**15


def shards(split: str, count: int = 0, jobs: int | None = None) -> list[Shard]:
    """The first ``count`` scenes of the train split, or all of the validation split; rendered where they are not yet.

    Any number of train shards has about the same mixture of strata.
    """
    planned = _plan(split, count)
    missing = [shard for shard in planned if not shard.file.exists()]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        done = pool.map(_render, missing)
        for _ in track(done, description="Rendering scenes for the ear", total=len(missing), disable=not missing):
            pass
    return planned


def _plan(split: str, count: int) -> list[Shard]:
    folder = cache_dir() / "encoders" / f"ear-{WORLD_VERSION}"
    if split != "train":
        keys = [(split, stratum, k) for stratum, number in COUNTS[split].items() for k in range(number)]
        parts = [tuple(keys[k : k + SHARD]) for k in range(0, len(keys), SHARD)]
        return [Shard(part, folder / f"{split}-{k:03d}.npy") for k, part in enumerate(parts)]
    used = dict.fromkeys(_CYCLE, 0)
    planned = []
    for number in range(-(-count // SHARD)):
        stratum = _CYCLE[number % len(_CYCLE)]
        first = used[stratum]
        used[stratum] += SHARD
        part = tuple((split, stratum, k) for k in range(first, first + SHARD))
        planned.append(Shard(part, folder / f"train-{number:03d}.npy"))
    return planned


def _render(shard: Shard) -> None:
    sounds: Sequence[npt.NDArray[np.float32]] = [render_audio(one) for one in shard.scenes()]
    shard.file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(shard.file) as temporary, temporary.open("wb") as file:
        np.save(file, np.round(np.stack(sounds) * 2**15).astype(np.int16))
    shard.file.with_suffix(".json").write_text(json.dumps(shard.keys), encoding="utf-8")
