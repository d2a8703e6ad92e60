"""Samplers on Gaussian data, whose velocity and whose end of every path are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from reference_model.diffusion import SAMPLERS, Velocity, sample_dpm, sample_ode
from reference_model.diffusion.schedule import alpha_sigma

MEAN = torch.tensor([0.0, 1.0, -0.7, 0.4, 0.2], dtype=torch.float64)
DEVIATION = torch.tensor([1.0, 0.5, 0.7, 1.2, 0.9], dtype=torch.float64)
"""Of five channels; latents have 1 together, less under a condition."""


def gaussian(mean: Tensor, deviation: Tensor) -> Velocity:
    """``v = alpha E[eps | x_t] - sigma E[x_0 | x_t]`` of independent normal channels."""

    def velocity(x_t: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = alpha_sigma(t)
        surprise = (x_t - alpha * mean) / (alpha**2 * deviation**2 + sigma**2)
        return alpha * sigma * surprise - sigma * (mean + alpha * deviation**2 * surprise)

    return velocity


def quantiles(count: int = 1000) -> Tensor:
    """Standard normal noise without chance: (1, n, 5)."""
    ranks = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    return torch.special.ndtri(ranks)[None, :, None].expand(1, -1, 5)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_known_gaussian_is_recovered(name: str) -> None:
    noise = quantiles()
    found = SAMPLERS[name](gaussian(MEAN, DEVIATION), noise, 100)[0]
    torch.testing.assert_close(found.mean(0), MEAN, rtol=0, atol=1e-3)
    torch.testing.assert_close(found.std(0), DEVIATION * noise[0].std(0), rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_quantile_goes_to_its_own(name: str) -> None:
    """The probability flow keeps the order: z ends at mean + deviation z."""
    noise = quantiles()
    found = SAMPLERS[name](gaussian(MEAN, DEVIATION), noise, 400)
    torch.testing.assert_close(found, MEAN + DEVIATION * noise, rtol=0, atol=1e-3)


def error(sampler: str, steps: int) -> float:
    noise = quantiles()
    found = SAMPLERS[sampler](gaussian(MEAN, DEVIATION), noise, steps)
    return float((found - MEAN - DEVIATION * noise).square().mean().sqrt())


def test_ode_is_of_second_order() -> None:
    for steps in (25, 50, 100, 200):
        assert math.log2(error("ode", steps) / error("ode", 2 * steps)) == pytest.approx(2, abs=0.1)


def test_dpm_is_of_second_order() -> None:
    """Up to the logarithm that its first steps, endless in lambda, cost: h^2 log(1 / h)."""
    order = math.log(error("dpm++", 100) / error("dpm++", 3200), 32)
    assert 1.65 < order < 2.1


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_data_of_one_point_are_reached_in_any_number_of_steps(name: str, steps: int) -> None:
    found = SAMPLERS[name](gaussian(MEAN, torch.zeros(5)), quantiles(), steps)
    torch.testing.assert_close(found, MEAN.expand_as(found), rtol=0, atol=1e-9)


def test_standard_normal_data_stand_still_after_the_first_step() -> None:
    noise, steps = quantiles(), 10
    found = sample_ode(gaussian(torch.zeros(5), torch.ones(5)), noise, steps)
    torch.testing.assert_close(found, noise * math.cos(math.pi / 2 / steps))


@pytest.mark.parametrize("sampler", [sample_ode, sample_dpm])
def test_field_is_called_once_a_step_from_noise_downwards(sampler: object) -> None:
    assert callable(sampler)
    times = []

    def velocity(x_t: Tensor, t: Tensor) -> Tensor:
        assert t.shape == (2,)
        times.append(t.tolist())
        return gaussian(MEAN, DEVIATION)(x_t, t)

    sampler(velocity, torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0)), 4)
    assert times == [[1, 1], [0.75, 0.75], [0.5, 0.5], [0.25, 0.25]]


@pytest.mark.parametrize("name", SAMPLERS)
def test_float32_is_enough(name: str) -> None:
    noise = quantiles()
    exact = SAMPLERS[name](gaussian(MEAN, DEVIATION), noise, 100)
    found = SAMPLERS[name](gaussian(MEAN.float(), DEVIATION.float()), noise.float(), 100)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), exact, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", SAMPLERS)
def test_no_steps_are_no_sampling(name: str) -> None:
    with pytest.raises(ValueError, match="at least 1 step, not 0"):
        SAMPLERS[name](gaussian(MEAN, DEVIATION), quantiles(), 0)
