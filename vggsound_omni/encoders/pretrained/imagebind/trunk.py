"""The transformer that ImageBind's towers share.

Girdhar et al., "ImageBind: One Embedding Space To Bind Them All" (2023). Layer norms add 1e-6.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPS = 1e-6


class Attention(nn.Module):
    """Multi-head attention; the ear has one more key and value than tokens, learned and the same for all sounds."""

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


class Block(nn.Module):
    """Pre-norm transformer layer."""

    def __init__(self, width: int, heads: int, *, extra_key: bool, causal: bool) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(width, EPS)
        self.attn = Attention(width, heads, extra_key=extra_key, causal=causal)
        self.norm_2 = nn.LayerNorm(width, EPS)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x: Tensor, asking: int | None = None) -> Tensor:
        """(batch, n, width), of which the first ``asking`` tokens, or all, come out."""
        x = x[:, :asking] + self.attn(self.norm_1(x), asking)
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm_2(x))))


class Trunk(nn.Module):
    """Blocks in a row."""

    def __init__(self, width: int, depth: int, heads: int, *, extra_key: bool = False, causal: bool = False) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, heads, extra_key=extra_key, causal=causal) for _ in range(depth))

    def forward(self, x: Tensor, asking: int | None = None) -> Tensor:
        """(batch, n, width), of which only the first ``asking`` tokens are computed to the end."""
        *before, last = self.blocks
        for block in before:
            x = block(x)
        result: Tensor = last(x, asking)
        return result
