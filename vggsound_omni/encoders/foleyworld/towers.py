"""The bodies that the encoders are built of.

Axes: b batch, t time, m mels, d features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .frontend import MELS


def convolutions(*layers: tuple[int, int, int, int]) -> nn.Sequential:
    """Convolutions with normalisation and ReLU; each given as channels in, channels out, kernel, stride.

    Kept and run with channels last, which the processors here do more than twice as fast.
    """
    built = (
        nn.Sequential(
            nn.Conv2d(inside, outside, kernel, stride, (kernel - 1) // 2, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )
        for inside, outside, kernel, stride in layers
    )
    return nn.Sequential(*built).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class SpectrogramTrunk(nn.Module):
    """Convolutions over a log-mel spectrogram; one feature vector for every 16 spectra (0.32 s)."""

    STRIDE = 16

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = convolutions((1, 24, 5, 2), (24, 48, 3, 2), (48, 96, 3, 2), (96, 128, 3, 2))
        self.out = nn.Linear(128 * MELS // self.STRIDE, width)

    def forward(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) to (b, t / 16, width)."""
        return torch.relu(self.before_relu(mel_btm))

    def before_relu(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) to (b, t / 16, width), where no feature is dead."""
        x = self.layers(mel_btm[:, None].contiguous(memory_format=torch.channels_last))
        return self.out(x.permute(0, 2, 1, 3).flatten(2))


class SpectrogramTransformer(nn.Module):
    """Attention over patches of 16 spectra by all mels."""

    def __init__(self, width: int, depth: int = 3, heads: int = 4, patch: int = 16, longest: int = 64) -> None:
        super().__init__()
        self.patch = patch
        self.embed = nn.Sequential(
            nn.Conv1d(MELS, width, 5, padding=2), nn.GELU(), nn.Conv1d(width, width, patch, patch)
        )
        self.position = nn.Parameter(torch.randn(1, longest, width) * 0.02)
        self.layers = _transformer(width, depth, heads)

    def forward(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) to (b, t / patch, width)."""
        x = self.embed(mel_btm.transpose(1, 2)).transpose(1, 2)
        return self.layers(x + self.position[:, : x.shape[1]])


class FrameTrunk(nn.Module):
    """Convolutions over single frames and their change from the frame before; one feature vector a frame."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = convolutions((6, 24, 8, 4), (24, 48, 3, 2), (48, 64, 3, 2))
        self.out = nn.Linear(64 * 16, width)

    def forward(self, frames: Tensor, every: int = 1) -> Tensor:
        """(b, n, height, width, 3) uint8 to (b, t, width), for frames 1, 1 + every, ... of the n."""
        b, n = frames.shape[:2]
        if every > 1:
            frames = frames[:, [k for now in range(1, n, every) for k in (now - 1, now)]]
        floats = frames.float().mul_(1 / 64)
        now, before = (floats[:, 1::2], floats[:, ::2]) if every > 1 else (floats[:, 1:], floats[:, :-1])
        x = torch.cat([now, now - before], dim=-1).flatten(0, 1).permute(0, 3, 1, 2)  # channels last in memory
        return torch.relu(self.out(self.layers(x).flatten(1))).view(b, now.shape[1], -1)


class WordTransformer(nn.Module):
    """Attention over words."""

    def __init__(self, vocabulary: int, width: int, depth: int = 2, heads: int = 4, longest: int = 64) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width, padding_idx=0)
        self.position = nn.Parameter(torch.randn(1, longest, width) * 0.02)
        self.layers = _transformer(width, depth, heads)

    def forward(self, words_bt: Tensor) -> Tensor:
        """(b, t) word numbers, 0 where there is none, to (b, width)."""
        absent = words_bt == 0
        x = self.layers(self.embed(words_bt) + self.position[:, : words_bt.shape[1]], src_key_padding_mask=absent)
        return _mean(x, ~absent)


class WordRecurrence(nn.Module):
    """A gated recurrence over words, in both directions."""

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width, padding_idx=0)
        self.recur = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)

    def forward(self, words_bt: Tensor) -> Tensor:
        """(b, t) word numbers, 0 where there is none, to (b, width)."""
        present = words_bt != 0
        lengths = present.sum(1).clamp(min=1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embed(words_bt), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        x, _ = nn.utils.rnn.pad_packed_sequence(self.recur(packed)[0], batch_first=True, total_length=words_bt.shape[1])
        return _mean(x, present)


class Pool(nn.Module):
    """Mean and maximum over time, mapped to one vector."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.out = nn.Linear(2 * inside, outside)

    def forward(self, x_btd: Tensor) -> Tensor:
        """(b, t, inside) to (b, outside)."""
        return self.out(torch.cat([x_btd.mean(1), x_btd.amax(1)], dim=-1))


def _transformer(width: int, depth: int, heads: int) -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        width, heads, 2 * width, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)


def _mean(x_btd: Tensor, present_bt: Tensor) -> Tensor:
    weight = present_bt[..., None].to(x_btd.dtype)
    return (x_btd * weight).sum(1) / weight.sum(1).clamp(min=1)
