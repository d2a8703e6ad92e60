"""LAION-CLAP computes what its publisher's code computes, from the samples and tokens to the embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from vggsound_omni.encoders.encoder import AudioEncoder, TextEncoder
from vggsound_omni.encoders.pretrained.laion_clap.port import LaionClapEncoder
from vggsound_omni.encoders.pretrained.rule import cases, golden, write_rule_checkpoint
from vggsound_omni.errors import UserError

from .hearing import apart, noise, wave
from .vocabulary import ROBERTA_MARKS, write_vocabulary

CASES = cases("laion-clap")["cases"]
TEXTS = cases("laion-clap")["text_cases"]
GOLDEN = golden("laion-clap")
DECIBELS = {"tone_3s": 0.1, "tone_3s_int16": 0.1, "clicks_8s": 0.1}
"""Allowed where bins lie at the noise floor of float32, near -100 dB; elsewhere 0.002."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = write_vocabulary(tmp_path_factory.mktemp("laion-clap"), ROBERTA_MARKS)
    path = write_rule_checkpoint("laion-clap", folder / "music_speech_audioset_epoch_15_esc_89.98.pt")
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> LaionClapEncoder:
    return LaionClapEncoder(checkpoint, kit="av-benchmark")


@pytest.fixture(scope="module")
def coarse(checkpoint: Path) -> LaionClapEncoder:
    """Hears 16 bits, as the publisher's package does with files."""
    return LaionClapEncoder(checkpoint, kit="av-benchmark", int16=True)


def window(encoder: LaionClapEncoder, coarse: LaionClapEncoder, name: str) -> Tensor:
    """(1, 480000) of a case."""
    sound = wave(CASES[name], 48_000, remove_dc=True)
    assert sound.shape == (1, CASES[name]["wave_length"])
    assert apart(sound[0, :4096], GOLDEN[f"{name}/wave4096"]) < 1e-6
    return (coarse if CASES[name]["int16_quantised"] else encoder).windows(sound)[:, 0]


@pytest.mark.parametrize("name", CASES)
def test_1_samples_and_spectrogram(encoder: LaionClapEncoder, coarse: LaionClapEncoder, name: str) -> None:
    decibels = encoder.network.audio_branch.logmel_extractor(window(encoder, coarse, name))[0]
    assert len(decibels) == CASES[name]["frames"]
    assert apart(decibels[::8], GOLDEN[f"{name}/logmel_s8"]) < DECIBELS.get(name, 2e-3)


def test_2_tower_and_embeddings(encoder: LaionClapEncoder, coarse: LaionClapEncoder) -> None:
    with torch.inference_mode():
        for name in CASES:
            tokens = encoder.network.audio_branch(
                encoder.network.audio_branch.logmel_extractor(window(encoder, coarse, name))
            )
            latent = tokens.mean((1, 2))
            heard = encoder.network.audio_projection(latent)
            assert apart(latent[0], GOLDEN[f"{name}/latent"]) < 5e-5, name
            assert apart(heard[0], GOLDEN[f"{name}/audio_proj"]) < 2e-5, name
            assert apart(F.normalize(heard, dim=-1)[0], GOLDEN[f"{name}/audio_embed"]) < 2e-6, name


def test_3_what_is_read(encoder: LaionClapEncoder) -> None:
    rows = [torch.tensor(case["input_ids"]) for case in TEXTS.values()]
    tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=1)
    assert tokens.shape[1] == 77
    with torch.inference_mode():
        read = encoder.network.read(tokens)
    for row, name in zip(read, TEXTS, strict=True):
        assert apart(row, GOLDEN[f"{name}/text_proj"]) < 2e-5, name
        assert apart(F.normalize(row, dim=-1), GOLDEN[f"{name}/text_embed"]) < 2e-6, name


def test_captions_go_through_the_tokeniser(encoder: LaionClapEncoder) -> None:
    both = encoder.text(["dog", ""])["embedding"]
    with torch.inference_mode():  # the vocabulary's number of "dog" between the marks of beginning and end
        word, none = (encoder.network.read(torch.tensor([row])) for row in ([0, 261, 2], [0, 2]))
    torch.testing.assert_close(both, F.normalize(torch.cat([word, none]), dim=-1), atol=1e-6, rtol=0)


def test_a_caption_of_1000_words_is_cut_with_a_warning(encoder: LaionClapEncoder) -> None:
    with pytest.warns(UserWarning, match="first 77 tokens"):
        long = encoder.text(["dog " * 1000, "dog " * 1100])["embedding"]
    assert torch.equal(long[0], long[1])


def test_short_sound_is_repeated_whole_and_long_sound_heard_in_one_window(encoder: LaionClapEncoder) -> None:
    sound = noise(4.0, 48_000, rows=2)
    (heard,) = encoder.windows(sound).unbind(1)
    assert torch.equal(heard, F.pad(torch.cat([sound, sound], 1), (0, 96_000)))
    assert encoder.windows(noise(12.0, 48_000)).shape == (1, 1, 480_000)
    together = encoder.audio(sound)["embedding"]
    torch.testing.assert_close(together[1:], encoder.audio(sound[1:])["embedding"], atol=1e-6, rtol=0)


def test_it_is_an_encoder_of_sound_and_captions(encoder: LaionClapEncoder) -> None:
    assert isinstance(encoder, AudioEncoder)
    assert isinstance(encoder, TextEncoder)
    assert encoder.audio_input.remove_dc


def test_what_has_no_value_is_refused(encoder: LaionClapEncoder) -> None:
    with pytest.raises(UserError, match="too short"):
        encoder.audio(torch.zeros(1, 0))
    sound = noise(0.05, 48_000)
    sound[0, 7] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        encoder.audio(sound)
