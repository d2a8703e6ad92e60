"""One transformer layer that sums a set of features up in a class token of its own."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.pretrained.transformer import JointAttention

WIDTH = 768
HEADS = 12


class Summary(nn.Module):
    """Pre-norm layer of which only the class token's output is used, so nothing else is computed beyond its keys."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.empty(1, 1, WIDTH))
        self.self_attn = JointAttention(WIDTH, HEADS)
        self.linear1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.linear2 = nn.Linear(4 * WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, 1e-6)
        self.norm2 = nn.LayerNorm(WIDTH, 1e-6)

    def forward(self, features: Tensor) -> Tensor:
        """(batch, n, 768) to (batch, 768)."""
        token = self.cls_token.expand(len(features), -1, -1)
        x = token + self.self_attn(self.norm1(torch.cat([token, features], 1)), 1)
        x = x + self.linear2(F.gelu(self.linear1(self.norm2(x))))
        return x[:, 0]
