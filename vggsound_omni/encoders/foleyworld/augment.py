"""Small changes to log-mel spectrograms that leave their meaning alone."""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def loudness(mel_btm: Tensor, generator: Generator, decibels: float = 10.0) -> Tensor:
    """Louder or softer by up to so many dB. The front end divides natural logarithms of power by 4."""
    shift = (torch.rand(len(mel_btm), 1, 1, generator=generator) * 2 - 1) * decibels / 10 * 2.302585 / 4
    return (mel_btm + shift).clamp(min=-1.88)


def masked(mel_btm: Tensor, generator: Generator) -> Tensor:
    """One band of up to 8 mels and one stretch of up to 0.6 s blanked in each (Park et al., "SpecAugment", 2019)."""
    result = mel_btm.clone()
    _, t, m = mel_btm.shape
    draws = torch.rand(len(mel_btm), 4, generator=generator)
    for row, (a, b, c, d) in zip(result, draws.tolist(), strict=True):
        low, start = int(a * (m - 8)), int(c * max(t - 30, 1))
        row[:, low : low + int(b * 8)] = row.mean()
        row[start : start + int(d * 30)] = row.mean()
    return result
