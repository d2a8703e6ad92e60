"""The cosine-sine schedule, a rotation from sound to noise through a quarter circle.

``alpha_t = cos(pi t / 2)``, ``sigma_t = sin(pi t / 2)``, ``x_t = alpha_t x_0 + sigma_t eps``; the network predicts
``v = alpha_t eps - sigma_t x_0``, the derivative of x_t by the angle (Salimans and Ho, Progressive Distillation for
Fast Sampling of Diffusion Models, 2022, appendix D). All signals are (b, n, c), all times (b,) in [0, 1].
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def alpha_sigma(t: Float[Tensor, " b"]) -> tuple[Float[Tensor, "b 1 1"], Float[Tensor, "b 1 1"]]:
    """Returns the amplitudes of sound and noise at each time, in a shape that multiplies (b, n, c)."""
    quarter = torch.pi / 2
    # A sine, because the cosine of pi / 2 rounded to float32 is negative.
    return (quarter * (1 - t)).sin()[:, None, None], (quarter * t).sin()[:, None, None]


def noised(
    x_0: Float[Tensor, "b n c"], noise: Float[Tensor, "b n c"], t: Float[Tensor, " b"]
) -> Float[Tensor, "b n c"]:
    """Returns the noisy latents ``x_t = alpha_t x_0 + sigma_t noise``."""
    alpha, sigma = alpha_sigma(t)
    return alpha * x_0 + sigma * noise


def velocity(
    x_0: Float[Tensor, "b n c"], noise: Float[Tensor, "b n c"], t: Float[Tensor, " b"]
) -> Float[Tensor, "b n c"]:
    """Returns the velocity ``v = alpha_t noise - sigma_t x_0``, the network's target."""
    alpha, sigma = alpha_sigma(t)
    return alpha * noise - sigma * x_0


def predicted_x_0(
    x_t: Float[Tensor, "b n c"], v: Float[Tensor, "b n c"], t: Float[Tensor, " b"]
) -> Float[Tensor, "b n c"]:
    """Returns the sound that a velocity implies: ``alpha_t x_t - sigma_t v``."""
    alpha, sigma = alpha_sigma(t)
    return alpha * x_t - sigma * v
