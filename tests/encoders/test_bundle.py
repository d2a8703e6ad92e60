"""The shipped encoders: whole, small, and as good as their cards say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from vggsound_omni.encoders.foleyworld import bundled
from vggsound_omni.encoders.foleyworld.audiovisual.encoder import AudioVideoEncoder
from vggsound_omni.encoders.foleyworld.clap.encoder import AudioTextEncoder
from vggsound_omni.encoders.foleyworld.clips import TAGS, Clips
from vggsound_omni.encoders.foleyworld.recipes import RECIPES
from vggsound_omni.encoders.foleyworld.synchroniser.encoder import SynchroniserEncoder
from vggsound_omni.encoders.foleyworld.tagger.encoder import TaggerEncoder
from vggsound_omni.encoders.foleyworld.tagger.network import Tagger
from vggsound_omni.encoders.foleyworld.weights import WEIGHTS, load, save
from vggsound_omni.encoders.registry import ENCODERS, load_encoder
from vggsound_omni.errors import UserError

GOLDEN = Path(__file__).parents[1] / "golden" / "encoders-held-out.json"
REQUIRED = {
    "mean average precision": 0.90,
    "text-to-audio recall at 1 of 64": 0.60,
    "video-to-audio recall at 1 of 64": 0.40,
    "offsets within 0.2 s, impacts": 0.75,
    "quality ranking, Spearman": 0.90,
    "pooled over clips": 0.90,
}
"""What each encoder must reach on the validation split."""


@pytest.mark.parametrize("name", [spec.name for spec in ENCODERS.values() if spec.encoder_set == "foleyworld"])
def test_every_bundled_encoder_is_small_and_has_a_full_card(name: str) -> None:
    card = load_encoder(ENCODERS[name]).card
    assert len(card.checkpoint_sha256) == 64
    assert card.parameters > 100_000
    assert card.trained_on.startswith("FoleyWorld train")
    assert card.held_out
    for score, least in REQUIRED.items():
        if score in card.held_out:
            assert card.held_out[score] >= least
    file = name.removeprefix("foleyworld-").removesuffix("-lags")
    assert (WEIGHTS / f"{file}.safetensors").stat().st_size <= 8_000_000


@pytest.mark.parametrize("name", list(RECIPES))
def test_held_out_scores_computed_again_on_a_few_scenes(name: str, few: Clips) -> None:
    recipe = RECIPES[name]()
    network = load(WEIGHTS / f"{name}.safetensors", recipe.network())
    with torch.inference_mode():
        found = recipe.held_out(network, few)
    assert found == pytest.approx(json.loads(GOLDEN.read_text())[name], abs=0.02)


def test_sound_and_its_own_caption_are_nearer_than_another(few: Clips) -> None:
    encoder = AudioTextEncoder("clap-a")
    samples = few.samples(range(16))
    heard = encoder.audio(samples)["embedding"]
    read = encoder.text([one.captions.dense for one in few.scenes[:16]])["embedding"]
    similarity = (read @ heard.T).numpy()
    assert np.allclose(np.linalg.norm(heard, axis=1), 1, atol=1e-5)
    others = similarity[~np.eye(16, dtype=bool)]
    assert np.diag(similarity).mean() > others.mean() + 0.3


def test_the_picture_of_a_sound_is_nearer_than_another(few: Clips) -> None:
    encoder = AudioVideoEncoder()
    heard = encoder.audio(few.samples(range(16)))["embedding"]
    seen = encoder.video(few.frames(range(16)))["embedding"]
    similarity = (seen @ heard.T).numpy()
    assert np.diag(similarity).mean() > similarity[~np.eye(16, dtype=bool)].mean() + 0.3


def test_unknown_and_no_words_are_read_without_complaint() -> None:
    encoder = AudioTextEncoder("clap-b")
    rows = encoder.text(["", "xylophone zebra", "a dog barks " * 60])["embedding"]
    assert torch.isfinite(rows).all()


def test_a_clip_too_short_for_the_synchroniser_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"4.00 s are too short; the synchroniser compares 4.8 s"):
        SynchroniserEncoder().audio(torch.zeros(1, 64_000))


def test_silence_and_noise_have_no_tags(few: Clips) -> None:
    encoder = TaggerEncoder()
    noise = torch.randn(1, 128_000, generator=torch.Generator().manual_seed(0))
    nothing = torch.cat([torch.zeros(1, 128_000), 0.1 * noise])
    background = TAGS.index("background")
    tagged = torch.sigmoid(encoder.audio(nothing)["logits"])
    assert tagged[:, background].min() > 0.5
    assert np.delete(tagged.numpy(), background, axis=1).max() < 0.5
    assert torch.sigmoid(encoder.audio(few.samples(range(8)))["logits"]).amax(1).min() > 0.5


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own."""
    shutil.copytree(WEIGHTS, tmp_path / "weights")
    monkeypatch.setattr(bundled, "WEIGHTS", tmp_path / "weights")
    return tmp_path / "weights"


@pytest.mark.parametrize(
    ("file", "damage", "sentence"),
    [
        ("tagger.safetensors", lambda b: b[:3000] + bytes([b[3000] ^ 1]) + b[3001:], r"damaged: its SHA-256 is"),
        ("tagger.safetensors", lambda b: b[: len(b) // 2], r"damaged: its SHA-256 is"),
        ("tagger.safetensors", lambda b: b"", r"damaged: its SHA-256 is"),
        ("tagger.safetensors", None, r"tagger\.safetensors is missing: install the package again"),
        ("SHA256SUMS", None, r"SHA256SUMS, which lists the hashes of the weights, is missing or damaged"),
        ("SHA256SUMS", lambda b: b[: len(b) - 40], r"SHA256SUMS beside it says none|missing or damaged"),
        ("SHA256SUMS", lambda b: b"\xff" + b, r"missing or damaged"),
    ],
)
def test_a_damaged_installation_is_one_sentence(
    installed: Path, file: str, damage: Callable[[bytes], bytes] | None, sentence: str
) -> None:
    assert TaggerEncoder().card.published is True
    if damage is None:
        (installed / file).unlink()
    else:
        (installed / file).write_bytes(damage((installed / file).read_bytes()))
    with pytest.raises(UserError, match=sentence):
        TaggerEncoder()


def test_a_network_that_is_trained_again_is_listed_and_loads(installed: Path) -> None:
    before = TaggerEncoder().card.checkpoint_sha256
    network = load(installed / "tagger.safetensors", Tagger())
    save(installed, "tagger", network, kind="", trained_on="other", held_out={})
    assert TaggerEncoder().card.trained_on == "other"
    assert TaggerEncoder().card.checkpoint_sha256 != before
    assert len((installed / "SHA256SUMS").read_text().splitlines()) == len(list(WEIGHTS.glob("*.safetensors")))


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network = Tagger()
    with torch.no_grad():
        next(network.parameters()).flatten()[0] = torch.nan
    with pytest.raises(UserError, match="NaN or infinite, first in"):
        load(save(tmp_path, "tagger", network, kind="", trained_on="", held_out={}), Tagger())


def test_the_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, "tagger", Tagger(width=64), kind="", trained_on="", held_out={})
    with pytest.raises(UserError, match="holds the weights of another network"):
        load(path, Tagger())
    with pytest.raises(UserError, match="train it with python -m"):
        load(tmp_path / "none.safetensors", Tagger())
