"""Synchformer's eye: Motionformer with divided space-time attention, ViT-B/16 on segments of 16 frames.

Iashin et al., "Synchformer: Efficient Synchronization from Sparse Cues" (2024); Bertasius et al., "Is Space-Time
Attention All You Need for Video Understanding?" (2021), section 3.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.pretrained.transformer import Attention, Mlp

from .summary import Summary

WIDTH = 768
HEADS = 12
DEPTH = 12
FRAMES = 16
"""Of a segment."""
STEPS = FRAMES // 2
"""Time steps of a segment: a patch covers two frames."""
PATCH = 16
GRID = 224 // PATCH
PLACES = GRID * GRID
EPS = 1e-6


class Block(nn.Module):
    """Attention over time at one place, then over places at one time, then an MLP; all see the class token.

    The class token attends to everything in both. It is kept apart from the patches, which saves copying them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, EPS)
        self.attn = Attention(WIDTH, HEADS)
        self.timeattn = Attention(WIDTH, HEADS)
        self.norm2 = nn.LayerNorm(WIDTH, EPS)
        self.mlp = Mlp(WIDTH)
        self.norm3 = nn.LayerNorm(WIDTH, EPS)

    def forward(self, token: Tensor, patches: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, 768) and (batch, steps, places, 768), both replaced."""
        for norm, attention, over_time in ((self.norm3, self.timeattn, True), (self.norm1, self.attn, False)):
            new_token, new_patches = self._attend(attention, norm(token), norm(patches), over_time=over_time)
            token, patches = token + new_token, patches + new_patches
        return token + self.mlp(self.norm2(token)), patches + self.mlp(self.norm2(patches))

    @staticmethod
    def _attend(attention: Attention, token: Tensor, patches: Tensor, *, over_time: bool) -> tuple[Tensor, Tensor]:
        q, k, v = attention.heads(patches)  # (batch, steps, places, heads, 64)
        token_q, token_k, token_v = (x[:, :, None] for x in attention.heads(token))  # (batch, heads, 1, 64)
        all_k, all_v = (torch.cat([t, x.flatten(1, 2).transpose(1, 2)], 2) for t, x in ((token_k, k), (token_v, v)))
        new_token = F.scaled_dot_product_attention(token_q, all_k, all_v)[:, :, 0].flatten(1)
        order, back = ((0, 2, 3, 1, 4), (0, 3, 1, 2, 4)) if over_time else ((0, 1, 3, 2, 4), (0, 1, 3, 2, 4))
        q, k, v = (x.permute(order) for x in (q, k, v))  # (batch, groups, heads, members, 64)
        k, v = (
            torch.cat([t[:, None].expand(*x.shape[:3], 1, -1), x], 3).flatten(0, 1)
            for t, x in ((token_k, k), (token_v, v))
        )
        new_patches = F.scaled_dot_product_attention(q.flatten(0, 1), k, v).unflatten(0, q.shape[:2])
        return attention.proj(new_token), attention.proj(new_patches.permute(back).flatten(3))


class VisualTower(nn.Module):
    """Segments of pixels to eight features each."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.empty(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + PLACES, WIDTH))
        self.temp_embed = nn.Parameter(torch.empty(1, STEPS, WIDTH))
        size = 2, PATCH, PATCH
        self.patch_embed_3d = nn.ModuleDict({"proj": nn.Conv3d(3, WIDTH, size, size)})
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.norm = nn.LayerNorm(WIDTH, EPS)
        self.spatial_attn_agg = Summary()

    def embedded(self, pixels: Tensor) -> Tensor:
        """Patches of (time, 3, 224, 224), two frames each: (time / 2, 196, 768), before any position is added."""
        patches = self.patch_embed_3d["proj"](pixels.transpose(0, 1)[None])
        return patches[0].flatten(2).permute(1, 2, 0)

    def forward(self, patches: Tensor) -> Tensor:
        """(segments, 8, 196, 768) of :meth:`embedded` to (segments, 8, 768)."""
        token = (self.cls_token[:, 0] + self.pos_embed[:, 0]).expand(len(patches), -1)
        patches = patches + (self.pos_embed[:, None, 1:] + self.temp_embed[:, :, None])
        for block in self.blocks:
            token, patches = block(token, patches)
        return self.spatial_attn_agg(self.norm(patches).flatten(0, 1)).unflatten(0, (-1, STEPS))
