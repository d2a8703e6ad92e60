"""Sizes of the autoencoder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from reference_model.rates import SAMPLES_PER_LATENT


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig:
    """Sizes of one network of the Oobleck family.

    Attributes:
        strides: of the encoder's blocks, all even; their product is :data:`.SAMPLES_PER_LATENT`.
        width: channels at 16 kHz.
        multiples: of ``width``: channels after each block.
        latent_channels: channels of a latent.

    Raises:
        ValueError: sizes that do not give 25 latents a second.
    """

    strides: tuple[int, ...]
    width: int
    multiples: tuple[int, ...]
    latent_channels: int

    def __post_init__(self) -> None:
        if math.prod(self.strides) != SAMPLES_PER_LATENT:
            raise ValueError(f"The product of strides must be {SAMPLES_PER_LATENT}, not {math.prod(self.strides)}.")
        if any(stride % 2 for stride in self.strides):
            raise ValueError(f"Strides must be even, or the decoder gives too few samples: {self.strides}.")
        if len(self.multiples) != len(self.strides):
            raise ValueError(f"{len(self.strides)} strides need as many multiples, not {len(self.multiples)}.")


BASE: Final = AutoencoderConfig(strides=(2, 2, 4, 4, 10), width=128, multiples=(1, 2, 4, 8, 16), latent_channels=64)
"""That of the published system: 64 x 250 for 10 s."""

NANO: Final = AutoencoderConfig(strides=(4, 4, 4, 10), width=16, multiples=(1, 4, 8, 16), latent_channels=32)
"""2.6 M parameters: one block less, as the layers at 16 and 8 kHz cost most."""
