"""WavLM-base: states of sound, 50 a second, from convolutions and a transformer with gated relative positions.

Chen et al., "WavLM: large-scale self-supervised pre-training for full stack speech processing", arXiv 2110.13900,
section 3; the convolutions of Baevski et al., "wav2vec 2.0", arXiv 2006.11477. Parameters bear the published names.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTH = 768
DEPTH = 12
_HEADS = 12
_FEATURES = 512
_CONVOLUTIONS = ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))
"""Kernel and stride of each."""
_BUCKETS, _FARTHEST = 320, 800
"""Classes of relative position, and from how many frames away on all are one class."""
_POSITION_KERNEL, _POSITION_GROUPS = 128, 16


class FeatureExtractor(nn.Module):
    """Seven convolutions over samples; the first one's channels are each normalised over all of time."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        for kernel, stride in _CONVOLUTIONS:
            convolution = nn.Conv1d(width, _FEATURES, kernel, stride, bias=False)
            norm = [nn.Identity(), nn.GroupNorm(_FEATURES, _FEATURES)] if width == 1 else []
            layers.append(nn.Sequential(convolution, *norm, nn.GELU()))
            width = _FEATURES
        self.conv_layers = nn.Sequential(*layers)

    def forward(self, samples: Tensor, frames: int) -> Tensor:
        """(batch, n) to the first (batch, frames, 512); what lies behind counts only for the norm."""
        needed = frames
        for kernel, stride in reversed(_CONVOLUTIONS[1:]):
            needed = (needed - 1) * stride + kernel
        first, *rest = self.conv_layers
        features = first(samples[:, None])[..., :needed]
        for layer in rest:
            features = layer(features)
        return features.transpose(1, 2)


class PositionConvolution(nn.Module):
    """A grouped convolution over 128 frames whose kernel's length is learned apart from its direction, tap by tap."""

    def __init__(self) -> None:
        super().__init__()
        self.weight_g = nn.Parameter(torch.empty(1, 1, _POSITION_KERNEL))
        self.weight_v = nn.Parameter(torch.empty(WIDTH, WIDTH // _POSITION_GROUPS, _POSITION_KERNEL))
        self.bias = nn.Parameter(torch.empty(WIDTH))

    def forward(self, states: Tensor) -> Tensor:
        """(batch, frames, 768) to the same."""
        kernel = self.weight_v * (self.weight_g / self.weight_v.norm(dim=(0, 1), keepdim=True))
        padded = F.pad(states.transpose(1, 2), (_POSITION_KERNEL // 2, _POSITION_KERNEL // 2 - 1))
        return F.gelu(F.conv1d(padded, kernel, self.bias, groups=_POSITION_GROUPS)).transpose(1, 2)


class Attention(nn.Module):
    """Self-attention with a bias by relative position, gated by each query's state.

    Args:
        first: the first layer holds the biases that all layers use.
    """

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.grep_linear = nn.Linear(WIDTH // _HEADS, 8)
        self.grep_a = nn.Parameter(torch.empty(1, _HEADS, 1, 1))
        if first:
            self.relative_attention_bias = nn.Embedding(_BUCKETS, _HEADS)

    def bias(self, frames: int) -> Tensor:
        """Of the first layer: (12, frames, frames), from query to key."""
        positions = torch.arange(frames, device=self.relative_attention_bias.weight.device)
        return self.relative_attention_bias(_buckets(positions - positions[:, None])).permute(2, 0, 1)

    def forward(self, states: Tensor, bias: Tensor, mask: Tensor | None) -> Tensor:
        """(batch, frames, 768) to the same; the mask (batch, 1, 1, frames) is added to every query's logits."""
        by_head = states.unflatten(2, (_HEADS, -1)).transpose(1, 2)
        update, reset = self.grep_linear(by_head).unflatten(3, (2, 4)).sum(4).sigmoid().split(1, 3)
        # In the paper r = d + g d + (1 - g) s reset d, for a gate g that is 1 - update here.
        gated = (2 - update + update * reset * self.grep_a) * bias
        query, key, value = (
            project(states).unflatten(2, (_HEADS, -1)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        gated = gated if mask is None else gated + mask
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=gated)
        mixed: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return mixed


def _buckets(offset: Tensor) -> Tensor:
    """Classes of signed offsets in frames: half for each sign; of these half one offset each, then logarithmic."""
    half = _BUCKETS // 2
    exact = half // 2
    distance = offset.abs()
    growth = torch.log(distance.clamp(min=1).float() / exact) / math.log(_FARTHEST / exact)
    far = (exact + growth * (half - exact)).long().clamp(max=half - 1)
    return torch.where(distance < exact, distance, far) + half * (offset > 0)


class Layer(nn.Module):
    """One layer of the transformer, normalised after each part."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.self_attn = Attention(first=first)
        self.self_attn_layer_norm = nn.LayerNorm(WIDTH)
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)
        self.final_layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, states: Tensor, bias: Tensor, mask: Tensor | None) -> Tensor:
        """(batch, frames, 768) to the same."""
        states = self.self_attn_layer_norm(states + self.self_attn(states, bias, mask))
        normed: Tensor = self.final_layer_norm(states + self.fc2(F.gelu(self.fc1(states))))
        return normed


class Encoder(nn.Module):
    """The transformer."""

    def __init__(self) -> None:
        super().__init__()
        self.pos_conv = nn.Sequential(PositionConvolution())
        self.layer_norm = nn.LayerNorm(WIDTH)
        self.layers = nn.Sequential(*(Layer(first=number == 0) for number in range(DEPTH)))

    def forward(self, states: Tensor, mask: Tensor | None) -> list[Tensor]:
        """(batch, frames, 768) to the 13 states: before the first layer, and after each."""
        states = self.layer_norm(states + self.pos_conv(states))
        first = self.layers[0]
        assert isinstance(first, Layer), "what holds the biases of all"
        bias = first.self_attn.bias(states.shape[1])
        found = [states]
        for layer in self.layers:
            found.append(layer(found[-1], bias, mask))
        return found


class WavLm(nn.Module):
    """WavLM-base.

    Frames without sound are left out where they lie at the end of all rows, and are not attended to elsewhere; the
    states of the others are the same either way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.feature_extractor = FeatureExtractor()
        self.layer_norm = nn.LayerNorm(_FEATURES)
        self.post_extract_proj = nn.Linear(_FEATURES, WIDTH)
        self.encoder = Encoder()

    def forward(self, samples: Tensor, valid: Tensor) -> list[Tensor]:
        """To the 13 states, (batch, frames, 768) each, of the frames that hold sound in any row.

        Args:
            samples: (batch, n) at 16 kHz.
            valid: (batch, frames) bool, which hold sound: the first few of each row.
        """
        valid = valid[:, : int(valid.sum(1).max())]
        features = self.feature_extractor(samples.to(self.layer_norm.weight.dtype), valid.shape[1])
        states = self.post_extract_proj(self.layer_norm(features)) * valid[..., None]
        mask = None if valid.all() else torch.zeros_like(valid, dtype=states.dtype).masked_fill(~valid, -math.inf)
        return self.encoder(states, mask if mask is None else mask[:, None, None])
