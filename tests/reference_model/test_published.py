"""The base model's encoders from folders in the published format; small networks with drawn weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor

from reference_model.conditioning.published import LONGEST, ClipFrames, FlanT5, synchrony
from vggsound_omni.errors import UserError
from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401

from transformers import (  # isort: skip
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("t5")
    torch.manual_seed(0)
    config = T5Config(vocab_size=10, d_model=16, d_kv=4, d_ff=32, num_layers=2, num_heads=4)
    T5EncoderModel(config).save_pretrained(folder)
    words = {"<pad>": 0, "</s>": 1, "<unk>": 2, "a": 3, "dog": 4, "barks": 5}
    tokeniser = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokeniser.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokeniser, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(0)
    config = CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14,
        projection_dim=12,
    )  # fmt: skip
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder


def test_padding_changes_no_token(t5: Path) -> None:
    reader = FlanT5(t5)
    tokens, present = reader.read(["a dog barks", "dog"])
    assert present.tolist() == [[True] * 3, [True, False, False]]
    alone, _ = reader.read(["dog"])
    torch.testing.assert_close(tokens[1, :1], alone[0])
    assert not tokens[1, 1:].any()


def test_a_long_text_is_cut_and_says_where(t5: Path) -> None:
    with pytest.warns(UserWarning, match=f'{LONGEST} tokens of "a dog a dog.*up to ".*a dog"'):
        tokens, present = FlanT5(t5).read(["a dog " * 100])
    assert tokens.shape[1] == present.shape[1] == LONGEST


def test_frames_are_unit_vectors_in_any_batch_and_size(clip: Path) -> None:
    frames = torch.randint(256, (5, 28, 28, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    seen = ClipFrames(clip).see(frames)
    assert seen.shape == (5, 12)
    torch.testing.assert_close(seen.norm(dim=-1), torch.ones(5))
    torch.testing.assert_close(ClipFrames(clip, at_once=2).see(frames), seen)
    larger = frames.repeat_interleave(2, 1).repeat_interleave(2, 2)
    assert float((ClipFrames(clip).see(larger) * seen).sum(-1).min()) > 0.98


class Counting:
    """Stands for Synchformer: feature k is k; the file of the real one is not to be had in tests."""

    def seen(self, frames: Tensor) -> Tensor:
        segments = (frames.shape[1] - 16) // 8 + 1
        return torch.arange(segments * 8.0).view(1, segments, 8, 1)


def test_ten_seconds_have_240_features_that_become_250() -> None:
    sync = synchrony(Counting(), torch.zeros(256, 2, 2, 3, dtype=torch.uint8), 250)[:, 0]
    assert sync[:5].tolist() == [0, 0, 1, 2, 3]
    assert sync[24:27].tolist() == [23, 24, 24]
    assert sync[-1] == 239


def test_a_folder_without_the_network_is_one_sentence(tmp_path: Path, t5: Path) -> None:
    with pytest.raises(UserError, match=r"There is no folder .* with a tokeniser; place the published files"):
        FlanT5(tmp_path / "none")
    with pytest.raises(UserError, match="does not hold a CLIP picture tower"):
        ClipFrames(tmp_path)
