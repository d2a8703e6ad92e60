"""A model of transformers in this process: a tiny one with random weights goes the whole way of a question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.soundatlas.asker import opened
from vggsound_omni.soundatlas.clips import sound_part
from vggsound_omni.soundatlas.config import read_config
from vggsound_omni.soundatlas.judge import read_judge
from vggsound_omni.soundatlas.local import Local, LocalModel
from vggsound_omni.soundatlas.servers import AnswerError, Budget, Question, Text, Video

WORDS = [
    *("<unk>", "<pad>", "<|endoftext|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>", "<|im_start|>", "<|im_end|>"),
    *("yes", "no", "is", "it", "heard", "system", "user", "assistant", "Audio", "1", ":", "?"),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2-Audio of two layers, as a folder: weights are random, everything else is real."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        PreTrainedTokenizerFast,
        Qwen2AudioConfig,
        Qwen2AudioForConditionalGeneration,
        Qwen2AudioProcessor,
        WhisperFeatureExtractor,
    )

    folder = tmp_path_factory.mktemp("tiny")
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words,
        unk_token="<unk>",
        pad_token="<pad>",
        eos_token="<|im_end|>",
        additional_special_tokens=WORDS[2:8],
    )
    features = WhisperFeatureExtractor(feature_size=16, chunk_length=2)  # type: ignore[no-untyped-call]
    Qwen2AudioProcessor(features, tokenizer).save_pretrained(folder)  # type: ignore[no-untyped-call]
    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = Qwen2AudioConfig(
        audio_config={
            "num_mel_bins": 16,
            "d_model": 16,
            "encoder_layers": 2,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 32,
            "max_source_positions": 100,
        },
        text_config={"model_type": "qwen2", "vocab_size": len(WORDS), "num_key_value_heads": 2, **small},
        audio_token_index=WORDS.index("<|AUDIO|>"),
    )
    model = Qwen2AudioForConditionalGeneration(config)
    model.generation_config.eos_token_id = WORDS.index("<|im_end|>")
    model.save_pretrained(folder)
    return folder


SOUND = sound_part((np.sin(np.arange(16_000) / 20) / 4).astype(np.float32))


def test_a_question_about_a_sound_is_answered_with_probabilities(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path))
    question = Question(parts=(Text(text="is it heard ?"), SOUND), most=3, logprobs=4)
    with opened({"junior": Local(local=str(tiny)), "judge": Local(local=str(tiny))}, Budget()) as askers:
        assert askers["junior"] is askers["judge"], "loaded once"
        first = askers["judge"].ask(question)
        again = askers["judge"].ask(question)
    assert len(first.tokens) == first.usage.tokens_out <= 3
    assert all(len(likely) == 4 and max(value for _, value in likely) < 0 for _, likely in first.tokens)
    assert first.usage.tokens_in > 20, "the sound takes tokens"
    assert first.usage.cpu_seconds > 0
    assert (again.text, again.tokens, again.usage.cached) == (first.text, first.tokens, 1)


def test_the_sound_matters(tiny: Path) -> None:
    model = LocalModel(Local(local=str(tiny), dtype="float32"))
    other = sound_part(np.random.default_rng(0).normal(0, 0.2, 16_000).astype(np.float32))
    one, two = (model.ask(Question(parts=(Text(text="is it"), s), most=1, logprobs=4)) for s in (SOUND, other))
    assert one.tokens[0][1] != two.tokens[0][1]


def test_what_it_cannot_take_is_said(tiny: Path, tmp_path: Path) -> None:
    model = LocalModel(Local(local=str(tiny)))
    with pytest.raises(AnswerError, match="is given pictures, not videos"):
        model.ask(Question(parts=(Text(text="is it"), Video(data=b"", seconds=1.0))))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r'The model "[^"]*empty" cannot be loaded: '):
        LocalModel(Local(local=str(tmp_path / "empty"))).ask(Question(parts=(SOUND,)))


def test_files_name_it_by_the_key_local(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text('[junior]\nlocal = "some/model"\nrevision = "abc"\n')
    assert read_config(file).models == {"junior": Local(local="some/model", revision="abc")}
    assert not read_config(file).has_prices
    file.write_text('[judge]\nlocal = "some/model"\n')
    assert read_judge(file).judge == Local(local="some/model")
    file.write_text('[judge]\nlocal = "some/model"\nbase_url = "http://localhost:1/v1"\n')
    with pytest.raises(UserError, match="base_url"):
        read_judge(file)
