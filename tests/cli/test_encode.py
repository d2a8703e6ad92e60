"""``omni-bench encode`` gives, of files, the features that the publisher's code gives of their samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from tests.encoders.pretrained.inputs import RATE, make_case
from vggsound_omni.cli import command
from vggsound_omni.encoders import registry
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.encoders.pretrained.rule import cases, golden, write_rule_checkpoint
from vggsound_omni.registry import Registry

CASES = {key: case for key, case in cases("panns")["cases"].items() if isinstance(case["input"], str)}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_rule_checkpoint("panns", tmp_path_factory.mktemp("panns") / "Cnn14_16k_mAP=0.438.pth")
    yield path
    path.unlink()


def encode(checkpoint: Path, out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        command,
        ["encode", "--encoder", "panns", "--checkpoint", str(checkpoint), "--out", str(out), *arguments],
        standalone_mode=False,
    )


def test_files_have_the_features_of_the_publishers_code(checkpoint: Path, tmp_path: Path) -> None:
    eight = {key: case for key, case in CASES.items() if case.get("cut_seconds", 8) == 8}
    for key, case in eight.items():
        soundfile.write(tmp_path / f"{key}.wav", make_case(case["input"])[0].T, RATE, subtype="FLOAT")
    out = tmp_path / "features.npz"
    result = encode(checkpoint, out, "--kit", "av-benchmark", *(str(tmp_path / f"{key}.wav") for key in eight))
    assert result.return_value == 0, result.output
    with np.load(out) as found:
        assert set(found) == {f"{key}/{output}" for key in eight for output in ("embedding", "logits")} | {"warnings"}
        for key in eight:
            for output in ("embedding", "logits"):
                assert np.abs(found[f"{key}/{output}"] - golden("panns")[f"{key}/{output}"]).max() < 2e-4


def test_what_cannot_be_encoded_is_named_with_its_reason_and_the_rest_written(checkpoint: Path, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    rng = np.random.default_rng(0)
    soundfile.write(media / "good.wav", 0.1 * rng.standard_normal((16_000, 6)), 8_000)
    soundfile.write(media / "short.wav", 0.1 * rng.standard_normal(2_400), 48_000)
    soundfile.write(media / "holes.wav", np.full(48_000, np.nan), 48_000, subtype="FLOAT")
    (media / "list.csv").write_text("id,label\n", encoding="utf-8")
    out = tmp_path / "features.npz"
    result = encode(checkpoint, out, str(media))
    assert result.return_value == 2
    assert "0.050 s are too short" in result.output
    assert "are NaN, infinite" in result.output
    assert "list" in result.output
    with np.load(out) as found:
        assert {name.split("/")[0] for name in found if "/" in name} == {"good"}


def test_weights_that_are_not_the_published_file_are_told_in_print_and_in_the_file(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "a.wav", 0.1 * np.random.default_rng(0).standard_normal(16_000), 16_000)
    out, sha256 = tmp_path / "features.npz", checkpoint_sha256(checkpoint)
    result = encode(checkpoint, out, str(tmp_path / "a.wav"))
    sentence = f"The weights of panns (SHA-256 {sha256[:12]}) are not the published file"
    assert sentence in result.output
    with np.load(out, allow_pickle=False) as found:
        assert found["warnings"][0].startswith(sentence)
    panns = registry.ENCODERS["panns"]
    assert panns.weights is not None
    weights = replace(panns.weights, files=(replace(panns.weights.checkpoint, sha256=sha256),))
    noted = Registry("encoder", "no.such.group", [replace(panns, weights=weights)], key="name")
    monkeypatch.setattr(registry, "ENCODERS", noted)
    result = encode(checkpoint, out, str(tmp_path / "a.wav"))
    assert "not the published" not in result.output
    with np.load(out) as found:
        assert "warnings" not in found


def test_two_files_of_one_name_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    for name in ("a.wav", "a.flac"):
        soundfile.write(tmp_path / name, np.zeros(16_000), 16_000)
    result = encode(checkpoint, tmp_path / "out.npz", str(tmp_path / "a.wav"), str(tmp_path / "a.flac"))
    assert 'Two files are called "a"' in str(result.exception)
    assert not (tmp_path / "out.npz").exists()


def test_an_unknown_encoder_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["encode", "--encoder", "pans", "--out", str(tmp_path / "a.npz"), "x.wav"])
    assert "panns" in str(result.exception)
