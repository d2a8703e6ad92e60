"""Noise is added by turning a quarter circle."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from reference_model.diffusion.schedule import alpha_sigma, noised, predicted_x_0, velocity

from .examples import normal

TIMES = st.lists(st.floats(0, 1), min_size=1, max_size=5).map(lambda times: torch.tensor(times, dtype=torch.float64))


def pair(count: int) -> tuple[Tensor, Tensor]:
    x_0, noise = normal(2, count, 4, 3, generator=Generator().manual_seed(0))
    return x_0, noise


@given(t=TIMES)
@settings(deadline=None)
def test_power_is_kept(t: Tensor) -> None:
    alpha, sigma = alpha_sigma(t)
    torch.testing.assert_close(alpha.square() + sigma.square(), torch.ones_like(alpha))
    torch.testing.assert_close((sigma / alpha.clamp(min=1e-12)).atan()[:, 0, 0], torch.pi / 2 * t, rtol=0, atol=1e-9)
    x_0, noise = pair(len(t))
    before = x_0.square() + noise.square()
    torch.testing.assert_close(noised(x_0, noise, t).square() + velocity(x_0, noise, t).square(), before)


@given(t=TIMES)
@settings(deadline=None)
def test_velocity_and_noisy_sound_give_back_sound_and_noise(t: Tensor) -> None:
    x_0, noise = pair(len(t))
    x_t, v = noised(x_0, noise, t), velocity(x_0, noise, t)
    torch.testing.assert_close(predicted_x_0(x_t, v, t), x_0)
    alpha, sigma = alpha_sigma(t)
    torch.testing.assert_close(sigma * x_t + alpha * v, noise)


@given(t=TIMES)
@settings(deadline=None)
def test_velocity_is_the_derivative_by_the_angle(t: Tensor) -> None:
    x_0, noise = pair(len(t))
    angle = (torch.pi / 2 * t).requires_grad_()
    derivative = torch.zeros_like(x_0)
    for index in range(x_0[0].numel()):
        part = noised(x_0, noise, angle / (torch.pi / 2)).flatten(1)[:, index].sum()
        (gradient,) = torch.autograd.grad(part, angle)
        derivative.flatten(1)[:, index] = gradient
    torch.testing.assert_close(derivative, velocity(x_0, noise, t), rtol=0, atol=1e-9)


def test_ends_are_sound_and_noise() -> None:
    x_0, noise = pair(1)
    for x, kind in ((x_0, torch.float32), (x_0, torch.float64)):
        sound, hiss = x.to(kind), noise.to(kind)
        assert torch.equal(noised(sound, hiss, torch.zeros(1, dtype=kind)), sound)
        assert torch.equal(noised(sound, hiss, torch.ones(1, dtype=kind)), hiss)
        assert torch.equal(velocity(sound, hiss, torch.zeros(1, dtype=kind)), hiss)
        assert torch.equal(velocity(sound, hiss, torch.ones(1, dtype=kind)), -sound)
