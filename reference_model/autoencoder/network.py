"""The variational autoencoder, around either network."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference_model.rates import SAMPLES_PER_LATENT

from .config import AutoencoderConfig, OobleckConfig
from .oobleck import Oobleck
from .spectral import Spectral


class Autoencoder(nn.Module):
    """The network that the config selects, and the scale of its latents.

    Each latent channel is scaled to mean 0 and deviation 1 with statistics of the training sound, which are part of the
    weights.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.body = Oobleck(config) if isinstance(config, OobleckConfig) else Spectral(config)
        self.register_buffer("mean", torch.zeros(config.latent_channels))
        self.register_buffer("deviation", torch.ones(config.latent_channels))

    def posterior(self, samples: Float[Tensor, "b t"]) -> tuple[Float[Tensor, "b n c"], Float[Tensor, "b n c"]]:
        """Returns mean and deviation of each latent, unscaled; the last may extend past the end."""
        return parted(self.body.analysed(F.pad(samples, (0, -samples.shape[1] % SAMPLES_PER_LATENT))))

    def encode(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b n c"]:
        """Returns the most likely latents of mono sound at 16 kHz, scaled."""
        return (self.posterior(samples)[0] - self.mean) / self.deviation

    def decode(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b t"]:
        """Returns the sound, 640 samples per scaled latent; it may exceed [-1, 1]."""
        return self.body.synthesised(latents * self.deviation + self.mean)


def parted(out: Float[Tensor, "b n d"]) -> tuple[Float[Tensor, "b n c"], Float[Tensor, "b n c"]]:
    """Splits the output of an encoder's last layer into mean and deviation."""
    mean, scale = out.chunk(2, dim=-1)
    return mean, F.softplus(scale) + 1e-4
