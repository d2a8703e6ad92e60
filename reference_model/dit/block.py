"""A pre-norm block of the transformer: self-attention, cross-attention, gated feed-forward."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from .config import DiTConfig
from .rotary import rotate


class SelfAttention(nn.Module):
    """Self-attention with rotary positions."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.into = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(
        self, x: Float[Tensor, "b n w"], cosine: Float[Tensor, "n pairs"], sine: Float[Tensor, "n pairs"]
    ) -> Float[Tensor, "b n w"]:
        """Attends over all n positions."""
        heads = self.into(x).unflatten(-1, (3, self.heads, -1))
        query, key = rotate(heads[:, :, :2], cosine, sine).transpose(1, 3).unbind(2)
        value = heads[:, :, 2].transpose(1, 2)
        return self.out(attended(query, key, value).transpose(1, 2).flatten(2))


class CrossAttention(nn.Module):
    """Cross-attention to the m tokens of the conditions."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.query = nn.Linear(config.width, config.width, bias=False)
        self.key_value = nn.Linear(config.width, 2 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(
        self, x: Float[Tensor, "b n w"], tokens: Float[Tensor, "b m w"], mask: Bool[Tensor, "b 1 1 m"] | None
    ) -> Float[Tensor, "b n w"]:
        """Attends over the tokens whose mask is True; over all of them if there is no mask."""
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        key, value = self.key_value(tokens).unflatten(-1, (2, self.heads, -1)).transpose(1, 3).unbind(2)
        return self.out(attended(query, key, value, mask).transpose(1, 2).flatten(2))


def attended(
    query: Float[Tensor, "b h n d"],
    key: Float[Tensor, "b h m d"],
    value: Float[Tensor, "b h m d"],
    mask: Bool[Tensor, "b 1 1 m"] | None = None,
) -> Float[Tensor, "b h n d"]:
    """Returns the values of the m tokens, weighted by how well their keys match each query.

    On a processor these are two plain products: over a few hundred positions, in bfloat16, torch's fused attention
    takes two to three times as long there.
    """
    if query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value, mask)
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1, dtype=torch.promote_types(scores.dtype, torch.float32))
    return weights.to(value.dtype) @ value


class FeedForward(nn.Module):
    """SwiGLU (Shazeer, GLU Variants Improve Transformer, 2020, equation 6), with four times the width inside."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.into = nn.Linear(config.width, 8 * config.width, bias=False)
        self.out = nn.Linear(4 * config.width, config.width, bias=False)

    def forward(self, x: Float[Tensor, "b n w"]) -> Float[Tensor, "b n w"]:
        """Applies the same two layers at each position."""
        gate, value = self.into(x).chunk(2, dim=-1)
        return self.out(F.silu(gate) * value)


class Block(nn.Module):
    """Three residual branches; the synchronisation features modulate the first and the last.

    With norms N and each position's modulation (scale, shift, gate) x 2, plus this block's own offset::

        x = x + sigmoid(gate_a) * SelfAttention(scale_a * N(x) + shift_a)
        x = x + CrossAttention(N(x), tokens)
        x = x + sigmoid(gate_f) * FeedForward(scale_f * N(x) + shift_f)

    The tokens say what sounds, the modulation says when (adaptive layer norm: Peebles and Xie, Scalable Diffusion
    Models with Transformers, 2023; here with one modulation per position).
    """

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(6 * config.width))
        self.self_attention = SelfAttention(config)
        self.cross_norm = nn.LayerNorm(config.width)
        self.cross_attention = CrossAttention(config)
        self.feed_forward = FeedForward(config)

    def forward(
        self,
        x: Float[Tensor, "b n w"],
        modulation: Float[Tensor, "b n six_w"],
        tokens: Float[Tensor, "b m w"],
        mask: Bool[Tensor, "b 1 1 m"] | None,
        cosine: Float[Tensor, "n pairs"],
        sine: Float[Tensor, "n pairs"],
    ) -> Float[Tensor, "b n w"]:
        """Returns the residual stream after this block."""
        scale_a, shift_a, gate_a, scale_f, shift_f, gate_f = (modulation + self.offset).chunk(6, dim=-1)
        heard = self.self_attention(_modulated(x, scale_a, shift_a), cosine, sine)
        x = torch.addcmul(x, heard, gate_a.sigmoid())
        x = x + self.cross_attention(self.cross_norm(x), tokens, mask)
        return torch.addcmul(x, self.feed_forward(_modulated(x, scale_f, shift_f)), gate_f.sigmoid())


def _modulated(
    x: Float[Tensor, "b n w"], scale: Float[Tensor, "b n w"], shift: Float[Tensor, "b n w"]
) -> Float[Tensor, "b n w"]:
    """Normalises each position, then scales and shifts it."""
    return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:]), scale)
