"""Rotary positions (Su et al., RoFormer, 2021, equation 34) on half of each head."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

LONGEST_PERIOD = 10_000  # period of the slowest pair of channels, in units of 2 pi positions


def rotary_angles(
    count: int, channels: int, device: torch.device
) -> tuple[Float[Tensor, "count pairs"], Float[Tensor, "count pairs"]]:
    """Returns cosine and sine of the angle of each position and each pair of channels, float32.

    Args:
        count: number of positions.
        channels: channels that are rotated, in pairs.
        device: torch device.
    """
    pairs = channels // 2
    frequency = LONGEST_PERIOD ** -(torch.arange(pairs, device=device, dtype=torch.float32) / pairs)
    angle = torch.arange(count, device=device, dtype=torch.float32)[:, None] * frequency
    return angle.cos(), angle.sin()


def rotate(
    x: Float[Tensor, "b n two h d"], cosine: Float[Tensor, "n pairs"], sine: Float[Tensor, "n pairs"]
) -> Float[Tensor, "b n two h d"]:
    """Rotates the first ``2 * pairs`` channels of queries and keys by their position's angle, and leaves the rest.

    Channel k is paired with channel k + pairs. The remaining channels can carry what does not depend on distance.
    """
    pairs = cosine.shape[-1]
    cosine, sine = (part.to(x.dtype)[:, None, None] for part in (cosine, sine))
    first, second, rest = x.split((pairs, pairs, x.shape[-1] - 2 * pairs), dim=-1)
    return torch.cat((first * cosine - second * sine, first * sine + second * cosine, rest), dim=-1)
