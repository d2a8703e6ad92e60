"""``omni-bench crosscheck`` runs a package in its own interpreter and says how far its outputs are from ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner, Result

from vggsound_omni.cli import command
from vggsound_omni.encoders.crosscheck.compare import crosscheck
from vggsound_omni.encoders.crosscheck.packages import PACKAGES
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.encoders.pretrained.rule import write_rule_checkpoint
from vggsound_omni.encoders.registry import ENCODERS, build_encoder
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio

HERE = Path(sys.executable)
CONSTANT = '''
import torch

class Cnn14(torch.nn.Module):
    """Says 2 of every sound, in the form of the package."""
    def __init__(self, **settings):
        super().__init__()
        assert settings["sample_rate"] == 16000

    def load_state_dict(self, state):
        assert state["fc_audioset.weight"].shape == (527, 2048)

    def forward(self, sound, mixup):
        assert sound.shape == (1, 16000)
        return {"embedding": torch.full((1, 2048), 2.0), "clipwise_output": torch.full((1, 527), 0.5)}
'''


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_rule_checkpoint("panns", tmp_path_factory.mktemp("panns") / "Cnn14_16k_mAP=0.438.pth")
    yield path
    path.unlink()


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "hiss.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(16_000), 16_000, subtype="FLOAT")
    return path


def test_differences_are_those_of_the_outputs(
    checkpoint: Path, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "panns_inference"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "models.py").write_text(CONSTANT, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = {
        one.output: one for one in crosscheck(PACKAGES["panns-inference"], Path(sys.executable), checkpoint, [sound])
    }
    encoder = build_encoder(ENCODERS["panns"], checkpoint)
    heard = read_audio(sound).samples
    ours = encoder.audio(prepare(torch.from_numpy(heard), 16_000, encoder.audio_input)[None])
    embedding = float((ours["embedding"] - 2).abs().max())
    assert found["embedding"].largest == pytest.approx(embedding, rel=1e-5)
    assert found["embedding"].relative == pytest.approx(embedding / 2, rel=1e-5)
    assert found["probabilities"].largest == pytest.approx(float((ours["logits"].sigmoid() - 0.5).abs().max()))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["crosscheck", *arguments], standalone_mode=False)


def test_a_package_that_is_not_there_is_one_sentence(checkpoint: Path, sound: Path) -> None:
    said = invoke("msclap", "--python", sys.executable, "--checkpoint", str(checkpoint), str(sound))
    assert isinstance(said.exception, UserError), "the checkpoint is of another network"
    said = invoke("panns-inference", "--python", sys.executable, "--checkpoint", str(checkpoint), str(sound))
    assert "panns-inference fails in" in str(said.exception)
    assert "No module named 'panns_inference'" in str(said.exception)
    said = invoke("panns-inference", "--python", "no/python", "--checkpoint", str(checkpoint), str(sound))
    assert "no/python cannot be run" in str(said.exception)


def test_an_unknown_package_is_answered_with_the_nearest_name(sound: Path) -> None:
    said = invoke("panns", "--python", sys.executable, str(sound))
    assert "panns-inference" in str(said.exception)


def test_the_packages_are_listed_without_one() -> None:
    said = CliRunner().invoke(command, ["crosscheck"], standalone_mode=False).output
    assert all(name in said for name in PACKAGES)
