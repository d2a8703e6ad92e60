"""A tiny network, and requests of every task for it."""

from __future__ import annotations

from typing import Final

import torch
from torch import Generator, Tensor

from reference_model.conditioning import Conditions
from reference_model.dit import DiT, DiTConfig

TINY: Final = DiTConfig(
    depth=2,
    width=16,
    heads=2,
    latent_channels=3,
    text_width=5,
    visual_width=6,
    sync_width=4,
    condition_width=8,
)
LATENTS: Final = 7


def network(config: DiTConfig = TINY, seed: int = 0) -> DiT:
    """In float64, all parameters drawn, so that nothing is neutral."""
    generator = Generator().manual_seed(seed)
    made = DiT(config).double()
    made.initialise(generator)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.2 * normal(*parameter.shape, generator=generator))
    return made


def request(seed: int = 0, *, words: int = 3, frames: int = 4, seconds: float = 8.0) -> Conditions:
    """Of one sound; without text where there are no words, without video where there are no frames."""
    generator = Generator().manual_seed(seed)
    text = normal(1, words, TINY.text_width, generator=generator)
    visual = normal(1, frames, TINY.visual_width, generator=generator)
    sync = normal(1, LATENTS, TINY.sync_width, generator=generator)
    return Conditions(
        text=text,
        text_mask=torch.ones(1, words, dtype=torch.bool),
        visual=visual,
        visual_mask=torch.ones(1, frames, dtype=torch.bool),
        sync=sync if frames else torch.zeros_like(sync),
        start=torch.zeros(1, dtype=torch.float64),
        seconds=torch.tensor([seconds], dtype=torch.float64),
    )


def noisy(count: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    """Latents and times of so many items."""
    generator = Generator().manual_seed(seed)
    x_t = normal(count, LATENTS, TINY.latent_channels, generator=generator)
    return x_t, torch.rand(count, generator=generator, dtype=torch.float64)


def normal(*shape: int, generator: Generator) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(*shape, generator=generator, dtype=torch.float64)
