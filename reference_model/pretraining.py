"""The training loop of the autoencoder, the text encoder and the video encoder."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from torch import Generator, Tensor, nn

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

CHECKPOINT_EVERY = 100  # steps, and after as many seconds:
CHECKPOINT_SECONDS = 300.0
LINE_EVERY = 20
CLIP = 1.0  # largest norm of the gradient


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Number of steps, learning rate and weight decay."""

    steps: int
    rate: float  # highest learning rate; it falls to a hundredth along half a cosine
    decay: float  # weight decay
    betas: tuple[float, float] = (0.9, 0.99)  # of AdamW
    warm_up: int = 100  # steps of linear warm-up

    def factor(self, step: int) -> float:
        """Returns the learning rate at a step, relative to the highest."""
        if step < self.warm_up:
            return (step + 1) / self.warm_up
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - self.warm_up) / max(1, self.steps - self.warm_up)))


def pretrain(
    network: nn.Module,
    losses: Callable[[Generator], dict[str, Tensor]],
    weights: Mapping[str, float],
    schedule: Schedule,
    path: Path,
    seed: int,
    console: Console,
) -> None:
    """Trains ``network`` in place to the last step, from the checkpoint at ``path`` if there is one.

    Args:
        network: the network to train.
        losses: draws a batch with the generator that it is given, and returns the parts of its loss.
        weights: weights of the parts.
        schedule: steps and rates.
        path: the checkpoint, replaced every 100 steps and at least every five minutes.
        seed: seed of the batches; the generator's state is part of the checkpoint.
        console: shows the parts of the loss.

    Raises:
        UserError: the loss is not finite.
    """
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=schedule.rate, betas=schedule.betas, weight_decay=schedule.decay
    )
    generator = torch.Generator().manual_seed(seed)
    first = 0
    if path.exists():
        state = torch.load(path, weights_only=True, mmap=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        generator.set_state(state["generator"])
        first = int(state["step"])
    saved = time.monotonic()
    for step in range(first, schedule.steps):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate * schedule.factor(step)
        parts = losses(generator)
        loss = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
        if not math.isfinite(float(loss.detach())):
            raise UserError(f"The loss is not finite at step {step}; {path} holds the last good state.")
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        if step % LINE_EVERY == 0:
            words = "  ".join(f"{name} {float(part.detach()):.4f}" for name, part in parts.items())
            console.print(f"{step:6d}  {words}", highlight=False, soft_wrap=True)
        late = time.monotonic() - saved > CHECKPOINT_SECONDS
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == schedule.steps or late:
            saved = time.monotonic()
            state = {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "generator": generator.get_state(),
                "step": step + 1,
            }
            with replacing(path) as part_path:
                torch.save(state, part_path)
