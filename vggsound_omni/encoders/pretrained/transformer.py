"""Parts of transformers that several publishers' networks are made of, under the names that timm and torch give them.

Dosovitskiy et al., "An image is worth 16x16 words: transformers for image recognition at scale", arXiv 2010.11929.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Every token attends to every token."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(..., width) to queries, keys and values, (..., heads, width / heads) each."""
        query, key, value = self.qkv(x).unflatten(-1, (3, self._heads, -1)).unbind(-3)
        return query, key, value

    def forward(self, x: Tensor) -> Tensor:
        """(batch, tokens, width) to the same."""
        query, key, value = (part.transpose(1, 2) for part in self.heads(x))
        attended = F.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.proj(attended.transpose(1, 2).flatten(2))
        return mixed


class JointAttention(nn.Module):
    """Multi-head attention under the names of ``torch.nn.MultiheadAttention``.

    Args:
        width: of a token.
        heads: how many.
        extra_key: one more key and value than tokens, learned and the same for all inputs.
        causal: a token attends only to those before it.
    """

    def __init__(self, width: int, heads: int, *, extra_key: bool = False, causal: bool = False) -> None:
        super().__init__()
        self._width, self._heads, self._causal = width, heads, causal
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)
        self._extra_key = extra_key
        if extra_key:
            self.bias_k = nn.Parameter(torch.empty(1, 1, width))
            self.bias_v = nn.Parameter(torch.empty(1, 1, width))

    def forward(self, x: Tensor, asking: int | None = None) -> Tensor:
        """(batch, n, width) to what the first ``asking`` tokens, or all, gather from all."""
        weight, bias, width = self.in_proj_weight, self.in_proj_bias, self._width
        query = F.linear(x[:, :asking], weight[:width], bias[:width])
        key, value = F.linear(x, weight[width:], bias[width:]).chunk(2, -1)
        if self._extra_key:
            key, value = (
                torch.cat([t, one.expand(len(x), -1, -1)], 1) for t, one in ((key, self.bias_k), (value, self.bias_v))
            )
        q, k, v = (t.unflatten(-1, (self._heads, -1)).transpose(1, 2) for t in (query, key, value))
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=self._causal)
        gathered: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return gathered


class Mlp(nn.Module):
    """Each token by itself: two linear layers, four times as wide between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) to the same."""
        changed: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return changed
