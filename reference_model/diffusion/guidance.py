"""Classifier-free guidance (Ho and Salimans, 2022) with all conditions at once."""

from __future__ import annotations

from typing import Final

from jaxtyping import Float
from torch import Tensor

from reference_model.conditioning.conditions import Conditions

from .objective import Network
from .samplers import Velocity

GUIDANCE_SCALE: Final = 2.5  # as in the published system


def guided(network: Network, conditions: Conditions, scale: float = GUIDANCE_SCALE) -> Velocity:
    """Returns the velocity field that a sampler follows: ``v_u + scale (v_c - v_u)``.

    The unconditional branch has neither text nor visual tokens nor synchronisation features; it keeps the duration.
    Both branches are one call of the network on a batch twice as large; at scale 1, v_u cancels and only v_c is
    computed.
    """
    if scale == 1:
        return lambda x_t, t: network(x_t, t, conditions)
    both = Conditions.join([conditions, conditions.unconditional()])

    def velocity(x_t: Float[Tensor, "b n c"], t: Float[Tensor, " b"]) -> Float[Tensor, "b n c"]:
        v_c, v_u = network(x_t.repeat(2, 1, 1), t.repeat(2), both).chunk(2)
        return v_u.lerp(v_c, scale)

    return velocity
