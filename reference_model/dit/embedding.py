"""Embeds numbers as vectors, and all conditions as one sequence of tokens."""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference_model.conditioning.conditions import Conditions

from .config import DiTConfig

FOURIER_CHANNELS = 256
CYCLES = (0.25, 64.0)  # lowest and highest frequency of the Fourier features of a number in [0, 1]
UNIT_SECONDS = 10.0  # this duration is embedded as 1.0; it is that of the published system's longest clip


def fourier(numbers: Float[Tensor, "*shape"], like: Tensor) -> Float[Tensor, "*shape channels"]:
    """Returns Fourier features of numbers in about [0, 1], computed in float32 and cast to the type of ``like``."""
    low, high = (math.log(cycles) for cycles in CYCLES)
    count = FOURIER_CHANNELS // 2
    frequency = torch.linspace(low, high, count, device=numbers.device, dtype=torch.float32).exp()
    angle = 2 * torch.pi * numbers.float()[..., None] * frequency
    return torch.cat((angle.cos(), angle.sin()), dim=-1).to(like.dtype)


def sinusoids(count: int, like: Float[Tensor, "width other"]) -> Float[Tensor, "count width"]:
    """Returns fixed absolute positions for any length (Vaswani et al., Attention Is All You Need, 2017, 3.5)."""
    half = like.shape[0] // 2
    frequency = 10_000 ** -(torch.arange(half, device=like.device, dtype=torch.float32) / half)
    angle = torch.arange(count, device=like.device, dtype=torch.float32)[:, None] * frequency
    return torch.cat((angle.sin(), angle.cos()), dim=-1).to(like.dtype)


class ConditionTokens(nn.Module):
    """Start and duration, text and video as one sequence of m = 2 + t + f tokens for cross-attention.

    The start is 0 s unless latents are a window of a longer sound. Unconditional items need tokens to attend to, and
    these two are always present.
    """

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.start = nn.Linear(FOURIER_CHANNELS, config.condition_width)
        self.length = nn.Linear(FOURIER_CHANNELS, config.condition_width)
        self.text = nn.Linear(config.text_width, config.condition_width)
        self.visual = nn.Linear(config.visual_width, config.condition_width)
        self.project = mlp(config.condition_width, config.width)

    def forward(
        self, conditions: Conditions
    ) -> tuple[Float[Tensor, "b m w"], Bool[Tensor, "b 1 1 m"] | None, Float[Tensor, "b two_c"]]:
        """Returns the tokens, their mask (None if all are present), and the duration as one vector."""
        seconds = conditions.seconds / UNIT_SECONDS
        start = self.start(fourier(conditions.start / UNIT_SECONDS, self.start.weight))
        length = self.length(fourier(seconds, self.length.weight))
        duration = torch.stack((start, length), dim=1)
        positions = sinusoids(conditions.visual.shape[1], self.visual.weight)
        parts = (duration, self.text(conditions.text), self.visual(conditions.visual) + positions)
        tokens = self.project(torch.cat(parts, dim=1))
        if conditions.full:
            return tokens, None, duration.flatten(1)
        mask = F.pad(torch.cat((conditions.text_mask, conditions.visual_mask), dim=1), (2, 0), value=True)
        return tokens, mask[:, None, None], duration.flatten(1)


def mlp(width_in: int, width: int, width_out: int | None = None) -> nn.Sequential:
    """Returns two linear layers with SiLU in between."""
    return nn.Sequential(nn.Linear(width_in, width), nn.SiLU(), nn.Linear(width, width_out or width))
