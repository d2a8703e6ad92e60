"""ImageBind-huge's eye, ear and reader: tokens, a trunk, and one vector in the space that they share.

Girdhar et al., "ImageBind: One Embedding Space To Bind Them All" (2023), section 4. Depth, heat and motion, which the
published file also knows, are not used.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Modality
from vggsound_omni.encoders.pretrained.transformer import JointAttention, Mlp

EPS = 1e-6
"""Of layer norms."""
EMBEDDING = 1024
SOUND_SCALE = 20.0
"""Length of a clip's vector of sound, fixed when the network was trained; a cosine does not see it."""
CONTEXT = 77
"""Tokens of a text."""
_PUBLISHED: dict[Modality, str] = {"audio": "audio", "video": "vision", "text": "text"}
_OWN = {
    "rgbt_stem.proj.1.": "stem.",
    "rgbt_stem.proj.": "stem.",
    "rgbt_stem.norm_layer.": "stem_norm.",
    "pos_embedding_helper.": "",
    "pre_transformer_layer.0.": "norm_in.",
    "blocks.": "trunk.blocks.",
}


class Block(nn.Module):
    """Pre-norm transformer layer."""

    def __init__(self, width: int, heads: int, *, extra_key: bool, causal: bool) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(width, EPS)
        self.attn = JointAttention(width, heads, extra_key=extra_key, causal=causal)
        self.norm_2 = nn.LayerNorm(width, EPS)
        self.mlp = Mlp(width)

    def forward(self, x: Tensor, asking: int | None = None) -> Tensor:
        """(batch, n, width), of which the first ``asking`` tokens, or all, come out."""
        x = x[:, :asking] + self.attn(self.norm_1(x), asking)
        return x + self.mlp(self.norm_2(x))


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


class VisionTower(nn.Module):
    """Two frames to a unit vector: patches of 14 pixels over both frames, ViT-H."""

    def __init__(self, width: int = 1280, depth: int = 32, heads: int = 16) -> None:
        super().__init__()
        size = 2, 14, 14
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.stem = nn.Conv3d(3, width, size, size, bias=False)
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + (224 // 14) ** 2, width))
        self.norm_in = nn.LayerNorm(width, EPS)
        self.trunk = Trunk(width, depth, heads)
        self.norm = nn.LayerNorm(width, EPS)
        self.head = nn.Linear(width, EMBEDDING, bias=False)

    def forward(self, pairs: Tensor) -> Tensor:
        """(clips, 3, 2, 224, 224) to (clips, 1024)."""
        patches = self.stem(pairs).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(pairs), -1, -1), patches], 1) + self.pos_embed
        x = self.trunk(self.norm_in(x), asking=1)[:, 0]
        return F.normalize(self.head(self.norm(x)).float(), dim=-1)


class AudioTower(nn.Module):
    """A filterbank of 2 s to a vector of length 20: overlapping patches of 16, ViT-B."""

    def __init__(self, width: int = 768, depth: int = 12, heads: int = 12) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.stem = nn.Conv2d(1, width, 16, 10, bias=False)
        self.stem_norm = nn.LayerNorm(width)
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + 12 * 19, width))
        self.trunk = Trunk(width, depth, heads, extra_key=True)
        self.norm = nn.LayerNorm(width, EPS)
        self.head = nn.Linear(width, EMBEDDING, bias=False)

    def forward(self, fbank: Tensor) -> Tensor:
        """(clips, 128, 204) to (clips, 1024)."""
        patches = self.stem_norm(self.stem(fbank[:, None]).flatten(2).transpose(1, 2))
        x = torch.cat([self.cls_token.expand(len(fbank), -1, -1), patches], 1) + self.pos_embed
        x = self.trunk(x, asking=1)[:, 0]
        return SOUND_SCALE * F.normalize(self.head(self.norm(x)).float(), dim=-1)


class TextTower(nn.Module):
    """Tokens to a unit vector: CLIP's reader, each token sees those before it, the last one speaks for the text."""

    def __init__(self, width: int = 1024, depth: int = 24, heads: int = 16, vocabulary: int = 49_408) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.pos_embed = nn.Parameter(torch.empty(1, CONTEXT, width))
        self.trunk = Trunk(width, depth, heads, causal=True)
        self.norm = nn.LayerNorm(width, EPS)
        self.head = nn.Linear(width, EMBEDDING, bias=False)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """(texts, n) with n up to 77, and the number of tokens of each, to (texts, 1024)."""
        x = self.trunk(self.token_embedding(tokens) + self.pos_embed[:, : tokens.shape[1]])
        last = x[torch.arange(len(x), device=x.device), lengths - 1]
        return F.normalize(self.head(self.norm(last)).float(), dim=-1)


def published(modality: Modality) -> tuple[str, ...]:
    """How the published keys of a tower begin."""
    return tuple(f"modality_{part}.{_PUBLISHED[modality]}." for part in ("preprocessors", "trunks", "heads"))


def own_key(key: str) -> str | None:
    """A tower's name of a tensor from its published one; None for what the towers do without."""
    part, _, rest = key.removeprefix("modality_").partition(".")
    modality, _, rest = rest.partition(".")
    if part == "heads":
        layer, _, kind = rest.removeprefix("proj.").partition(".")
        return f"{'norm' if layer == '0' else 'head'}.{kind}"
    if part == "postprocessors" or (modality, rest) == ("text", "mask"):
        return None
    for theirs, own in _OWN.items():
        if rest.startswith(theirs):
            return own + rest.removeprefix(theirs)
    return rest
