"""Guidance goes along the line from the unconditional to the conditional velocity."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reference_model.conditioning import Conditions
from reference_model.diffusion import GUIDANCE_SCALE, TEXT_SCALE, guided, sample_ode
from reference_model.diffusion.schedule import predicted_x_0

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


LATE, EARLY = 0.2, 0.8  # diffusion times at which sound is guided no more, and still is
NONE, ALL = torch.zeros(4, dtype=torch.bool), torch.ones(4, dtype=torch.bool)


def at(t: float, items: int = 4) -> tuple[Tensor, Tensor]:
    """Noisy latents at one time."""
    return noisy(items)[0], torch.full((items,), t, dtype=torch.float64)


def sounds(x_t: Tensor, t: Tensor, *velocities: Tensor) -> list[Tensor]:
    """The sounds that velocities imply, as rows."""
    return [predicted_x_0(x_t, v, t).flatten(1) for v in velocities]


def test_at_scale_1_it_is_the_conditional_network_at_its_cost() -> None:
    counted, (x_t, t) = Counted(), at(EARLY)
    for text_scale in (1.0, None):
        assert torch.equal(guided(counted, BATCH, 1, text_scale)(x_t, t), DIT(x_t, t, BATCH))
    assert counted.items == [4, 4]


@given(scale=st.floats(0, 10))
@settings(deadline=None, max_examples=20)
def test_as_published_the_velocity_is_linear_in_the_scale_at_all_times(scale: float) -> None:
    x_t, t = noisy(4)
    v_c, v_u = DIT(x_t, t, BATCH), DIT(x_t, t, BATCH.unconditional())
    found = guided(DIT, BATCH, scale, None)(x_t, t)
    torch.testing.assert_close(found, v_u + scale * (v_c - v_u), rtol=1e-10, atol=1e-10)


def test_in_a_batch_each_is_guided_by_what_it_has_and_less_along_its_sound() -> None:
    x_t, t = at(EARLY)
    found = guided(DIT, BATCH, 2.5, 5.0)(x_t, t)
    v_c, v_u = DIT(x_t, t, BATCH), DIT(x_t, t, BATCH.unconditional())
    v_video = DIT(x_t, t, BATCH.drop(text=ALL, video=NONE))
    plain = v_u + 2.5 * (v_c - v_u)
    plain[0] = (v_u + 2.5 * (v_video - v_u) + 5.0 * (v_c - v_video))[0]
    here, own, wanted = sounds(x_t, t, found, v_c, plain)
    along = ((wanted - own) * own).sum(1) / own.square().sum(1)
    torch.testing.assert_close(here, wanted - 0.7 * along[:, None] * own, rtol=1e-10, atol=1e-10)
    assert (along[:3].abs() > 1e-4).all(), "there is such a part"
    assert ((here - own)[:3].norm(dim=1) > 1e-3).all(), "and one that stays"


def test_late_sound_is_not_guided() -> None:
    counted, (x_t, t) = Counted(), at(LATE)
    assert torch.equal(guided(counted, BATCH)(x_t, t), DIT(x_t, t, BATCH))
    assert counted.items == [4]
    t[1] = EARLY
    found, plain = guided(DIT, BATCH)(x_t, t), DIT(x_t, t, BATCH)
    torch.testing.assert_close(found[[0, 2, 3]], plain[[0, 2, 3]], rtol=0, atol=1e-12)
    assert (found[1] - plain[1]).abs().max() > 1e-3


def test_a_step_takes_as_many_items_of_the_network_as_there_are_branches() -> None:
    for words, frames, items in ((3, 4, 3), (3, 0, 2), (0, 4, 2)):
        counted, x_t = Counted(), noisy(1)[0]
        sample_ode(guided(counted, request(1, words=words, frames=frames)), x_t, 16)
        assert counted.items == [items] * 8 + [1] * 8, (words, frames)


def test_without_text_or_without_video_the_text_has_no_scale_of_its_own() -> None:
    x_t, t = at(EARLY, 1)
    for asked in (request(1, words=0), request(2, frames=0)):
        one, other = guided(DIT, asked, 2.5, 7.0)(x_t, t), guided(DIT, asked, 2.5, 3.0)(x_t, t)
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_published_scale_is_the_default() -> None:
    assert GUIDANCE_SCALE == 2.5
    x_t, t = at(EARLY)
    assert torch.equal(guided(DIT, BATCH)(x_t, t), guided(DIT, BATCH, 2.5, TEXT_SCALE)(x_t, t))


def test_nothing_asked_for_is_not_guided() -> None:
    """A request without text and video is its own unconditional branch."""
    x_t, t = at(EARLY)
    found = guided(DIT, BATCH, 7.0)(x_t, t)
    torch.testing.assert_close(found[3], DIT(x_t, t, BATCH)[3], rtol=0, atol=1e-12)
    assert (found[0] - DIT(x_t, t, BATCH)[0]).abs().max() > 0.01


@pytest.mark.parametrize("scale", [0.0, 2.5])
@pytest.mark.parametrize("text_scale", [None, 5.0])
def test_the_length_asked_for_stays_in_all_branches(scale: float, text_scale: float | None) -> None:
    x_t, t = at(EARLY, 1)
    short, long = (guided(DIT, request(seconds=seconds), scale, text_scale)(x_t, t) for seconds in (2.0, 8.0))
    assert (short - long).abs().max() > 0.01
