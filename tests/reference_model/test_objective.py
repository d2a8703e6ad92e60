"""Times cover their distribution in every batch, and the loss is that of the velocity."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from reference_model.conditioning import Conditions
from reference_model.diffusion import draw_times, velocity_loss
from reference_model.diffusion.schedule import alpha_sigma, noised, velocity

from .examples import LATENTS, normal, request

BATCH = Conditions.join([request(seed) for seed in range(3)])


def sounds(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    generator = Generator().manual_seed(seed)
    x_0, noise = normal(2, 3, LATENTS, 3, generator=generator)
    return x_0, noise, torch.rand(3, generator=generator, dtype=torch.float64)


@given(count=st.integers(1, 200), seed=st.integers(0, 2**31))
@settings(deadline=None)
def test_every_batch_has_a_time_in_every_share(count: int, seed: int) -> None:
    shares = draw_times(count, Generator().manual_seed(seed)).double().sort().values * count
    first = torch.arange(count)
    assert (shares >= first - 1e-4).all()
    assert (shares <= first + 1 + 1e-4).all()


def test_times_are_in_random_order() -> None:
    """An item's time says nothing about its place in the batch."""
    generator = Generator().manual_seed(0)
    firsts = torch.stack([draw_times(8, generator)[0] for _ in range(800)])
    counts = torch.histc(firsts, 8, 0, 1)
    assert (counts - 100).abs().max() < 40  # 4 deviations


def test_times_come_from_the_generator() -> None:
    first, again, other = (draw_times(16, Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@given(count=st.integers(2, 200), seed=st.integers(0, 2**31))
@settings(deadline=None)
def test_logit_normal_times_have_standard_normal_logits(count: int, seed: int) -> None:
    times = draw_times(count, Generator().manual_seed(seed), "logit-normal").double()
    assert ((times >= 0) & (times <= 1)).all()
    ranks = torch.special.ndtr(times.logit(1e-9)).sort().values * count
    first = torch.arange(count)
    assert (ranks >= first - 0.01).all()
    assert (ranks <= first + 1.01).all()


def test_the_right_velocity_costs_nothing() -> None:
    x_0, noise, t = sounds()
    asked = []

    def knows(x_t: Tensor, times: Tensor, conditions: Conditions) -> Tensor:
        asked.append((x_t, times, conditions))
        return velocity(x_0, noise, t)

    assert torch.equal(velocity_loss(knows, x_0, BATCH, t, noise), torch.zeros(3))
    ((x_t, times, conditions),) = asked
    assert torch.equal(x_t, noised(x_0, noise, t))
    assert torch.equal(times, t)
    assert conditions is BATCH


def test_a_constant_error_costs_its_square_in_its_item_only() -> None:
    x_0, noise, t = sounds()
    error = torch.tensor([0.0, 0.5, 2.0])
    loss = velocity_loss(lambda *_: velocity(x_0, noise, t) + error[:, None, None], x_0, BATCH, t, noise)
    torch.testing.assert_close(loss, error.square())
    assert loss.dtype == torch.float32


@pytest.mark.parametrize("s", [0.5, 1.0, 2.0])
def test_the_best_prediction_for_gaussian_sound_leaves_what_cannot_be_known(s: float) -> None:
    """For x_0 of deviation s, v given x_t has the variance ``s^2 / (alpha^2 s^2 + sigma^2)``."""
    generator = Generator().manual_seed(0)
    x_0, noise = normal(2, 3, 100_000, 1, generator=generator)
    t = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)
    alpha, sigma = alpha_sigma(t)
    variance = alpha**2 * s**2 + sigma**2

    def best(x_t: Tensor, *_: object) -> Tensor:
        return (1 - s**2) * alpha * sigma / variance * x_t

    loss = velocity_loss(best, s * x_0, BATCH, t, noise)
    torch.testing.assert_close(loss.double(), (s**2 / variance).flatten(), rtol=0.02, atol=0)
