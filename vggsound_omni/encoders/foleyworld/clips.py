"""Training scenes as tensors, by number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Generator, Tensor

from vggsound_omni.suites.foleyworld import CLASSES, Scene

from .augment import drawn
from .data import Shard
from .frontend import LOG_MEL, FrontEnd
from .treatment import Treatment

TAGS = (*CLASSES, "music", "background")
"""What a tagger hears: every class, music that no one plays, and nothing of these."""
_CODED = 1 / 3
"""Share of training sounds that went through a codec."""


class Clips:
    """Scenes of several shards, numbered through."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards
        self._starts = np.cumsum([0, *(len(shard.keys) for shard in shards)])
        self.scenes: list[Scene] = [one for shard in shards for one in shard.scenes]
        self._spectra: dict[tuple[str, bool], Tensor] = {}

    def __len__(self) -> int:
        return len(self.scenes)

    def spectra(self, front_end: FrontEnd = LOG_MEL, *, treated: bool = False) -> Tensor:
        """(scenes, 400, 64) float16, made once and held; ``treated``: as codecs leave the sounds."""
        key = front_end.name, treated
        if key not in self._spectra:
            parts = [
                front_end.spectra(torch.from_numpy(samples[i : i + 25].astype(np.float32) / 2**15)).half()
                for shard in self._shards
                for samples in (shard.treated if treated else shard.samples,)
                for i in range(0, len(samples), 25)
            ]
            self._spectra[key] = torch.cat(parts)
        return self._spectra[key]

    @property
    def mels(self) -> Tensor:
        """(scenes, 400, 64) float16, log-mel spectrograms of the untouched sounds."""
        return self.spectra()

    def drawn(self, numbers: Sequence[int], generator: Generator, front_end: FrontEnd = LOG_MEL) -> Tensor:
        """(numbers, 400, 64) float32 to train on: one in three coded, with drawn levels, bands and blanks."""
        chosen = torch.tensor(numbers)
        through = (torch.rand(len(chosen), generator=generator) < _CODED)[:, None, None]
        coded, plain = self.spectra(front_end, treated=True)[chosen], self.spectra(front_end)[chosen]
        return drawn(torch.where(through, coded, plain).float(), generator, front_end)

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

    def treated(self, number: int) -> tuple[Tensor, Treatment]:
        """(samples,) float32 of one scene as a codec leaves it, and which that was."""
        shard, i = self._find(number)
        return torch.from_numpy(shard.treated[i].astype(np.float32) / 2**15), shard.treatments[i]

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
