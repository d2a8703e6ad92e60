"""MS-CLAP computes what its publisher's code computes, from the samples and tokens to the embeddings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import AudioEncoder, TextEncoder
from vggsound_omni.encoders.pretrained.ms_clap.port import WINDOW, MsClapEncoder
from vggsound_omni.encoders.pretrained.rule import cases, golden, write_rule_checkpoint
from vggsound_omni.errors import UserError
from vggsound_omni.media import sinc_resample

from .hearing import apart, noise
from .inputs import RATE, make_case
from .vocabulary import GPT2_MARKS, write_vocabulary

CASES = cases("ms-clap")["cases"]
TEXTS = cases("ms-clap")["text_cases"]
GOLDEN = golden("ms-clap")
DECIBELS = {"tone_3s": 0.5, "clicks_8s": 0.5, "stereo_10s_start286650": 0.1}
"""Allowed where bins lie at the noise floor of float32, near -100 dB; elsewhere 0.002."""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MsClapEncoder]:
    folder = write_vocabulary(tmp_path_factory.mktemp("ms-clap"), GPT2_MARKS)
    path = write_rule_checkpoint("ms-clap", folder / "CLAP_weights_2023.pth")
    yield MsClapEncoder(path, kit="av-benchmark")
    path.unlink()


def window(encoder: MsClapEncoder, name: str) -> Tensor:
    """(1, 308700): every channel of the case after another, from where the case begins; repeated if short."""
    case = CASES[name]
    sound = sinc_resample(torch.from_numpy(make_case(case["input"])[0]), RATE, 44_100).flatten()[None]
    assert sound.shape[1] == case["flattened_length"]
    if sound.shape[1] > WINDOW:
        return sound[:, case["start"] : case["start"] + WINDOW]
    return encoder.windows(sound)[:, 0]


@pytest.mark.parametrize("name", CASES)
def test_1_samples_and_spectrogram(encoder: MsClapEncoder, name: str) -> None:
    heard = window(encoder, name)
    assert apart(heard[0, :4096], GOLDEN[f"{name}/wave4096"]) < 1e-6
    decibels = encoder.network.htsat.logmel_extractor(heard)[0]
    assert len(decibels) == CASES[name]["frames"]
    assert apart(decibels[::8], GOLDEN[f"{name}/logmel_s8"]) < DECIBELS.get(name, 2e-3)


def test_2_tower_embeddings_and_logits(encoder: MsClapEncoder) -> None:
    with torch.inference_mode():
        heard = torch.cat([window(encoder, name) for name in CASES])
        latent = encoder.network.htsat(encoder.network.htsat.logmel_extractor(heard)).mean((1, 2))
        embedding, logits = encoder.network.hear(heard)
    for row, name in enumerate(CASES):
        assert apart(latent[row], GOLDEN[f"{name}/latent"]) < 5e-4, name
        assert apart(embedding[row], GOLDEN[f"{name}/audio_embed"]) < 5e-4, name
        assert apart(logits[row].sigmoid(), GOLDEN[f"{name}/clipwise"]) < 1e-4, name


def test_3_what_is_read(encoder: MsClapEncoder) -> None:
    rows = [torch.tensor(case["input_ids"]) for case in TEXTS.values()]
    tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=0)
    assert tokens.shape[1] == 77
    with torch.inference_mode():
        read = encoder.network.read(tokens)
    for row, name in zip(read, TEXTS, strict=True):
        assert apart(row, GOLDEN[f"{name}/text_embed"]) < 1e-5, name


def test_captions_go_through_the_tokeniser(encoder: MsClapEncoder) -> None:
    both = encoder.text(["dog", ""])["embedding"]
    with torch.inference_mode():  # the vocabulary's numbers of "dog", of a space and of the end
        word, none = (encoder.network.read(torch.tensor([row])) for row in ([257, 220, 50_256], [220, 50_256]))
    torch.testing.assert_close(both, torch.cat([word, none]), atol=1e-5, rtol=0)


def test_a_caption_of_1000_words_is_cut_with_a_warning(encoder: MsClapEncoder) -> None:
    with pytest.warns(UserWarning, match="first 77 tokens"):
        long = encoder.text(["dog " * 1000])["embedding"]
    with pytest.warns(UserWarning, match="first 77 tokens"):
        longer = encoder.text(["dog " * 1100])["embedding"]
    assert torch.equal(long, longer)


def test_rows_do_not_depend_on_the_batch_and_channels_follow_each_other(encoder: MsClapEncoder) -> None:
    sound = noise(1.0, 44_100, rows=2)
    together = encoder.audio(sound)["embedding"]
    torch.testing.assert_close(together[1:], encoder.audio(sound[1:])["embedding"], atol=1e-4, rtol=0)
    assert torch.equal(encoder.windows(sound[None]), encoder.windows(sound.flatten()[None]))


def test_it_is_an_encoder_of_sound_and_captions(encoder: MsClapEncoder) -> None:
    assert isinstance(encoder, AudioEncoder)
    assert isinstance(encoder, TextEncoder)
    assert encoder.audio_input.channels == "all"


def test_what_has_no_value_is_refused(encoder: MsClapEncoder) -> None:
    with pytest.raises(UserError, match="too short"):
        encoder.audio(torch.zeros(1, 0))
    sound = noise(0.05, 44_100)
    assert encoder.audio(sound)["embedding"].isfinite().all(), "0.05 s are repeated"
    sound[0, 7] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        encoder.audio(sound)
