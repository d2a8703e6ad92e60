"""What training minimises, and where in time."""

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
        """(b, n, c) and (b,) to (b, n, c)."""


def draw_times(
    count: int, generator: torch.Generator, distribution: Literal["uniform", "logit-normal"] = "uniform"
) -> Float[Tensor, " count"]:
    """One time for each item of a batch, in [0, 1], on the generator's device.

    Stratified: each item has a share of the distribution to itself, in random order, so that every batch sees
    all times (Kingma et al., Variational Diffusion Models, 2021, appendix I.1, with an offset for each item).
    ``logit-normal`` has more of the middle: the sigmoid of a standard normal number (Esser et al., Scaling Rectified
    Flow Transformers, 2024, section 3.1).
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
    """Mean squared error of each item's predicted velocity, float32.

    Per item, so that a caller can take the mean to train on and means within bins of ``t`` to look at.
    """
    predicted = network(noised(x_0, noise, t), t, conditions)
    return (predicted.float() - velocity(x_0, noise, t).float()).square().mean(dim=(1, 2))
