"""Deterministic solvers of the probability-flow equation, from noise at t = 1 to sound at t = 0."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from .schedule import alpha_sigma, predicted_x_0


class Velocity(Protocol):
    """A velocity field: v of the noisy latents x_t at time t."""

    def __call__(self, x_t: Tensor, t: Tensor, /) -> Tensor:
        """Maps latents (b, n, c) and times (b,) to velocities (b, n, c)."""


class Sampler(Protocol):
    """Follows a velocity field from noise to sound."""

    def __call__(self, velocity: Velocity, noise: Tensor, steps: int) -> Tensor:
        """Maps standard normal noise (b, n, c) to latents of a sound, with one call of the field per step."""


@torch.no_grad()
def sample_ode(velocity: Velocity, noise: Float[Tensor, "b n c"], steps: int) -> Float[Tensor, "b n c"]:
    """Integrates with two-step Adams-Bashforth of trigonometric order (Gautschi, 1961), of second order.

    Steps d are equal in angle. v is the derivative of x with respect to the angle; for constant x_0 and eps, so is -x
    that of v. Functions linear in 1, sine and cosine of the angle are followed exactly, and so are single-point data
    and standard normal data::

        x_s = x_t - tan(d / 2) ((1 + 2 cos(d)) v_t - v_previous)

    Before the first step, ``v_previous = cos(d) v_t - sin(d) x_t`` makes it DDIM's (Song et al., 2021, equation 12
    without noise). DDIM in all steps would be of first order: 100 of them leave standard normal data 1.2 % too narrow.
    """
    _check(steps)
    x = noise
    step = torch.tensor(torch.pi / 2 / steps, device=x.device, dtype=x.dtype)
    previous: Tensor | None = None
    for t in _times(steps, x)[:-1]:
        v = velocity(x, t).to(x.dtype)
        if previous is None:
            previous = step.cos() * v - step.sin() * x
        x = x - (step / 2).tan() * ((1 + 2 * step.cos()) * v - previous)
        previous = v
    return x


@torch.no_grad()
def sample_dpm(velocity: Velocity, noise: Float[Tensor, "b n c"], steps: int) -> Float[Tensor, "b n c"]:
    """Integrates with DPM-Solver++(2M) (Lu et al., DPM-Solver++, 2022, algorithm 2), of second order, in equal angles.

    With lambda = log(alpha / sigma), h the step in lambda and r = h_previous / h, a step is::

        D   = x_0 + (x_0 - x_0_previous) / (2 r)
        x_s = (sigma_s / sigma_t) x_t + alpha_s (1 - exp(-h)) D

    where ``alpha_s exp(-h) = alpha_t sigma_s / sigma_t`` stays finite at both ends. lambda does not. At t = 1 it makes
    1 / r = 0 in the second step, which is therefore of first order. The last step, to t = 0, has infinite h; it is of
    first order by choice (the paper's "lower order final") and gives x_0.
    """
    _check(steps)
    x = noise
    times = _times(steps, x)
    previous: Tensor | None = None
    h_previous = torch.full_like(times[0], torch.inf)[:, None, None]
    for index, (t, s) in enumerate(itertools.pairwise(times)):
        alpha_t, sigma_t = alpha_sigma(t)
        alpha_s, sigma_s = alpha_sigma(s)
        x_0 = predicted_x_0(x, velocity(x, t).to(x.dtype), t)
        h = (alpha_s / sigma_s).log() - (alpha_t / sigma_t).log()
        data = x_0
        if previous is not None and index < steps - 1:
            data = x_0 + (x_0 - previous) * (h / (2 * h_previous))
        ratio = sigma_s / sigma_t
        x = ratio * x + (alpha_s - alpha_t * ratio) * data
        previous, h_previous = x_0, h
    return x


SAMPLERS: Final[Mapping[str, Sampler]] = {"ode": sample_ode, "dpm++": sample_dpm}  # by their names in configs


def _times(steps: int, x: Float[Tensor, "b n c"]) -> Float[Tensor, "times b"]:
    """Returns times from 1 to 0 in equal steps, for each item."""
    return torch.linspace(1, 0, steps + 1, device=x.device, dtype=x.dtype)[:, None].expand(-1, len(x))


def _check(steps: int) -> None:
    if steps < 1:
        raise ValueError(f"Sampling takes at least 1 step, not {steps}.")
