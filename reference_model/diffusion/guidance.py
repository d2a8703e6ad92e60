"""Classifier-free guidance (Ho and Salimans, 2022); of text and video, each has its own scale."""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from reference_model.conditioning.conditions import Conditions

from .objective import Network
from .samplers import Velocity
from .schedule import predicted_x_0

GUIDANCE_SCALE: Final = 2.5  # as in the published system
TEXT_SCALE: Final = 5.0
NOISY: Final = 0.5
"""Diffusion time down to which sound is guided; what sounds, and when, is settled by then."""
ALONG: Final = 0.3
"""Share that stays of what guidance adds along a sound."""


def guided(
    network: Network, conditions: Conditions, scale: float = GUIDANCE_SCALE, text_scale: float | None = TEXT_SCALE
) -> Velocity:
    """Returns the velocity field that a sampler follows.

    As long as t > ``NOISY``, guidance adds to v_c: with text or video alone ``(scale - 1) (v_c - v_u)``, with both::

        (scale - 1)(v_video - v_u) + (text_scale - 1)(v_c - v_video)

    where a larger ``text_scale`` lets the text decide if the two disagree (Brooks et al., InstructPix2Pix, 2023,
    section 3.2.1). Of what it adds to the sound that v_c implies, only ``ALONG`` stays of the part along that sound,
    which would make it louder and sharper than sounds are (Sadat et al., Eliminating Oversaturation and Artifacts of
    High Guidance Scales, 2025, where ``ALONG`` is eta; without their momentum and threshold). Afterwards the field is
    v_c (Kynkaanniemi et al., Applying Guidance in a Limited Interval, 2024).

    Args:
        network: predicts v_c from all conditions, v_video without the text, and v_u without text, visual tokens and
            synchronisation features; the duration is always kept.
        conditions: of the batch; each item is guided by what it has.
        scale: of the only condition, or of the video.
        text_scale: of the text of items that have both; None guides as the published system does, by all conditions at
            once and at all times: ``v_u + scale (v_c - v_u)``.
    """
    if text_scale is None:
        return _published(network, conditions, scale)
    both = conditions.text_mask.any(dim=1) & conditions.visual_mask.any(dim=1)
    if scale == 1 and (text_scale == 1 or not both.any()):
        return lambda x_t, t: network(x_t, t, conditions)
    branches = [conditions, conditions.unconditional()]
    if both.any():
        branches.append(conditions.drop(text=both, video=torch.zeros_like(both)))
    joined, count = Conditions.join(branches), len(branches)

    def velocity(x_t: Float[Tensor, "b n c"], t: Float[Tensor, " b"]) -> Float[Tensor, "b n c"]:
        noisy = t > NOISY
        if not noisy.any():
            return network(x_t, t, conditions)
        v_c, v_u, *rest = network(x_t.repeat(count, 1, 1), t.repeat(count), joined).to(x_t.dtype).chunk(count)
        v_video = torch.where(both[:, None, None], rest[0], v_c) if rest else v_c
        more = (scale - 1) * (v_video - v_u) + (text_scale - 1) * (v_c - v_video)
        return torch.where(noisy[:, None, None], _turned(x_t, t, v_c, more), v_c)

    return velocity


def _published(network: Network, conditions: Conditions, scale: float) -> Velocity:
    if scale == 1:
        return lambda x_t, t: network(x_t, t, conditions)
    joined = Conditions.join([conditions, conditions.unconditional()])

    def velocity(x_t: Float[Tensor, "b n c"], t: Float[Tensor, " b"]) -> Float[Tensor, "b n c"]:
        v_c, v_u = network(x_t.repeat(2, 1, 1), t.repeat(2), joined).to(x_t.dtype).chunk(2)
        return v_u.lerp(v_c, scale)

    return velocity


def _turned(
    x_t: Float[Tensor, "b n c"], t: Float[Tensor, " b"], v_c: Float[Tensor, "b n c"], more: Float[Tensor, "b n c"]
) -> Float[Tensor, "b n c"]:
    """Adds to a velocity what is at right angles to the sound that it implies, and a share of what is along it."""
    sound = predicted_x_0(x_t, v_c, t)
    along = (more * sound).sum(dim=(1, 2), keepdim=True) / sound.square().sum(dim=(1, 2), keepdim=True)
    return v_c + more - (1 - ALONG) * along * sound
