"""Text as word numbers: those words that the encoders were trained on; all others have one number in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

LONGEST = 64
"""Words read of a text; the rest is ignored."""
_WORD = re.compile(r"[a-z]+")


@cache
def vocabulary() -> dict[str, int]:
    """Numbers of words, from 2; 0 is no word, 1 any other. Frozen with the weights, in ``words.txt``."""
    found = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split()
    return {word: number for number, word in enumerate(found, 2)}


def numbers(texts: Sequence[str], words: dict[str, int]) -> Tensor:
    """(texts, longest text) int64."""
    rows = [[words.get(word, 1) for word in _WORD.findall(text.lower())[:LONGEST]] or [1] for text in texts]
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])
