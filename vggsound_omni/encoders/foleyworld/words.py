"""Text as word numbers. The vocabulary is what FoleyWorld's grammar can say; other words have one number in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from vggsound_omni.suites.foleyworld.program import scene

LONGEST = 64
"""Words read of a text; the rest is ignored."""
_WORD = re.compile(r"[a-z]+")
_SCENES = 3000
"""Train scenes whose captions hold every word of the grammar many times."""


@cache
def vocabulary() -> dict[str, int]:
    """Numbers of words, from 2; 0 is no word, 1 any other. The same in every process: scenes are pure functions."""
    found: set[str] = set()
    for i in range(_SCENES):
        for stratum in ("main", "natural", "bgm"):
            captions = scene("train", stratum, i).captions
            found.update(_WORD.findall(f"{captions.dense} {captions.paraphrase} {captions.label}".lower()))
    return {word: number for number, word in enumerate(sorted(found), 2)}


def numbers(texts: Sequence[str], words: dict[str, int]) -> Tensor:
    """(texts, longest text) int64."""
    rows = [[words.get(word, 1) for word in _WORD.findall(text.lower())[:LONGEST]] or [1] for text in texts]
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])
