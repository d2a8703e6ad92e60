"""Sizes of the two autoencoders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from reference_model.rates import SAMPLES_PER_LATENT


@dataclass(frozen=True, kw_only=True)
class OobleckConfig:
    """Sizes of one network of the Oobleck family.

    Attributes:
        strides: strides of the encoder's blocks, all even; their product is :data:`.SAMPLES_PER_LATENT`.
        width: channels at 16 kHz.
        multiples: channels after each block, in multiples of ``width``.
        latent_channels: channels of a latent.

    Raises:
        ValueError: the sizes do not give 25 latents per second.
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


@dataclass(frozen=True, kw_only=True)
class SpectralConfig:
    """Sizes of one spectral autoencoder.

    Attributes:
        window: samples in a Fourier window.
        hop: samples from one spectrum to the next; divides :data:`.SAMPLES_PER_LATENT`.
        width: channels of every block.
        fast_blocks: blocks at the rate of spectra, in encoder and decoder each.
        slow_blocks: blocks at the rate of latents, in encoder and decoder each.
        latent_channels: channels of a latent.
        iterations: iterations of the Griffin-Lim algorithm.

    Raises:
        ValueError: the hop does not give 25 latents per second, or is not a quarter of the window.
    """

    window: int
    hop: int
    width: int
    fast_blocks: int
    slow_blocks: int
    latent_channels: int
    iterations: int

    def __post_init__(self) -> None:
        if SAMPLES_PER_LATENT % self.hop:
            raise ValueError(f"hop must divide {SAMPLES_PER_LATENT}, the samples of a latent; {self.hop} does not.")
        if self.window != 4 * self.hop:
            raise ValueError(f"Phases are found with windows of 4 hops: {self.window} is not 4 x {self.hop}.")

    @property
    def bins(self) -> int:
        """Number of frequencies in a spectrum."""
        return self.window // 2 + 1

    @property
    def spectra_per_latent(self) -> int:
        """Number of spectra per latent."""
        return SAMPLES_PER_LATENT // self.hop


AutoencoderConfig = OobleckConfig | SpectralConfig

BASE: Final = OobleckConfig(strides=(2, 2, 4, 4, 10), width=128, multiples=(1, 2, 4, 8, 16), latent_channels=64)
"""The published system's: 64 x 250 for 10 s."""

NANO: Final = SpectralConfig(
    window=512, hop=128, width=256, fast_blocks=2, slow_blocks=3, latent_channels=32, iterations=12
)
"""6 M parameters, trained in half an hour on one core."""
