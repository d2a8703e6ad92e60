"""Sound to latents and back: the variational autoencoder of the Oobleck family (Evans et al., Stable Audio, 2024)."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import weight_norm

from reference_model.autoencoder.config import AutoencoderConfig
from reference_model.rates import SAMPLE_RATE, SAMPLES_PER_LATENT
from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401 - diffusers imports it as it is


class Autoencoder(nn.Module):
    """Strided convolutions with Snake activations, and their mirror, by diffusers.

    Latents are scaled to mean 0 and deviation 1 in each channel by statistics of the sound that it was trained on;
    they are part of the weights.
    """

    body: Any
    """An AutoencoderOobleck; its type says nothing about its parts."""
    mean: Tensor
    deviation: Tensor

    def __init__(self, config: AutoencoderConfig) -> None:
        from diffusers import AutoencoderOobleck

        super().__init__()
        self.config = config
        with warnings.catch_warnings():  # diffusers keeps to weight_norm, whose names its files have
            warnings.simplefilter("ignore", FutureWarning)
            self.body = AutoencoderOobleck(  # type: ignore[no-untyped-call]
                encoder_hidden_size=config.width,
                downsampling_ratios=list(config.strides),
                channel_multiples=list(config.multiples),
                decoder_channels=config.width,
                decoder_input_channels=config.latent_channels,
                audio_channels=1,
                sampling_rate=SAMPLE_RATE,
            )
            if (
                2 * config.latent_channels != config.width
            ):  # diffusers has as many means and scales as channels at 16 kHz
                widest = config.width * config.multiples[-1]
                self.body.encoder.conv2 = weight_norm(nn.Conv1d(widest, 2 * config.latent_channels, 3, padding=1))
        self.register_buffer("mean", torch.zeros(config.latent_channels))
        self.register_buffer("deviation", torch.ones(config.latent_channels))

    def posterior(self, samples: Float[Tensor, "b t"]) -> tuple[Float[Tensor, "b n c"], Float[Tensor, "b n c"]]:
        """Mean and deviation of each latent as they come out of the encoder; the last may reach past the end."""
        padded = F.pad(samples, (0, -samples.shape[1] % SAMPLES_PER_LATENT))
        mean, scale = self.body.encoder(padded[:, None]).transpose(1, 2).chunk(2, dim=-1)
        return mean, F.softplus(scale) + 1e-4

    def sound(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b t"]:
        """Samples of latents as they come out of the encoder."""
        return self.body.decoder(latents.transpose(1, 2))[:, 0]

    def encode(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b n c"]:
        """The most likely latents of mono sound at 16 kHz, scaled."""
        return (self.posterior(samples)[0] - self.mean) / self.deviation

    def decode(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b t"]:
        """The sound, 640 samples for each scaled latent; not limited to [-1, 1]."""
        return self.sound(latents * self.deviation + self.mean)
