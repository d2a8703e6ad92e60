"""A small vocabulary of the GPT-2 kind: every byte in GPT-2's order, two merged words, and marks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

GPT2_MARKS = {"<|endoftext|>": 50_256}
ROBERTA_MARKS = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 50_264}
_MERGES = (("d", "o"), ("do", "g"), ("Ġ", "dog"))


def write_vocabulary(folder: Path, marks: Mapping[str, int]) -> Path:
    """Writes ``vocab.json`` and ``merges.txt``; bytes are numbered from 0, or from behind the first marks.

    "dog" and " dog" have the numbers 257 and 258 where no mark comes before.
    """
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = 256 - len(visible)
    characters = [*map(chr, visible), *(chr(256 + n) for n in range(hidden))]
    words = [*characters, *(first + second for first, second in _MERGES)]
    start = sum(number < len(marks) for number in marks.values())
    vocabulary = dict(marks) | {word: start + n for n, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{first} {second}" for first, second in _MERGES)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
