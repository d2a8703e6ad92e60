"""CLIP's byte-pair tokeniser, from files that lie beside a checkpoint."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from vggsound_omni.errors import UserError
from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401 - before transformers, which imports it as it is

from .towers import CONTEXT

ORIGINAL = "bpe_simple_vocab_16e6.txt.gz"
"""As OpenAI and ImageBind publish it."""
FILES = (ORIGINAL, "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt")
"""What a tokeniser may be read from."""
_BYTES = 256
_MERGES = 49_408 - 2 * _BYTES - 2
"""The file lists more; the vocabulary of 49408 holds each byte, each byte that ends a word, these and two marks."""


class ClipTokeniser:
    """Texts to numbers: lower case, split into words, merged by byte pairs, between a start and an end mark."""

    def __init__(self, folder: Path) -> None:
        """Reads ``bpe_simple_vocab_16e6.txt.gz``, or ``tokenizer.json``, or ``vocab.json`` and ``merges.txt``.

        Raises:
            UserError: the folder has none of them.
        """
        from transformers import CLIPTokenizer

        if (folder / ORIGINAL).is_file():
            vocabulary, merges = _original(folder / ORIGINAL)
            # Annotated as strings, but what it hands them to takes pairs.
            self._tokeniser = CLIPTokenizer(vocab=vocabulary, merges=merges)  # type: ignore[arg-type]
        elif (folder / "tokenizer.json").is_file() or all((folder / f).is_file() for f in ("vocab.json", "merges.txt")):
            self._tokeniser = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        else:
            raise UserError(
                f"ImageBind reads texts with CLIP's tokeniser: put {ORIGINAL}, or vocab.json and merges.txt of "
                f"openai/clip-vit-base-patch32, into {folder}."
            )

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Numbers (texts, up to 77), 0 behind the end, and how many there are of each; what is longer keeps its end."""
        rows = self._tokeniser(list(texts), truncation=True, max_length=CONTEXT)["input_ids"]
        lengths = torch.tensor([len(row) for row in rows])
        return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True), lengths


def _original(path: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges of the original file: a line of its version, then a pair a line."""
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()[1 : 1 + _MERGES]
    merges = [(first, second) for first, second in (line.split() for line in lines)]
    characters = _byte_characters()
    words = [*characters, *(c + "</w>" for c in characters), *(a + b for a, b in merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    return {word: number for number, word in enumerate(words)}, merges


def _byte_characters() -> list[str]:
    """A visible character for each byte, in the order of the vocabulary: those that are visible first."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(_BYTES) if byte not in visible]
    return [*map(chr, visible), *(chr(_BYTES + n) for n in range(len(hidden)))]
