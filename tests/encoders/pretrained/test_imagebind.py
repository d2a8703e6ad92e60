"""ImageBind computes what its authors' code computes, a tower at a time, and its windows are as stated."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import AudioEncoder, Modality, TextEncoder, VideoEncoder
from vggsound_omni.encoders.pretrained.frames import centre_square, normalised
from vggsound_omni.encoders.pretrained.imagebind.clips import picture_pairs, sound_clips, sound_clips_as_published
from vggsound_omni.encoders.pretrained.imagebind.fbank import Fbank
from vggsound_omni.encoders.pretrained.imagebind.port import ImageBindEncoder
from vggsound_omni.encoders.pretrained.imagebind.tokeniser import ORIGINAL, ClipTokeniser
from vggsound_omni.encoders.pretrained.imagebind.towers import TextTower, own_key, published
from vggsound_omni.encoders.pretrained.rule import golden, manifest_of, write_rule_checkpoint
from vggsound_omni.errors import UserError
from vggsound_omni.media import sinc_resample

from .inputs import make_case
from .inputs_video import make_video
from .marks import mostly_marked

SOUNDS = ("chirp_noise_8s", "clicks_8s", "clicks_8s_cut3", "tone_3s", "stereo_10s", "short_1s", "silence_8s")
VIDEOS = {"square_8s": [24, 74, 124, 174], "square_10s": [24, 74, 124, 174, 224]}
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
GOLDEN = golden("imagebind")


def at_16_khz(name: str) -> Tensor:
    """(1, channels, samples)."""
    samples, rate = make_case(name.removesuffix("_cut3"))
    if name.endswith("_cut3"):
        samples = samples[:, : 3 * rate]
    return sinc_resample(torch.from_numpy(samples), rate, 16_000)[None]


def difference(ours: Tensor, case: str) -> float:
    theirs = GOLDEN[case]
    assert ours.shape == theirs.shape
    return float(np.abs(ours.numpy() - theirs).max())


def tower(modality: Modality, folder: Path) -> ImageBindEncoder:
    checkpoint = write_rule_checkpoint("imagebind", folder / "imagebind_huge.pth", published(modality))
    return ImageBindEncoder(checkpoint, kit="av-benchmark", modalities=(modality,))


@pytest.fixture(scope="module")
def ear(tmp_path_factory: pytest.TempPathFactory) -> ImageBindEncoder:
    return tower("audio", tmp_path_factory.mktemp("ear"))


@pytest.fixture(scope="module")
def eye(tmp_path_factory: pytest.TempPathFactory) -> ImageBindEncoder:
    return tower("video", tmp_path_factory.mktemp("eye"))


@pytest.mark.parametrize("name", SOUNDS)
def test_1_the_filterbank(name: str) -> None:
    fbank = Fbank()(sound_clips_as_published(at_16_khz(name))[0])
    assert fbank.shape == (3, 128, 204)
    # Of the spectrum's range: in float64, without any rounding of ours, it is as much as 1.3e-4 from these numbers.
    case = f"audio/{name}/fbank_sub"
    assert difference(fbank[:, ::4, ::6], case) < 1e-4 * np.ptp(GOLDEN[case])
    if name == "clicks_8s_cut3":  # the step that the first clip's mean leaves at 2.0 s
        assert difference(fbank[1, :, 140:160], f"audio/{name}/fbank_clip1_frames_140_160") < 1e-4


@pytest.mark.parametrize("name", VIDEOS)
def test_1_the_pixels(name: str) -> None:
    frames = torch.from_numpy(make_video(name)[0][VIDEOS[name]])
    pairs = picture_pairs(frames).unflatten(0, (-1, 3))  # (pairs, squares, channels, 2, height, width)
    assert torch.equal(pairs[1:, :, :, 0], pairs[:-1, :, :, 1])
    squares = torch.cat([pairs[:, :, :, 0], pairs[-1:, :, :, 1]]).transpose(0, 1)
    assert difference(squares[..., ::16, ::16], f"video/{name}/input_sub") < 1e-6


@pytest.mark.parametrize("name", mostly_marked(SOUNDS, "chirp_noise_8s", "clicks_8s_cut3", "stereo_10s"))
def test_2_what_is_heard(ear: ImageBindEncoder, name: str) -> None:
    clips = sound_clips_as_published(at_16_khz(name))[0]
    with torch.inference_mode():
        assert difference(ear._vectors("audio", ear._fbank(clips)), f"audio/{name}/per_clip") < 1e-5
    assert difference(ear.audio(at_16_khz(name))["embedding"][0], f"audio/{name}/embedding") < 1e-5


@pytest.mark.crosscheck  # half a minute each; the core suite has the sounds
@pytest.mark.parametrize("name", VIDEOS)
def test_2_what_is_seen(eye: ImageBindEncoder, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    per_clip = []
    vectors = eye._vectors

    def kept(modality: Modality, inputs: Tensor) -> Tensor:
        per_clip.append(vectors(modality, inputs))
        return per_clip[-1]

    monkeypatch.setattr(eye, "_vectors", kept)
    embedding = eye.video(torch.from_numpy(make_video(name)[0][VIDEOS[name]])[None])["embedding"]
    assert difference(per_clip[0], f"video/{name}/per_clip") < 5e-7
    assert difference(embedding[0], f"video/{name}/embedding") < 5e-7


@pytest.mark.crosscheck  # the picture tower's weights alone take half a minute to make
def test_2_a_still_picture(eye: ImageBindEncoder) -> None:
    """Scaled by PIL, as ImageBind does it for pictures."""
    scaled = Image.fromarray(make_video("still")[0][0]).resize((298, 224), Image.Resampling.BICUBIC)
    pixels = normalised(centre_square(torch.from_numpy(np.array(scaled))), MEAN, STD)
    assert difference(pixels[:, ::8, ::8], "image/still/input_sub") < 1e-6
    with torch.inference_mode():
        assert (
            difference(eye._vectors("video", torch.stack([pixels, pixels], 1)[None])[0], "image/still/embedding") < 5e-7
        )


def test_clips_are_the_beginning_the_middle_and_the_end() -> None:
    ramp = torch.arange(96_001.0, dtype=torch.float64)[None]
    clips = sound_clips(ramp.square())[0]  # each less its mean; squares rise by 2 k + 1 from k on
    assert ((clips[:, 1] - clips[:, 0] - 1) / 2).round().tolist() == [0, 32_000, 64_001]
    assert sound_clips(ramp[:, :20_000]).shape == (1, 1, 20_000)
    assert sound_clips_as_published(ramp[None, :, :20_000]).shape == (1, 3, 20_000)


def test_the_two_kits_hear_the_same_of_a_long_mono_sound_and_not_of_a_short_one() -> None:
    rng = torch.Generator().manual_seed(0)
    long, short = torch.randn(1, 100_000, generator=rng) + 0.3, torch.randn(1, 60_000, generator=rng) + 0.3
    torch.testing.assert_close(sound_clips(long), sound_clips_as_published(long[:, None]))
    assert (sound_clips(short) - sound_clips_as_published(short[:, None])).abs().max() > 0.1


def test_a_single_frame_and_an_upright_video_are_seen() -> None:
    frames = torch.from_numpy(make_video("still")[0])
    assert torch.equal(picture_pairs(frames), picture_pairs(frames.expand(2, -1, -1, -1)))
    wide, upright = picture_pairs(frames), picture_pairs(frames.transpose(1, 2))
    assert wide.shape == upright.shape == (3, 3, 2, 224, 224)
    apart = (upright - wide.transpose(3, 4)).abs()
    # a level of rounding; at sharp edges some, as the first of the two directions is cut off at black and white
    assert (apart > 0.016).float().mean() < 1e-3
    assert apart.max() < 0.1


def test_too_little_is_refused_in_one_sentence(ear: ImageBindEncoder) -> None:
    with pytest.raises(UserError, match=r"0\.025 s at least"):
        ear.audio(torch.zeros(1, 399))
    with pytest.raises(UserError, match="pairs of frames"):
        ear.video(torch.zeros(1, 1, 36, 64, 3, dtype=torch.uint8))
    assert ear.audio(torch.zeros(1, 800))["embedding"].isfinite().all()


def test_vectors_of_sound_have_the_published_length(ear: ImageBindEncoder) -> None:
    silence = ear.audio(torch.zeros(1, 20_000))["embedding"]
    assert float(silence.norm()) == pytest.approx(20, rel=1e-5)
    assert isinstance(ear, AudioEncoder)
    assert isinstance(ear, VideoEncoder)
    assert isinstance(ear, TextEncoder)


def test_every_published_tensor_of_a_tower_is_used() -> None:
    """Text has no golden numbers: its names and shapes are proven here, its sums below by transformers' CLIP."""
    with torch.device("meta"):
        own = {key: tuple(tensor.shape) for key, tensor in TextTower().state_dict().items()}
    keys = {k: e for k, e in manifest_of("imagebind").keys.items() if k.startswith(published("text"))}
    assert own == {own_key(key): entry.shape for key, entry in keys.items() if own_key(key)}


def test_text_is_read_as_transformers_clip_reads_it() -> None:
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=100,
        hidden_size=64,
        intermediate_size=256,
        projection_dim=1024,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=77,
        hidden_act="gelu",
        layer_norm_eps=1e-6,
        eos_token_id=99,
    )
    torch.manual_seed(0)
    theirs: nn.Module = CLIPTextModelWithProjection(config)
    theirs.eval()
    ours = TextTower(width=64, depth=3, heads=4, vocabulary=100).eval()
    ours.load_state_dict(_from_clip(theirs.state_dict()))
    tokens = torch.randint(1, 98, (3, 77))
    lengths = torch.tensor([5, 77, 2])
    for row, length in zip(tokens, lengths.tolist(), strict=True):
        row[length - 1 :] = 0
        row[length - 1] = 99
    with torch.inference_mode():
        expected = torch.nn.functional.normalize(theirs(input_ids=tokens).text_embeds, dim=-1)
        torch.testing.assert_close(ours(tokens, lengths), expected, rtol=0, atol=1e-6)


def _from_clip(clip: dict[str, Tensor]) -> dict[str, Tensor]:
    """transformers' names to ours."""
    names = {
        "self_attn.out_proj": "attn.out_proj",
        "layer_norm1": "norm_1",
        "layer_norm2": "norm_2",
        "mlp.fc1": "mlp.fc1",
        "mlp.fc2": "mlp.fc2",
    }
    ours = {
        "token_embedding.weight": clip["text_model.embeddings.token_embedding.weight"],
        "pos_embed": clip["text_model.embeddings.position_embedding.weight"][None],
        "norm.weight": clip["text_model.final_layer_norm.weight"],
        "norm.bias": clip["text_model.final_layer_norm.bias"],
        "head.weight": clip["text_projection.weight"],
    }
    for layer in range(3):
        there, here = f"text_model.encoder.layers.{layer}", f"trunk.blocks.{layer}"
        for kind in ("weight", "bias"):
            parts = [clip[f"{there}.self_attn.{part}_proj.{kind}"] for part in "qkv"]
            ours[f"{here}.attn.in_proj_{kind}"] = torch.cat(parts)
            ours |= {f"{here}.{own}.{kind}": clip[f"{there}.{name}.{kind}"] for name, own in names.items()}
    return ours


MERGES = ["d o", "do g</w>", "b a", "r k", "ba rk", "bark s</w>"]


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    """A folder with a small file in the original's format."""
    text = '"bpe_simple_vocab_16e6.txt#version: 0.2\n' + "\n".join(MERGES) + "\n"
    (tmp_path / ORIGINAL).write_bytes(gzip.compress(text.encode()))
    return tmp_path


def test_words_are_merged_in_the_order_of_the_file(vocabulary: Path) -> None:
    """256 bytes, 256 that end a word, six merges, two marks; "!" is the first byte and "a" the 65th."""
    tokens, lengths = ClipTokeniser(vocabulary)(["A  dog barks!", ""])
    start, end = 512 + len(MERGES), 513 + len(MERGES)
    a_at_end, bang_at_end = 256 + ord("a") - ord("!"), 256
    assert tokens[0].tolist() == [start, a_at_end, 512 + 1, 512 + 5, bang_at_end, end]
    assert tokens[1].tolist() == [start, end, 0, 0, 0, 0]
    assert lengths.tolist() == [6, 2]


def test_a_thousand_words_keep_the_end_mark(vocabulary: Path) -> None:
    tokens, lengths = ClipTokeniser(vocabulary)(["dog " * 1000])
    assert tokens.shape == (1, 77)
    assert tokens[0, -1] == 513 + len(MERGES)
    assert lengths.tolist() == [77]


def test_the_files_of_transformers_say_the_same(vocabulary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("transformers")
    original = ClipTokeniser(vocabulary)
    words = original._tokeniser.get_vocab()
    (folder / "vocab.json").write_text(json.dumps(words), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n", encoding="utf-8")
    text = ["The dog's Über-bark, naïve!"]
    assert torch.equal(ClipTokeniser(folder)(text)[0], original(text)[0])


def test_missing_files_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"put bpe_simple_vocab_16e6\.txt\.gz, or vocab\.json and merges\.txt"):
        ClipTokeniser(tmp_path)
