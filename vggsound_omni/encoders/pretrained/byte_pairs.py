"""Captions to numbers for the text towers of both CLAPs: byte-pair tokenisers, read from files."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vggsound_omni.errors import UserError
from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401 - before transformers, which imports it as it is

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CONTEXT = 77
"""Tokens that are read of a caption, its marks included."""
FILES = ("vocab.json", "merges.txt")
"""What a tokeniser is read from."""


class BytePairs:
    """One tokeniser of the GPT-2 kind.

    Args:
        reader: its class in transformers.
        folder: with its ``vocab.json`` and ``merges.txt``.
        publisher: of these, on the Hugging Face hub.
        marks: numbers that the vocabulary must give to some of its entries; they tell it from others of its kind.

    Raises:
        UserError: a file is missing or belongs to another tokeniser.
    """

    def __init__(
        self, reader: type[PreTrainedTokenizerBase], folder: Path, publisher: str, marks: Mapping[str, int]
    ) -> None:
        missing = [name for name in FILES if not (folder / name).is_file()]
        wanted = f"place vocab.json and merges.txt of {publisher} there"
        if missing:
            raise UserError(f"Captions cannot be read: {folder} has no {' and no '.join(missing)}; {wanted}.")
        try:
            vocabulary = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
            fits = all(vocabulary.get(mark) == number for mark, number in marks.items())
        except (ValueError, AttributeError) as error:
            raise UserError(f"{folder / FILES[0]} is not a vocabulary; {wanted}.") from error
        if not fits:
            raise UserError(f"{folder / FILES[0]} is the vocabulary of another network; {wanted}.")
        self._tokeniser = reader.from_pretrained(folder, local_files_only=True)

    def __call__(self, texts: Sequence[str], pad: int) -> Tensor:
        """Numbers (texts, at most 77), ``pad`` behind those that are shorter than others.

        A text of more than 77 keeps the first 76 and its last, the mark of its end, and causes a warning.
        """
        rows = self._tokeniser(list(texts))["input_ids"]
        long = [text for text, row in zip(texts, rows, strict=True) if len(row) > CONTEXT]
        if long:
            which = f'{len(long)} of {len(texts)} captions, "{long[0][:40]}..."'
            warnings.warn(f"Only the first {CONTEXT} tokens are read of {which}.", stacklevel=3)
        cut = [row if len(row) <= CONTEXT else [*row[: CONTEXT - 1], row[-1]] for row in rows]
        return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in cut], batch_first=True, padding_value=pad)
