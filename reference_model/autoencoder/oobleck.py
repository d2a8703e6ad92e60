"""Waveform to latents and back: the Oobleck family (Evans et al., Stable Audio, 2024), by diffusers."""

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
    """Strided convolutions with Snake activations, and their mirror."""

    body: Any
    """An AutoencoderOobleck; its type says nothing about its parts."""

    def __init__(self, config: OobleckConfig) -> None:
        from diffusers import AutoencoderOobleck

        super().__init__()
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

    def analysed(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b n d"]:
        """Means, then scales before softplus, of whole latents' samples."""
        return self.body.encoder(samples[:, None]).transpose(1, 2)

    def synthesised(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b t"]:
        """Samples of latents."""
        return self.body.decoder(latents.transpose(1, 2))[:, 0]
