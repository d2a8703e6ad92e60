"""Training scenes as tensors, by number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from vggsound_omni.suites.foleyworld import CLASSES, Scene

from .data import Shard
from .frontend import log_mel

TAGS = (*CLASSES, "music")
"""What a tagger hears: every class, and music that no one plays."""


class Clips:
    """Scenes of several shards, numbered through."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards
        self._starts = np.cumsum([0, *(len(shard.keys) for shard in shards)])
        self.scenes: list[Scene] = [one for shard in shards for one in shard.scenes]

    def __len__(self) -> int:
        return len(self.scenes)

    @cached_property
    def mels(self) -> Tensor:
        """(scenes, 400, 64) float16, made once and held."""
        parts = [
            log_mel(torch.from_numpy(shard.samples[i : i + 25].astype(np.float32) / 2**15)).half()
            for shard in self._shards
            for i in range(0, len(shard.keys), 25)
        ]
        return torch.cat(parts)

    @cached_property
    def tags(self) -> Tensor:
        """(scenes, tags) float32, 1 where a tag is heard."""
        rows = torch.zeros(len(self), len(TAGS))
        for row, one in zip(rows, self.scenes, strict=True):
            for label in one.labels:
                row[TAGS.index(label)] = 1
            if one.music is not None:
                row[-1] = 1
        return rows

    def samples(self, numbers: Sequence[int]) -> Tensor:
        """(numbers, samples) float32."""
        rows = [self._find(n) for n in numbers]
        return torch.from_numpy(np.stack([shard.samples[i] for shard, i in rows]).astype(np.float32) / 2**15)

    def frames(self, numbers: Sequence[int]) -> Tensor:
        """(numbers, 100, 64, 64, 3) uint8."""
        rows = [self._find(n) for n in numbers]
        return torch.from_numpy(np.stack([shard.frames[i] for shard, i in rows]))

    def where(self, strata: Sequence[str]) -> list[int]:
        """Numbers of the scenes of some strata."""
        return [n for n, one in enumerate(self.scenes) if one.stratum in strata]

    def _find(self, number: int) -> tuple[Shard, int]:
        at = int(np.searchsorted(self._starts, number, side="right")) - 1
        return self._shards[at], number - int(self._starts[at])
