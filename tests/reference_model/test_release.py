"""Weights as a file, and the generator that is made of them; untrained, as small as they come."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from reference_model import autoencoder, release
from reference_model.autoencoder import Autoencoder
from reference_model.autoencoder.files import NAME, write
from reference_model.components import Components, load_autoencoder
from reference_model.conditioning import familiar, text, video
from reference_model.dit import NANO, DiT, DiTConfig
from reference_model.generator import Omni2Sound
from vggsound_omni.errors import UserError
from vggsound_omni.media.write import write_mp4
from vggsound_omni.protocol import Request, Task, Video

SMALL = DiTConfig(**{**vars(NANO), "depth": 1, "width": 16, "heads": 2})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encoders with drawn weights and a small transformer for them."""
    path = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    words = {"dog": 2, "barks": 3}
    parts = {
        "text": text.TextEncoder(text.NANO, words),
        "video": video.VideoEncoder(video.NANO),
    }
    for name, network in parts.items():
        metadata = {"vocabulary": json.dumps(words)} if name == "text" else None
        state = {key: tensor.contiguous() for key, tensor in network.state_dict().items()}
        save_file(state, path / f"{name}.safetensors", metadata)
    write(Autoencoder(autoencoder.NANO), path / NAME)
    videos = [torch.randint(0, 256, (8, 64, 64, 3), dtype=torch.uint8) for _ in range(8)]
    encoder = parts["video"].eval()
    assert isinstance(encoder, video.VideoEncoder)
    familiar.fit(encoder, videos, videos).save(path)
    transformer = DiT(SMALL)
    transformer.initialise(torch.Generator().manual_seed(0))
    torch.nn.init.normal_(transformer.latents_out.weight, std=0.1)
    card = {"version": "test", "components": Components.load(path).digest}
    release.write(path / "ref.safetensors", dict(transformer.named_parameters()), SMALL, card)
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of moving noise."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_mp4(path, np.random.default_rng(0).integers(0, 255, (25, 64, 96, 3), np.uint8), 25, None)
    return path


def request(task: Task, clip: Path, seed: int = 0, duration: float = 1.0) -> Request:
    return Request(
        id=f"{task}-{seed}",
        task=task,
        duration=duration,
        text=None if task == "v2a" else "A dog barks.",
        video=None if task == "t2a" else Video(path=clip, frame_rate=25, seconds=duration),
        seed=seed,
    )


def test_every_task_in_one_batch_gives_what_each_alone_gives(folder: Path, clip: Path) -> None:
    model = Omni2Sound(folder / "ref.safetensors", folder, steps=3)
    asked = [request("t2a", clip), request("v2a", clip, 1), request("vt2a", clip, 2, duration=0.5)]
    together = model.generate(asked)
    assert [audio.samples.shape for audio in together] == [(1, 16_000), (1, 16_000), (1, 8_000)]
    for one, audio in zip(asked, together, strict=True):
        (alone,) = model.generate([one])
        np.testing.assert_allclose(alone.samples, audio.samples, atol=2e-3)
    assert not np.allclose(model.generate([request("t2a", clip, 5)])[0].samples, together[0].samples, atol=1e-2)
    assert model.card.parameters == release.parameters(SMALL) + Components.load(folder).parameters


def test_what_it_cannot_make_is_one_sentence(folder: Path, clip: Path) -> None:
    model = Omni2Sound(folder / "ref.safetensors", folder, steps=1)
    with pytest.raises(UserError, match="t2a-0: 12 s are requested, but this model makes at most 8 s"):
        model.generate([request("t2a", clip, duration=12.0)])
    with pytest.raises(UserError, match='Unknown sampler "euler"'):
        Omni2Sound(folder / "ref.safetensors", folder, sampler="euler")
    with pytest.raises(UserError, match="at least 1 step, not 0"):
        Omni2Sound(folder / "ref.safetensors", folder, steps=0)


def test_weights_of_another_version_shape_or_encoder_are_refused(folder: Path, tmp_path: Path) -> None:
    weights = dict(DiT(SMALL).named_parameters())
    path = tmp_path / "w.safetensors"
    with pytest.raises(UserError, match="There are no weights at"):
        release.read(path)
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match="is not a safetensors file"):
        release.read(path)
    release.write(path, weights, SMALL, {"components": "abc"})
    with pytest.raises(UserError, match="was trained with other encoders"):
        Omni2Sound(path, folder)
    wide = DiTConfig(**{**vars(SMALL), "width": 32})
    release.write(path, weights, wide, {})
    with pytest.raises(UserError, match=r"does not hold the network that it names: .*size mismatch"):
        release.read(path)
    save_file({"a": torch.zeros(1)}, path, {"format": "0"})
    with pytest.raises(UserError, match="has format 0, but this version reads format 1"):
        release.read(path)
    with pytest.raises(UserError, match=r"has no autoencoder.safetensors and no text.safetensors"):
        Components.load(tmp_path)
    with pytest.raises(UserError, match=r"has no autoencoder.safetensors\."):
        load_autoencoder(tmp_path)


def test_half_precision_keeps_the_network(folder: Path) -> None:
    found = release.read(folder / "ref.safetensors")
    assert found.network.config == SMALL
    assert found.card["version"] == "test"
    assert len(found.sha256) == 64
