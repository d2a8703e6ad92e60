"""Captions become the numbers that GPT-2 and RoBERTa give them, from files alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import GPT2Tokenizer, RobertaTokenizer

from vggsound_omni.encoders.pretrained.byte_pairs import BytePairs
from vggsound_omni.errors import UserError

from .vocabulary import GPT2_MARKS, ROBERTA_MARKS, write_vocabulary


def gpt2(folder: Path) -> BytePairs:
    return BytePairs(GPT2Tokenizer, write_vocabulary(folder, GPT2_MARKS), "openai-community/gpt2", GPT2_MARKS)


def roberta(folder: Path) -> BytePairs:
    marks = {mark: ROBERTA_MARKS[mark] for mark in ("<s>", "<pad>", "</s>")}
    return BytePairs(RobertaTokenizer, write_vocabulary(folder, ROBERTA_MARKS), "FacebookAI/roberta-base", marks)


def test_gpt2_gives_bytes_the_numbers_in_print(tmp_path: Path) -> None:
    """A is 32, a space 220; merges come before bytes, and case, accents and line ends are kept."""
    read = gpt2(tmp_path)
    assert read(["A <|endoftext|>"], 0).tolist() == [[32, 220, 50_256]]
    assert read([" <|endoftext|>"], 0).tolist() == [[220, 50_256]]
    assert read(["dog", "a dog dog"], 0).tolist() == [[257, 0, 0], [64, 258, 258]]
    assert read(["é"], 0).shape == (1, 2)
    assert read(["a\na"], 0).tolist() == [[64, 198, 64]]


def test_roberta_stands_between_its_marks(tmp_path: Path) -> None:
    read = roberta(tmp_path)
    ids = read(["", "dog", "a dog"], 1).tolist()
    assert ids[0] == [0, 2, 1, 1]
    assert ids[1][0] == 0
    assert ids[1][2:] == [2, 1]
    assert (ids[2][0], ids[2][-1]) == (0, 2)
    assert len(ids[2]) == 4


@pytest.mark.parametrize(("make", "last"), [(gpt2, 50_256), (roberta, 2)])
def test_a_caption_of_a_thousand_words_keeps_its_end_and_warns(
    make: Callable[[Path], BytePairs], last: int, tmp_path: Path
) -> None:
    read = make(tmp_path)
    end = " <|endoftext|>" if last == 50_256 else ""
    long = "dog " * 1000
    with pytest.warns(UserWarning, match='first 77 tokens are read of 1 of 2 captions, "dog dog'):
        ids = read([long + end, "dog" + end], 1)
    assert ids.shape == (2, 77)
    assert ids[0, -1] == last
    assert read([long[: 4 * 70] + end], 1)[0, :60].tolist() == ids[0, :60].tolist()


def test_a_missing_or_foreign_vocabulary_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no vocab\.json and no merges\.txt; place .* of openai-community/gpt2"):
        BytePairs(GPT2Tokenizer, tmp_path, "openai-community/gpt2", GPT2_MARKS)
    write_vocabulary(tmp_path, ROBERTA_MARKS)
    with pytest.raises(UserError, match="vocabulary of another network"):
        BytePairs(GPT2Tokenizer, tmp_path, "openai-community/gpt2", GPT2_MARKS)
    for text in ("[1]", "{", json.dumps("vocabulary")):
        (tmp_path / "vocab.json").write_text(text)
        with pytest.raises(UserError, match="is not a vocabulary"):
            BytePairs(GPT2Tokenizer, tmp_path, "openai-community/gpt2", GPT2_MARKS)
    (tmp_path / "merges.txt").unlink()
    with pytest.raises(UserError, match=r"has no merges\.txt;"):
        BytePairs(GPT2Tokenizer, tmp_path, "openai-community/gpt2", GPT2_MARKS)
