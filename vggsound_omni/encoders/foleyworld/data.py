"""What the encoders are trained on: scenes of the train split, rendered once into memory-mapped arrays.

Held-out scores use the validation split; the test split is never touched.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from rich.progress import track

from vggsound_omni.io import cache_dir
from vggsound_omni.suites.foleyworld import DURATION, SAMPLE_RATE, Scene, render_audio, render_frames, scene
from vggsound_omni.suites.foleyworld.program import COUNTS, STRATA

from .frontend import FRAME_FPS, FRAME_PIXELS
from .treatment import Treatment, treated

_KEYS, _TREATMENTS = "keys.json", "treatments.json"
"""Written last of what is rendered, and of what is coded."""
_SHARD = 250
"""Scenes a shard; a shard is rendered whole."""
_TRAIN_SHARES = (("main", 20), ("natural", 2), ("bgm", 2))
"""Shards of each stratum in 24 of the train split."""
_FURTHER = 100_000
"""Index from which further scenes of a stratum are drawn."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Scenes with consecutive indices, as arrays."""

    keys: tuple[tuple[str, str, int], ...]
    """Split, stratum and index of each."""
    folder: Path

    @cached_property
    def scenes(self) -> list[Scene]:
        """The programs: captions, labels, truth."""
        return [scene(*key) for key in self.keys]

    @cached_property
    def samples(self) -> npt.NDArray[np.int16]:
        """(scenes, samples): 16 kHz, mono, 16 bit."""
        return np.load(self.folder / "samples.npy", mmap_mode="r")

    @cached_property
    def frames(self) -> npt.NDArray[np.uint8]:
        """(scenes, frames, height, width, 3) at the encoders' size and rate."""
        return np.load(self.folder / "frames.npy", mmap_mode="r")

    @cached_property
    def treated(self) -> npt.NDArray[np.int16]:
        """(scenes, samples): each as a codec leaves it."""
        return np.load(self.folder / "treated.npy", mmap_mode="r")

    @cached_property
    def treatments(self) -> list[Treatment]:
        """Which codec that was, for each."""
        return [Treatment(**one) for one in json.loads((self.folder / _TREATMENTS).read_text(encoding="utf-8"))]


def shards(
    split: Literal["train", "validation"],
    scenes: int | None = None,
    jobs: int | None = None,
    *,
    stratum: str | None = None,
    rendered: bool = True,
    coded: bool = True,
) -> list[Shard]:
    """The first ``scenes`` of a split (all of the validation split), rendered where they are not yet.

    Train shards of the three strata alternate, so that any number of them has the same mixture.

    Args:
        split: the split.
        scenes: how many, in whole shards.
        jobs: processes; None: one for each core.
        stratum: further train scenes of this stratum, which are never among those without one.
        rendered: whether to render them; programs and captions are there without.
        coded: whether to code what is rendered as well (:attr:`Shard.treated`).
    """
    planned = list(_plan(split, scenes) if stratum is None else _further(stratum, scenes or 0))
    last = _TREATMENTS if coded else _KEYS
    missing = [shard for shard in planned if not (shard.folder / last).exists()]
    if not missing or not rendered:
        return planned
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        done = pool.map(render_shard if coded else render, missing)
        for _ in track(done, description="Rendering training scenes", total=len(missing)):
            pass
    return planned


def _further(stratum: str, scenes: int) -> Sequence[Shard]:
    starts = range(_FURTHER, _FURTHER + scenes, _SHARD)
    return [
        Shard(
            keys=tuple(("train", stratum, index) for index in range(start, start + _SHARD)),
            folder=_root("train") / f"{stratum}-{start}",
        )
        for start in starts
    ]


def _root(split: str) -> Path:
    return cache_dir() / "encoders" / f"{split}-{FRAME_PIXELS}px-{FRAME_FPS}fps"


def _plan(split: str, scenes: int | None) -> Sequence[Shard]:
    root = _root(split)
    planned: list[Shard] = []
    if split == "validation":
        for stratum, count in COUNTS[split].items():
            keys = tuple((split, stratum, index) for index in range(count))
            planned.append(Shard(keys=keys, folder=root / stratum))
        return planned
    cycle = [stratum for stratum, share in _TRAIN_SHARES for _ in range(share)]
    order = np.random.default_rng(0).permutation(len(cycle))
    used = dict.fromkeys(STRATA, 0)
    for number in range(-(-(scenes or 0) // _SHARD)):
        stratum = cycle[order[number % len(cycle)]]
        keys = tuple((split, stratum, index) for index in range(used[stratum], used[stratum] + _SHARD))
        used[stratum] += _SHARD
        planned.append(Shard(keys=keys, folder=root / f"{number:04d}"))
    return planned


def render_shard(shard: Shard) -> None:
    """Renders one shard and what codecs make of it; the list of treatments, written last, says that it is whole."""
    if not rendered_whole(shard):
        render(shard)
    _treat(shard)


def _treat(shard: Shard) -> None:
    rng = np.random.default_rng(zlib.crc32(repr(shard.keys).encode()))
    results = [treated(row.astype(np.float32) / 2**15, rng) for row in shard.samples]
    coded = np.stack([np.round(samples * 2**15).clip(-(2**15), 2**15 - 1).astype(np.int16) for samples, _ in results])
    np.save(shard.folder / "treated.npy", coded)
    told = json.dumps([vars(treatment) for _, treatment in results])
    (shard.folder / _TREATMENTS).write_text(told, encoding="utf-8")


def rendered_whole(shard: Shard) -> bool:
    """Returns whether a shard's sounds and frames are all there."""
    return (shard.folder / _KEYS).exists()


def render(shard: Shard) -> None:
    """Renders one shard; the list of its keys, written last, says that it is whole."""
    shard.folder.mkdir(parents=True, exist_ok=True)
    samples = np.empty((len(shard.keys), round(DURATION * SAMPLE_RATE)), np.int16)
    shape = (len(shard.keys), round(DURATION * FRAME_FPS), FRAME_PIXELS, FRAME_PIXELS, 3)
    frames = np.lib.format.open_memmap(shard.folder / "frames.npy", "w+", np.uint8, shape)
    for i, one in enumerate(shard.scenes):
        samples[i] = np.round(render_audio(one) * 2**15)
        for k, frame in enumerate(render_frames(one, FRAME_PIXELS, FRAME_FPS)):
            frames[i, k] = frame
    frames.flush()
    np.save(shard.folder / "samples.npy", samples)
    (shard.folder / _KEYS).write_text(json.dumps(shard.keys), encoding="utf-8")
