"""Encodes magnitude spectra to latents and decodes them; the Griffin-Lim algorithm finds phases.

A small network cannot learn phases quickly: a waveform autoencoder of this size still outputs noise when this one is
trained. A magnitude spectrogram whose hop is a quarter of the window determines its sound almost completely (Griffin
and Lim, 1984; Perraudin et al., 2013), so there is nothing audible to learn about phases.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from vggsound_omni.media._torchaudio import torchaudio

from .config import SpectralConfig

FLOOR = 2e-3  # added to magnitudes: below the quietest room, so that nothing quieter is learnt
_CENTRE, _SCALE = -3.0, 2.5  # bring log magnitudes to about zero mean and unit variance
_MOMENTUM = 0.99


class Spectral(nn.Module):
    """Residual convolutions at the rate of spectra, then at the rate of latents, mirrored in the decoder."""

    window: Tensor

    def __init__(self, config: SpectralConfig) -> None:
        super().__init__()
        self.config = config
        width, together = config.width, config.spectra_per_latent * config.width
        self.read = nn.Linear(config.bins, width)
        self.encoder = nn.Sequential(*(Block(width) for _ in range(config.fast_blocks)))
        self.join = nn.Linear(together, width)
        self.slow_encoder = nn.Sequential(*(Block(width) for _ in range(config.slow_blocks)), nn.LayerNorm(width))
        self.posterior = nn.Linear(width, 2 * config.latent_channels)
        self.enter = nn.Linear(config.latent_channels, width)
        self.slow_decoder = nn.Sequential(*(Block(width) for _ in range(config.slow_blocks)))
        self.split = nn.Linear(width, together)
        self.decoder = nn.Sequential(*(Block(width) for _ in range(config.fast_blocks)), nn.LayerNorm(width))
        self.write = nn.Linear(width, config.bins)
        self.register_buffer("window", torch.hann_window(config.window), persistent=False)

    def spectra(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b s f"]:
        """Returns scaled log magnitudes of Hann windows centred on every hop before the end, with zeros around."""
        config = self.config
        half = config.window // 2
        spectra = torch.stft(
            F.pad(samples, (half, half)),
            config.window,
            config.hop,
            window=self.window,
            center=False,
            return_complex=True,
        )[..., :-1]
        return ((spectra.abs() + FLOOR).log().transpose(1, 2) - _CENTRE) / _SCALE

    def compressed(self, spectra: Float[Tensor, "b s f"]) -> Float[Tensor, "b n d"]:
        """Returns means, then scales before softplus, of the latents of spectra."""
        fast = self.encoder(self.read(spectra))
        slow = self.join(fast.unflatten(1, (-1, self.config.spectra_per_latent)).flatten(2))
        return self.posterior(self.slow_encoder(slow))

    def expanded(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b s f"]:
        """Returns the scaled log magnitudes of latents."""
        slow = self.split(self.slow_decoder(self.enter(latents)))
        return self.write(self.decoder(slow.unflatten(2, (self.config.spectra_per_latent, -1)).flatten(1, 2)))

    def analysed(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b n d"]:
        """Returns means, then scales before softplus, for samples of whole latents."""
        return self.compressed(self.spectra(samples))

    def synthesised(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b t"]:
        """Returns the samples of latents."""
        return self.sound(self.expanded(latents).float())

    def sound(self, spectra: Float[Tensor, "b s f"]) -> Float[Tensor, "b t"]:
        """Returns samples for scaled log magnitudes, by the fast Griffin-Lim algorithm, always from the same phases."""
        config = self.config
        magnitudes = ((spectra * _SCALE + _CENTRE).exp() - FLOOR).clamp(min=0).transpose(1, 2)
        magnitudes = torch.cat((magnitudes, magnitudes[..., -1:]), dim=-1)  # the last window is centred on the end
        sounds = []
        with torch.random.fork_rng([]):
            for one in magnitudes:
                torch.manual_seed(0)
                sounds.append(
                    torchaudio.functional.griffinlim(
                        one,
                        self.window,
                        config.window,
                        config.hop,
                        config.window,
                        power=1.0,
                        n_iter=config.iterations,
                        momentum=_MOMENTUM,
                        length=spectra.shape[1] * config.hop,
                        rand_init=True,
                    )
                )
        return torch.stack(sounds)


class Block(nn.Module):
    """A residual block: layer norm, a convolution over three neighbours, GELU, a linear layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.near = nn.Conv1d(width, 2 * width, 3, padding=1)
        self.out = nn.Linear(2 * width, width)
        with torch.no_grad():
            self.out.weight.mul_(0.1)
            self.out.bias.zero_()

    def forward(self, x: Float[Tensor, "b s w"]) -> Float[Tensor, "b s w"]:
        """Maps (b, s, w) to the same shape."""
        near = self.near(self.norm(x).transpose(1, 2)).transpose(1, 2)
        return x + self.out(F.gelu(near))
