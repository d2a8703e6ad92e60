"""The training objective, and the distribution of diffusion times."""

from __future__ import annotations

from typing import Literal, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from reference_model.conditioning.conditions import Conditions

from .schedule import noised, velocity


class Network(Protocol):
    """Predicts the velocity of noisy latents under conditions."""

    def __call__(self, x_t: Tensor, t: Tensor, conditions: Conditions, /) -> Tensor:
        """Maps latents (b, n, c) and times (b,) to velocities (b, n, c)."""


def draw_times(
    count: int, generator: torch.Generator, distribution: Literal["uniform", "logit-normal"] = "uniform"
) -> Float[Tensor, " count"]:
    """Draws a time in [0, 1] for each item of a batch, on the generator's device.

    Draws are stratified: each item gets its own part of the distribution, in random order, so that every batch covers
    all times (Kingma et al., Variational Diffusion Models, 2021, appendix I.1, with an offset for each item).
    ``logit-normal`` favours the middle: the sigmoid of a standard normal number (Esser et al., Scaling Rectified Flow
    Transformers, 2024, section 3.1).
    """
    place = torch.randperm(count, generator=generator, device=generator.device)
    within = torch.rand(count, generator=generator, device=generator.device)
    uniform = (place + within) / count
    return uniform if distribution == "uniform" else torch.special.ndtri(uniform).sigmoid()


def velocity_loss(
    network: Network,
    x_0: Float[Tensor, "b n c"],
    conditions: Conditions,
    t: Float[Tensor, " b"],
    noise: Float[Tensor, "b n c"],
) -> Float[Tensor, " b"]:
    """Returns the mean squared error of each item's predicted velocity, float32.

    It is per item so that a caller can train on the mean and monitor the means within bins of ``t``.
    """
    predicted = network(noised(x_0, noise, t), t, conditions)
    return (predicted.float() - velocity(x_0, noise, t).float()).square().mean(dim=(1, 2))
