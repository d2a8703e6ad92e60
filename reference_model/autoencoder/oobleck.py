"""The Oobleck waveform autoencoder (Evans et al., Stable Audio, 2024), from diffusers."""

from __future__ import annotations

import warnings
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils import weight_norm

from reference_model.rates import SAMPLE_RATE
from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401 - diffusers imports it as it is

from .config import OobleckConfig


class Oobleck(nn.Module):
    """Strided convolutions with Snake activations, mirrored in the decoder."""

    body: Any  # an AutoencoderOobleck, whose types do not describe its parts

    def __init__(self, config: OobleckConfig) -> None:
        from diffusers import AutoencoderOobleck

        super().__init__()
        with warnings.catch_warnings():  # diffusers still uses the deprecated weight_norm, as do the names in its files
            warnings.simplefilter("ignore", FutureWarning)
            self.body = AutoencoderOobleck(
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

    def analysed(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b n d"]:
        """Returns means, then scales before softplus, for samples of whole latents."""
        return self.body.encoder(samples[:, None]).transpose(1, 2)

    def synthesised(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b t"]:
        """Returns the samples of latents."""
        return self.body.decoder(latents.transpose(1, 2))[:, 0]
