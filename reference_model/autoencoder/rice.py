"""What is tone and what is noise at one frequency, from how its magnitude is distributed.

A tone under Gaussian noise has magnitudes with Rice's distribution (Rice, Mathematical Analysis of Random Noise, 1945,
section 3.10). On a logarithmic scale its spread depends only on the share of the power that is tone: none is left of it
for a pure tone, and without a tone the spread is that of Rayleigh's distribution.
"""

from __future__ import annotations

from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

_SHARES = 65
"""Shares of the power that are tabulated."""
_QUANTILES = 128
"""Of each of the two components of noise."""


def parted(
    median: Float[Tensor, "*shape"], spread: Float[Tensor, "*shape"]
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """Returns the magnitude of the tone and the standard deviation of the complex noise.

    Args:
        median: of the logarithm of magnitude.
        spread: mean absolute deviation of that logarithm from its median; whatever exceeds that of noise is taken as
            noise of an uncertain level, which is drawn at its median.
    """
    spreads, medians = (column.to(median.device) for column in _table())
    right = torch.searchsorted(spreads, spread.clamp(max=float(spreads[-1])).contiguous()).clamp(1, _SHARES - 1)
    low, high = spreads[right - 1], spreads[right]
    within = ((spread - low) / (high - low)).clamp(0, 1)
    noise = (right - 1 + within) / (_SHARES - 1)
    root = (median - torch.lerp(medians[right - 1], medians[right], within)).exp()
    return root * (1 - noise).sqrt(), root * noise.sqrt()


@cache
@torch.inference_mode(mode=False)
def _table() -> tuple[Tensor, Tensor]:
    """For equally spaced shares of noise, none to all: spread and median of log magnitude, both (shares,)."""
    grid = torch.special.ndtri((torch.arange(_QUANTILES, dtype=torch.float64) + 0.5) / _QUANTILES)
    noise = torch.complex(grid[:, None], grid[None]).flatten() / 2**0.5
    share = torch.linspace(0, 1, _SHARES, dtype=torch.float64)[:, None]
    logarithms = ((1 - share).sqrt() + share.sqrt() * noise).abs().log()
    medians = logarithms.median(1).values
    return (logarithms - medians[:, None]).abs().mean(1).float(), medians.float()
