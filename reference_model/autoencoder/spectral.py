"""Encodes magnitude spectra to latents and decodes them; :mod:`.voice` makes sound of spectra.

A small network cannot learn phases quickly: a waveform autoencoder of this size still outputs noise when this one is
trained. Nor can 25 latents a second hold what noise does at each moment: the decoder says what is noise, and draws it.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from .config import SpectralConfig
from .rice import parted
from .voice import spectra, voiced

FLOOR = 2e-3  # added to magnitudes: below the quietest room, so that nothing quieter is learnt
ENCODER = ("read", "encoder", "join", "slow_encoder", "posterior")
"""The parts that make latents."""
_CENTRE, _SCALE = -3.0, 2.5  # bring log magnitudes to about zero mean and unit variance
_USUAL = 0.2  # spread of scaled log magnitudes from which the decoder starts: that of noise
_DOUBLINGS = 5.0  # most doublings, and halvings, of it


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
        self.write = nn.Linear(width, 2 * config.bins)
        self.register_buffer("window", torch.hann_window(config.window), persistent=False)

    def spectra(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b s f"]:
        """Returns scaled log magnitudes of Hann windows centred on every hop before the end, with zeros around."""
        found = spectra(samples, self.window)[:, :-1]
        return ((found.abs() + FLOOR).log() - _CENTRE) / _SCALE

    def compressed(self, spectra: Float[Tensor, "b s f"]) -> Float[Tensor, "b n d"]:
        """Returns means, then scales before softplus, of the latents of spectra."""
        fast = self.encoder(self.read(spectra))
        slow = self.join(fast.unflatten(1, (-1, self.config.spectra_per_latent)).flatten(2))
        return self.posterior(self.slow_encoder(slow))

    def expanded(self, latents: Float[Tensor, "b n c"]) -> tuple[Float[Tensor, "b s f"], Float[Tensor, "b s f"]]:
        """Returns the scaled log magnitudes of latents, as median and mean absolute deviation from it."""
        slow = self.split(self.slow_decoder(self.enter(latents)))
        found = self.write(self.decoder(slow.unflatten(2, (self.config.spectra_per_latent, -1)).flatten(1, 2))).float()
        median, doublings = found.chunk(2, dim=-1)
        return median, _USUAL * torch.exp2(_DOUBLINGS * torch.tanh(doublings / _DOUBLINGS))

    def analysed(self, samples: Float[Tensor, "b t"]) -> Float[Tensor, "b n d"]:
        """Returns means, then scales before softplus, for samples of whole latents."""
        return self.compressed(self.spectra(samples))

    def synthesised(self, latents: Float[Tensor, "b n c"]) -> Float[Tensor, "b t"]:
        """Returns the samples of latents."""
        return self.sound(*self.expanded(latents))

    def sound(self, median: Float[Tensor, "b s f"], spread: Float[Tensor, "b s f"]) -> Float[Tensor, "b t"]:
        """Returns samples for scaled log magnitudes and their spread, always with the same noise."""
        tone, noise = parted(median * _SCALE + _CENTRE, spread * _SCALE)
        above = (1 - FLOOR / torch.hypot(tone, noise)).clamp(min=0)
        # The last window is centred on the end.
        tone, noise = (torch.cat((part, part[:, -1:]), 1) for part in (above * tone, above * noise))
        return torch.stack(
            [voiced(*parts, self.window, self.config.iterations, seed=0) for parts in zip(tone, noise, strict=True)]
        )


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
        padded = F.pad(self.norm(x), (0, 0, 1, 1))
        three = torch.cat((padded[:, :-2], padded[:, 1:-1], padded[:, 2:]), -1)
        # The convolution as one product: its gradient, in bfloat16 on a processor, takes less time.
        near = F.linear(three, self.near.weight.transpose(1, 2).flatten(1), self.near.bias)
        return x + self.out(F.gelu(near))
