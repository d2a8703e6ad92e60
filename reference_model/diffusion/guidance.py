"""Classifier-free guidance (Ho and Salimans, 2022); of text and video, each has its own scale."""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from reference_model.conditioning.conditions import Conditions

from .objective import Network
from .samplers import Velocity

GUIDANCE_SCALE: Final = 2.5  # as in the published system
TEXT_SCALE: Final = 5.0
NOISY: Final = 0.5
"""Diffusion time from which on text is weighed against video; what sounds, and when, is settled before."""


def guided(
    network: Network, conditions: Conditions, scale: float = GUIDANCE_SCALE, text_scale: float | None = None
) -> Velocity:
    """Returns the velocity field that a sampler follows.

    With text or video alone it is ``v_u + scale * (v_c - v_u)``. With both, as long as t > ``NOISY``, it is::

        v_u + scale * (v_video - v_u) + text_scale * (v_c - v_video)

    where a larger ``text_scale`` lets the text decide if the two disagree (Brooks et al., InstructPix2Pix, 2023,
    section 3.2.1). Afterwards it is ``v_c`` (Kynkaanniemi et al., Applying Guidance in a Limited Interval, 2024). Three
    items of the network in the first half of the steps and one in the second cost as much as two in all.

    Args:
        network: predicts v_c from all conditions, v_video without the text, and v_u without text, visual tokens and
            synchronisation features; the duration is always kept.
        conditions: of the batch; each item is guided by what it has.
        scale: of the only condition, or of the video.
        text_scale: of the text of items that have both; None guides by both at once, with ``scale`` at all times.
    """
    both = conditions.text_mask.any(dim=1) & conditions.visual_mask.any(dim=1)
    if text_scale is None:
        both = torch.zeros_like(both)
    weight = scale if text_scale is None else text_scale
    if scale == 1 and (weight == 1 or not both.any()):
        return lambda x_t, t: network(x_t, t, conditions)
    two = Conditions.join([conditions, conditions.unconditional()])
    three = Conditions.join([two, conditions.drop(text=both, video=torch.zeros_like(both))]) if both.any() else two

    def velocity(x_t: Float[Tensor, "b n c"], t: Float[Tensor, " b"]) -> Float[Tensor, "b n c"]:
        weighed = both & (t > NOISY)
        of_video = _each(both & ~weighed, 1.0, scale, x_t)
        if weighed.any():
            branches = network(x_t.repeat(3, 1, 1), t.repeat(3), three).to(x_t.dtype)
            v_c, v_u, v_video = branches.chunk(3)
            of_text = _each(weighed, weight, 1.0, x_t)
            return v_u.lerp(v_video, of_video) + of_text * (v_c - v_video)
        if both.all():
            return network(x_t, t, conditions)
        v_c, v_u = network(x_t.repeat(2, 1, 1), t.repeat(2), two).to(x_t.dtype).chunk(2)
        return v_u.lerp(v_c, of_video)

    return velocity


def _each(
    which: Bool[Tensor, " b"], scale: float, others: float, like: Float[Tensor, "b n c"]
) -> Float[Tensor, "b 1 1"]:
    """Returns a scale for each item: one for some, another for the others."""
    return torch.where(which, like.new_tensor(scale), like.new_tensor(others))[:, None, None]
