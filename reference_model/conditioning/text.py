"""Encodes text to tokens with a small transformer, trained on FoleyWorld's captions."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

LONGEST: Final = 96  # words; longer texts are cut
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True)
class TextConfig:
    """Sizes of the text encoder: width, blocks, heads."""

    width: int
    depth: int
    heads: int


NANO: Final = TextConfig(width=128, depth=3, heads=4)


class TextEncoder(nn.Module):
    """Encodes words in context (pre-norm transformer, learned positions).

    Args:
        config: sizes.
        vocabulary: index of each known word, from 2. 0 is padding, 1 an unknown word.
    """

    def __init__(self, config: TextConfig, vocabulary: Mapping[str, int]) -> None:
        super().__init__()
        self.config = config
        self.vocabulary = dict(vocabulary)
        self.embed = nn.Embedding(len(self.vocabulary) + 2, config.width, padding_idx=0)
        self.position = nn.Parameter(torch.randn(LONGEST, config.width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, 4 * config.width, 0.1, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, config.depth, nn.LayerNorm(config.width), enable_nested_tensor=False)

    def numbers(self, texts: Sequence[str]) -> Int[Tensor, "b t"]:
        """Returns word indices, padded with 0 after shorter texts. An empty text has no words.

        A text of more than :data:`LONGEST` words is cut, with a warning that shows where.
        """
        rows = []
        for text in texts:
            words = list(_WORD.finditer(text.lower()))
            if len(words) > LONGEST:
                end = words[LONGEST - 1].end()
                warnings.warn(
                    f"{LONGEST} of {len(words)} words of a text are read, up to "
                    f'"...{text[max(0, end - 30) : end]}" | "{text[end : end + 20]}...".',
                    stacklevel=2,
                )
            rows.append([self.vocabulary.get(word.group(), 1) for word in words[:LONGEST]])
        longest = max((len(row) for row in rows), default=0)
        return torch.tensor([row + [0] * (longest - len(row)) for row in rows], dtype=torch.long).view(
            len(texts), longest
        )

    def unknown(self, text: str) -> list[str]:
        """Returns the words of a text that are not in the vocabulary, each once, in order."""
        return list(dict.fromkeys(word for word in _WORD.findall(text.lower()) if word not in self.vocabulary))

    def forward(self, numbers: Int[Tensor, "b t"]) -> tuple[Float[Tensor, "b t w"], Bool[Tensor, "b t"]]:
        """Returns the features of each word, zero for padding, and a mask that is True for words."""
        present = numbers != 0
        if numbers.shape[1] == 0:
            return self.position.new_zeros(*numbers.shape, self.config.width), present
        x = self.embed(numbers) + self.position[: numbers.shape[1]]
        heard = present | ~present.any(1, keepdim=True)  # attention over no tokens is undefined
        x = self.layers(x, src_key_padding_mask=~heard)
        return x * present[..., None], present


def pooled(tokens: Float[Tensor, "b t w"], present: Bool[Tensor, "b t"]) -> Float[Tensor, "b w"]:
    """Returns the mean over the tokens that are present."""
    return (tokens * present[..., None]).sum(1) / present.sum(1, keepdim=True).clamp(min=1)
