"""Sizes of the diffusion transformer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, kw_only=True)
class DiTConfig:
    """Sizes of one network.

    Attributes:
        depth: number of blocks.
        width: channels of the residual stream.
        heads: attention heads; each has width / heads channels, and rotary positions rotate the first half of these.
        latent_channels: channels of a latent.
        text_width: channels of a text token.
        visual_width: channels of a visual token.
        sync_width: channels of a synchronisation feature.
        condition_width: channels to which text, visual and duration tokens are projected first.
        checkpointing: recompute each block in the backward pass: about a third more work, much less memory.

    Raises:
        ValueError: a size is impossible.
    """

    depth: int
    width: int
    heads: int
    latent_channels: int
    text_width: int
    visual_width: int
    sync_width: int
    condition_width: int
    checkpointing: bool = False

    def __post_init__(self) -> None:
        for entry in fields(self):
            if getattr(self, entry.name) < (0 if entry.name == "checkpointing" else 1):
                raise ValueError(f"{entry.name} must be at least 1, not {getattr(self, entry.name)}.")
        if self.width % self.heads or self.width // self.heads % 4:
            raise ValueError(
                f"width must be a multiple of 4 x heads (half of a head is turned in pairs): {self.width} is not one "
                f"of {4 * self.heads}."
            )
        if self.condition_width % 2:
            raise ValueError(f"condition_width must be even (sines and cosines), not {self.condition_width}.")

    @property
    def head_width(self) -> int:
        """Channels per head."""
        return self.width // self.heads


NANO: Final = DiTConfig(
    depth=6,
    width=256,
    heads=4,
    latent_channels=32,
    text_width=128,
    visual_width=128,
    sync_width=64,
    condition_width=256,
)
"""About 9 million parameters; can be trained on a laptop."""

BASE: Final = DiTConfig(
    depth=24,
    width=1536,
    heads=24,
    latent_channels=64,
    text_width=768,
    visual_width=1024,
    sync_width=768,
    condition_width=1024,
)
"""About 1.1 billion parameters, for Flan-T5 base, CLIP ViT-H/14 and Synchformer features; as far as published."""
