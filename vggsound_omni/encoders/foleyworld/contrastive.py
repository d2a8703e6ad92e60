"""What contrastive pairs share: two towers into one space, their loss, and how well they find each other."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .towers import Pool

WIDTH = 128
"""Of the shared space."""


class Contrastive(nn.Module):
    """Two towers into one space, compared by cosine; trained by the symmetric InfoNCE loss (Radford et al., 2021)."""

    audio: nn.Module
    audio_out: Pool

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(math.log(14.0)))

    def hear(self, mel_btm: Tensor) -> Tensor:
        """Encodes spectra (b, t, m) to unit vectors (b, d)."""
        return F.normalize(self.audio_out(self.audio(mel_btm)), dim=-1)

    def infonce(self, first_bd: Tensor, second_bd: Tensor, same_bb: Tensor) -> Tensor:
        """Cross-entropy in both directions; pairs marked in ``same_bb`` say the same and are no negatives."""
        logits = self.scale.clamp(max=math.log(100.0)).exp() * first_bd @ second_bd.T
        logits = logits.masked_fill(same_bb & ~torch.eye(len(logits), dtype=torch.bool), -1e4)
        target = torch.arange(len(logits))
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def recall_at_1(query: Tensor, found: Tensor, texts: list[str], among: int = 64, draws: int = 50) -> float:
    """Share of queries whose own partner is the nearest of ``among`` with different texts, over seeded draws."""
    generator = torch.Generator().manual_seed(0)
    first = sorted({text: n for n, text in reversed(list(enumerate(texts)))}.values())
    hits = []
    for _ in range(draws):
        chosen = torch.tensor(first)[torch.randperm(len(first), generator=generator)[:among]]
        nearest = (query[chosen] @ found[chosen].T).argmax(1)
        hits.append((nearest == torch.arange(len(chosen))).float().mean())
    return float(torch.stack(hits).mean())
