"""Synchformer's judge: a small transformer over what was seen and heard, which sorts their offset into 21 classes.

Iashin et al., "Synchformer" (2024), section 3.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SEGMENTS = 14
"""Of a window: 4.8 s."""
WIDTH = 768
HEADS = 8
DEPTH = 3
TOKENS = 1 + SEGMENTS * 8 + 1 + SEGMENTS * 6
CLASSES = 21


class Attention(nn.Module):
    """Everything attends to everything."""

    def __init__(self) -> None:
        super().__init__()
        self.key = nn.Linear(WIDTH, WIDTH)
        self.query = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n, 768) to the same."""
        heads = (f(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for f in (self.query, self.key, self.value))
        attended: Tensor = self.proj(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))
        return attended


class Block(nn.Module):
    """Pre-norm transformer layer."""

    def __init__(self) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(WIDTH)
        self.ln2 = nn.LayerNorm(WIDTH)
        self.attn = Attention()
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n, 768), replaced."""
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class Judge(nn.Module):
    """The transformer, under its published names."""

    def __init__(self) -> None:
        super().__init__()
        self.OFF_tok = nn.Parameter(torch.empty(1, 1, WIDTH))
        self.MOD_tok = nn.Parameter(torch.empty(1, 1, WIDTH))
        self.vis_in_lnorm = nn.LayerNorm(WIDTH)
        self.aud_in_lnorm = nn.LayerNorm(WIDTH)
        self.pos_emb_cfg = nn.ParameterDict({"pos_emb": nn.Parameter(torch.empty(1, TOKENS, WIDTH))})
        self.blocks = nn.Sequential(*(Block() for _ in range(DEPTH)))
        self.ln_f = nn.LayerNorm(WIDTH)
        self.off_head = nn.Linear(WIDTH, CLASSES)

    def forward(self, seen: Tensor, heard: Tensor) -> Tensor:
        """(batch, 112, 768) and (batch, 84, 768) to logits (batch, 21)."""
        offset, border = (token.expand(len(seen), -1, -1) for token in (self.OFF_tok, self.MOD_tok))
        x = torch.cat([offset, self.vis_in_lnorm(seen), border, self.aud_in_lnorm(heard)], 1)
        logits: Tensor = self.off_head(self.ln_f(self.blocks(x + self.pos_emb_cfg["pos_emb"])[:, 0]))
        return logits


class Comparison(nn.Module):
    """Features of 14 segments of each kind to logits."""

    def __init__(self) -> None:
        super().__init__()
        self.vproj = nn.Linear(WIDTH, WIDTH)
        self.aproj = nn.Linear(WIDTH, WIDTH)
        self.transformer = Judge()

    def forward(self, seen: Tensor, heard: Tensor) -> Tensor:
        """(batch, 14, 8, 768) and (batch, 14, 6, 768) to (batch, 21)."""
        logits: Tensor = self.transformer(self.vproj(seen.flatten(1, 2)), self.aproj(heard.flatten(1, 2)))
        return logits
