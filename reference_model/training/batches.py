"""Draws a step's task, examples and dropout: a pure function of seed, step and process.

No state is kept between steps, so the step number is the loader's position.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from reference_model.conditioning.text import LONGEST
from reference_model.diffusion import draw_times
from vggsound_omni.errors import UserError
from vggsound_omni.protocol import TASKS, Task

from .config import StageConfig
from .shards import Batch, Shards, together


@dataclass(frozen=True, kw_only=True)
class Step:
    """The inputs of one process's step."""

    task: Task
    batch: Batch
    t: Tensor  # (b,) diffusion times
    noise: Tensor  # (b, n, c)


@dataclass(frozen=True, kw_only=True)
class Batches:
    """The batches of a stage."""

    config: StageConfig
    plain: Shards
    offscreen: Shards | None  # examples whose sound is apart from their picture; None if the stage needs none

    @classmethod
    def open(cls, config: StageConfig, data: Path) -> Self:
        """Opens ``data/NAME`` and, if the stage needs them, the examples in ``data/NAME-offscreen``."""
        offscreen = Shards(data / f"{config.data}-offscreen", config.classes) if config.offscreen else None
        return cls(config=config, plain=Shards(data / config.data, config.classes), offscreen=offscreen)

    @classmethod
    def held_out(cls, config: StageConfig, data: Path) -> Self:
        """Opens the validation examples, of which nothing is dropped."""
        whole = {"offscreen": 0.0, "text_dropout": 0.0, "condition_dropout": 0.0, "bridge": "aligned"}
        plain = Shards(data / config.validation, config.classes)
        return cls(config=config.model_copy(update=whole), plain=plain, offscreen=None)

    def step(self, number: int, rank: int = 0, world: int = 1) -> Step:
        """Returns the step of one of ``world`` processes: its part of the batch that a single process would see.

        Raises:
            UserError: the batch cannot be divided evenly.
        """
        config = self.config
        if config.batch % world:
            raise UserError(f"A batch of {config.batch} cannot be shared evenly by {world} processes.")
        rng = np.random.default_rng([config.seed, config.stage, number])
        task = TASKS[rng.choice(len(TASKS), p=config.probabilities)]
        count = config.batch
        rows = rng.integers(2**31, size=count)
        captions = rng.choice(len(self.plain.captions), size=count, p=self.plain.captions)
        draws = rng.random((2, count))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        tokens = torch.rand(count, LONGEST, generator=generator) >= config.text_dropout
        t = draw_times(count, generator, config.times)
        mine = slice(rank * count // world, (rank + 1) * count // world)
        batch = self._examples(task, rows[mine], captions[mine], draws[:, mine], tokens[mine])
        if config.crop is not None:
            starts = rng.integers(int(self.plain.seconds) - config.crop + 1, size=count)
            batch = batch.window(starts[mine].tolist(), config.crop)
        noise = torch.randn(count, *batch.latents.shape[1:], generator=generator)
        return Step(task=task, batch=batch, t=t[mine], noise=noise[mine])

    def _examples(
        self,
        task: Task,
        rows: npt.NDArray[np.int64],
        captions: npt.NDArray[np.int64],
        draws: npt.NDArray[np.float64],
        tokens: Tensor,
    ) -> Batch:
        config = self.config
        text, video = task != "v2a", task != "t2a"
        away = (draws[0] < config.offscreen) & (task == "vt2a")
        parts, order = [], []
        for source, chosen in ((self.plain, ~away), (self.offscreen, away)):
            if chosen.any():
                assert source is not None
                found = (rows[chosen] % len(source)).tolist()
                poor = len(source.captions) if config.bridge == "poor" and task == "vt2a" else 0
                parts.append(source.batch(found, (captions[chosen] + poor).tolist(), text=text, video=video))
                order += np.flatnonzero(chosen).tolist()
        joined = together(parts).taken(np.argsort(order).tolist())
        nothing = torch.from_numpy(draws[1] < config.condition_dropout)
        conditions = joined.conditions.drop(text=nothing, video=nothing)
        if task == "vt2a" and config.text_dropout:
            kept = tokens[:, : conditions.text_mask.shape[1]]
            conditions = replace(conditions, text_mask=conditions.text_mask & kept)
        return Batch(latents=joined.latents, conditions=conditions)
