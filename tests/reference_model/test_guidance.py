"""Guidance goes along the line from the unconditional to the conditional velocity."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reference_model.conditioning import Conditions
from reference_model.diffusion import GUIDANCE_SCALE, guided, sample_ode

from .examples import network, noisy, request

DIT = network().requires_grad_(requires_grad=False)
BATCH = Conditions.join([request(0), request(1, words=0), request(2, frames=0), request(3, words=0, frames=0)])


class Counted:
    """The network, and how many items each call had."""

    def __init__(self) -> None:
        self.items: list[int] = []

    def __call__(self, x_t: Tensor, t: Tensor, conditions: Conditions) -> Tensor:
        self.items.append(len(x_t))
        return DIT(x_t, t, conditions)


def test_at_scale_1_it_is_the_conditional_network_at_its_cost() -> None:
    counted, (x_t, t) = Counted(), noisy(4)
    assert torch.equal(guided(counted, BATCH, scale=1)(x_t, t), DIT(x_t, t, BATCH))
    assert counted.items == [4]


def test_other_scales_are_one_call_of_twice_the_items() -> None:
    counted, (x_t, t) = Counted(), noisy(4)
    guided(counted, BATCH)(x_t, t)
    assert counted.items == [8]


@given(scale=st.floats(0, 10))
@settings(deadline=None, max_examples=20)
def test_velocity_is_linear_in_the_scale(scale: float) -> None:
    x_t, t = noisy(4)
    v_c, v_u = DIT(x_t, t, BATCH), DIT(x_t, t, BATCH.unconditional())
    found = guided(DIT, BATCH, scale)(x_t, t)
    torch.testing.assert_close(found, v_u + scale * (v_c - v_u), rtol=1e-10, atol=1e-10)


LATE, EARLY = 0.2, 0.8  # diffusion times after and before the text is weighed


@pytest.mark.parametrize("at", [LATE, EARLY])
def test_in_a_batch_each_is_guided_by_what_it_has(at: float) -> None:
    x_t, t = noisy(4)[0], torch.full((4,), at, dtype=torch.float64)
    found = guided(DIT, BATCH, 2.5, 5.0)(x_t, t)
    none, all_ = torch.zeros(4, dtype=torch.bool), torch.ones(4, dtype=torch.bool)
    v_c, v_u = DIT(x_t, t, BATCH), DIT(x_t, t, BATCH.unconditional())
    v_video = DIT(x_t, t, BATCH.drop(text=all_, video=none))
    wanted = v_u + 2.5 * (v_c - v_u)
    wanted[0] = (v_u + 2.5 * (v_video - v_u) + 5.0 * (v_c - v_video) if at == EARLY else v_c)[0]
    torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)


def test_one_scale_for_both_is_guidance_by_both_at_once() -> None:
    x_t, t = noisy(4)[0], torch.full((4,), EARLY, dtype=torch.float64)
    torch.testing.assert_close(guided(DIT, BATCH, 2.5, 2.5)(x_t, t), guided(DIT, BATCH)(x_t, t), rtol=1e-10, atol=1e-10)


def test_a_request_takes_no_more_of_the_network_with_both_than_with_one() -> None:
    """Three items in the first half of the steps and one in the second, or two in each."""
    for words, frames in ((3, 4), (3, 0), (0, 4)):
        counted, x_t = Counted(), noisy(1)[0]
        sample_ode(guided(counted, request(1, words=words, frames=frames), text_scale=5.0), x_t, 16)
        assert sum(counted.items) == 32, (words, frames)


@pytest.mark.parametrize("at", [LATE, EARLY])
def test_without_text_or_without_video_the_text_has_no_scale_of_its_own(at: float) -> None:
    x_t, t = noisy(1)[0], torch.full((1,), at, dtype=torch.float64)
    for asked in (request(1, words=0), request(2, frames=0)):
        assert torch.equal(guided(DIT, asked, 2.5, 7.0)(x_t, t), guided(DIT, asked, 2.5)(x_t, t))


def test_published_scale_is_the_default() -> None:
    assert GUIDANCE_SCALE == 2.5
    x_t, t = noisy(4)
    assert torch.equal(guided(DIT, BATCH)(x_t, t), guided(DIT, BATCH, 2.5)(x_t, t))


def test_nothing_asked_for_is_not_guided() -> None:
    """A request without text and video is its own unconditional branch."""
    x_t, t = noisy(4)
    found = guided(DIT, BATCH, 7.0)(x_t, t)
    torch.testing.assert_close(found[3], DIT(x_t, t, BATCH)[3], rtol=0, atol=1e-12)
    assert (found[0] - DIT(x_t, t, BATCH)[0]).abs().max() > 0.01


@pytest.mark.parametrize("scale", [0.0, 2.5])
def test_the_length_asked_for_stays_in_both_branches(scale: float) -> None:
    x_t, t = noisy(1)
    short, long = (guided(DIT, request(seconds=seconds), scale)(x_t, t) for seconds in (2.0, 8.0))
    assert (short - long).abs().max() > 0.01
