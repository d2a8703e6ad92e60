"""HTSAT, the audio tower of both CLAPs: a log-mel spectrogram, folded to a square picture, through a Swin transformer.

Chen et al., "HTS-AT: a hierarchical token-semantic audio transformer", arXiv 2202.00874; Liu et al., "Swin
transformer", arXiv 2103.14030. Parameters and constant buffers bear the names of the published checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .transformer import Mlp

BANDS = 64
"""Mel bands."""
FFT = 1024
"""Samples of a Fourier window."""
CLASSES = 527
"""Of AudioSet."""
_SIDE = 256
"""Pixels of the picture, each way."""
_FOLDS = _SIDE // BANDS
"""Stretches of time that lie one below the other in the picture."""
_WINDOW = 8
"""Tokens each way that attend to each other."""
_HEADS = (4, 8, 16, 32)
"""Of the four stages; each halves the picture each way and doubles the channels."""


class LogMel(nn.Module):
    """Power in mel bands, in dB: periodic Hann windows, centred with reflection; Slaney's mel scale, area-normalised.

    Args:
        sample_rate: Hz that the bands are made for.
        hop: samples from one spectrum to the next.
        lowest: Hz where the first band begins.
        highest: Hz where the last band ends.
        fft: samples of a Fourier window.
    """

    window: Tensor
    melW: Tensor  # noqa: N815 - the published name

    def __init__(self, sample_rate: int, hop: int, lowest: float, highest: float, fft: int = FFT) -> None:
        super().__init__()
        self._hop, self._fft = hop, fft
        with torch.device("cpu"):  # constants have values even where parameters wait for theirs on the meta device
            self.register_buffer("window", torch.hann_window(fft), persistent=False)
            self.register_buffer("melW", slaney_bands(sample_rate, fft, BANDS, lowest, highest))

    def forward(self, samples: Tensor) -> Tensor:
        """(batch, n) to (batch, 1 + n // hop, 64) in dB, -100 at least."""
        spectrum = torch.stft(
            samples, self._fft, self._hop, window=self.window, pad_mode="reflect", return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        return 10 * torch.log10((power.transpose(1, 2) @ self.melW).clamp(min=1e-10))


def slaney_bands(sample_rate: int, fft: int, bands: int, lowest: float, highest: float) -> Tensor:
    """(fft // 2 + 1, bands): triangles of unit area in Hz, their corners even on the mel scale of Slaney's toolbox.

    That scale (Slaney, "Auditory toolbox", 1998) is linear to 1 kHz, 15 mel, and from there grows by 27 mel with each
    factor of 6.4.
    """
    knee, mels_at_knee, step = 1000.0, 15.0, torch.tensor(6.4, dtype=torch.float64).log() / 27
    ends = torch.tensor([lowest, highest], dtype=torch.float64)
    low, high = torch.where(ends < knee, ends * mels_at_knee / knee, mels_at_knee + (ends / knee).log() / step)
    mels = low + (high - low) * torch.linspace(0, 1, bands + 2, dtype=torch.float64)
    corners = torch.where(
        mels < mels_at_knee, mels * knee / mels_at_knee, knee * torch.exp((mels - mels_at_knee) * step)
    )
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    frequency = torch.linspace(0, sample_rate / 2, fft // 2 + 1, dtype=torch.float64)[:, None]
    triangles = torch.minimum((frequency - left) / (centre - left), (right - frequency) / (right - centre)).clamp(min=0)
    return (triangles * 2 / (right - left)).float()


class Htsat(nn.Module):
    """The tower.

    Args:
        channels: of the first stage.
        depths: blocks of the four stages.
        front_end: turns samples into at most 1024 spectra.
    """

    def __init__(self, channels: int, depths: Sequence[int], front_end: LogMel) -> None:
        super().__init__()
        self.logmel_extractor = front_end
        self.bn0 = nn.BatchNorm1d(BANDS)
        self.patch_embed = PatchEmbedding(channels)
        side = _SIDE // PatchEmbedding.SIZE
        self.layers = nn.Sequential(
            *(
                Stage(channels * 2**k, depth, heads, side // 2**k, last=k == len(depths) - 1)
                for k, (depth, heads) in enumerate(zip(depths, _HEADS, strict=True))
            )
        )
        self.width = channels * 2 ** (len(depths) - 1)
        """Values of a latent."""
        self.norm = nn.LayerNorm(self.width)
        self.tscam_conv = nn.Conv2d(self.width, CLASSES, (2, 3), padding=(0, 1))

    def body_to(self, dtype: torch.dtype) -> None:
        """Casts all but the front end; what pools stays in float32 too."""
        for part in (self.patch_embed, self.layers, self.norm):
            part.to(dtype)

    def forward(self, decibels: Tensor) -> Tensor:
        """Spectra (batch, frames, 64) of :class:`LogMel` to tokens (batch, 8, 8, width); their mean is the latent."""
        picture = folded(self.bn0(decibels.transpose(1, 2)).transpose(1, 2))
        return self.norm(self.layers(self.patch_embed(picture.to(self.norm.weight.dtype)))).float()

    def tags(self, tokens: Tensor) -> Tensor:
        """Tokens to logits (batch, 527) of AudioSet's classes, before the sigmoid: the token-semantic head.

        The quarters of the picture are put back in a row, which leaves two bands of frequency by 32 steps of time.
        """
        maps = tokens.permute(0, 3, 1, 2).unflatten(2, (_FOLDS, -1)).transpose(2, 3).flatten(3)
        return self.tscam_conv(maps).mean((2, 3))


def folded(spectra: Tensor) -> Tensor:
    """(batch, frames, 64), stretched to 1024 frames, to (batch, 1, 256, 256): four quarters, one below the other."""
    frames = _SIDE * _FOLDS
    stretched = F.interpolate(spectra[:, None], (frames, BANDS), mode="bicubic", align_corners=True)
    return stretched.unflatten(2, (_FOLDS, _SIDE)).transpose(3, 4).flatten(2, 3)


class PatchEmbedding(nn.Module):
    """Tokens of 4 x 4 pixels."""

    SIZE = 4

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, channels, self.SIZE, self.SIZE)
        self.norm = nn.LayerNorm(channels)

    def forward(self, picture: Tensor) -> Tensor:
        """(batch, 1, 256, 256) to (batch, 64, 64, channels)."""
        return self.norm(self.proj(picture).permute(0, 2, 3, 1))


class Stage(nn.Module):
    """Blocks of one resolution; in every second one the windows are shifted by half, where there is more than one."""

    def __init__(self, channels: int, depth: int, heads: int, side: int, *, last: bool) -> None:
        super().__init__()
        shift = _WINDOW // 2 if side > _WINDOW else 0
        self.blocks = nn.Sequential(*(Block(channels, heads, side, shift * (k % 2)) for k in range(depth)))
        self.downsample = nn.Identity() if last else PatchMerging(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, side, side, channels) to (batch, side / 2, side / 2, 2 channels), or the same at the end."""
        return self.downsample(self.blocks(x))


class PatchMerging(nn.Module):
    """Joins 2 x 2 tokens."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Of each four: upper left, lower left, upper right, lower right."""
        upper, lower = x[:, 0::2], x[:, 1::2]
        four = upper[:, :, 0::2], lower[:, :, 0::2], upper[:, :, 1::2], lower[:, :, 1::2]
        return self.reduction(self.norm(torch.cat(four, -1)))


class Block(nn.Module):
    """Attention within windows, then two linear layers, each normalised before and added to its input."""

    attn_mask: Tensor | None
    order: Tensor
    inverse: Tensor

    def __init__(self, channels: int, heads: int, side: int, shift: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.attn = WindowAttention(channels, heads)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = Mlp(channels)
        with torch.device("cpu"):
            order = windowed(torch.arange(side * side).view(side, side).roll((-shift, -shift), (0, 1)))
            self.register_buffer("attn_mask", shift_mask(side, shift) if shift else None)
            self.register_buffer("order", order.flatten(), persistent=False)
            self.register_buffer("inverse", order.flatten().argsort(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, side, side, channels) to the same."""
        windows = self.norm1(x).flatten(1, 2)[:, self.order].unflatten(1, (-1, _WINDOW**2))
        attended = self.attn(windows, self.attn_mask).flatten(1, 2)[:, self.inverse]
        x = x + attended.view_as(x)
        return x + self.mlp(self.norm2(x))


class WindowAttention(nn.Module):
    """Attention among the 64 tokens of a window, with a learned bias for each offset between two of them."""

    relative_position_index: Tensor

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.relative_position_bias_table = nn.Parameter(torch.empty((2 * _WINDOW - 1) ** 2, heads))
        with torch.device("cpu"):
            self.register_buffer("relative_position_index", offset_index())

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(batch, windows, 64, channels) to the same; ``mask`` (windows, 64, 64) is added to the scores."""
        batch, windows = x.shape[:2]
        query, key, value = self.qkv(x).unflatten(-1, (3, self._heads, -1)).permute(3, 0, 1, 4, 2, 5).flatten(1, 2)
        bias = self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1)[None]
        if mask is not None:
            bias = (bias + mask[:, None].to(bias.dtype)).repeat(batch, 1, 1, 1)
        heard = F.scaled_dot_product_attention(query, key, value, bias)
        return self.proj(heard.transpose(1, 2).flatten(2).unflatten(0, (batch, windows)))


def windowed(picture: Tensor) -> Tensor:
    """(side, side) to (windows, 64), windows in rows."""
    return picture.unflatten(1, (-1, _WINDOW)).unflatten(0, (-1, _WINDOW)).transpose(1, 2).flatten(2).flatten(0, 1)


def offset_index() -> Tensor:
    """(64, 64): the row of the bias table for each pair of a window's tokens, by their offset down and across."""
    place = torch.stack(torch.meshgrid(torch.arange(_WINDOW), torch.arange(_WINDOW), indexing="ij")).flatten(1)
    down, across = place[:, :, None] - place[:, None, :] + _WINDOW - 1
    return down * (2 * _WINDOW - 1) + across


def shift_mask(side: int, shift: int) -> Tensor:
    """(windows, 64, 64): -100 between tokens that are neighbours only because rolling joined the picture's edges."""
    band = torch.zeros(side)
    band[-_WINDOW:-shift] = 1
    band[-shift:] = 2
    region = windowed(3 * band[:, None] + band)
    return torch.where(region[:, :, None] == region[:, None, :], 0.0, -100.0)
