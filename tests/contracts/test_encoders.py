"""Every encoder in the registry keeps the contract, whoever brought it."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vggsound_omni.cli.encoders import scored_by
from vggsound_omni.encoders.encoder import AudioEncoder, AudioInput, EncoderSpec, TextEncoder, VideoEncoder, VideoInput
from vggsound_omni.encoders.pretrained.manifest import manifest
from vggsound_omni.encoders.registry import ENCODERS, encoder_sets, load_encoder, playing
from vggsound_omni.errors import UserError
from vggsound_omni.metrics.registry import METRICS

ROOT = Path(__file__).parents[2]
DOCS = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("encoders", "weights")}
PUBLISHED = [spec for spec in ENCODERS.values() if spec.weights is not None]
SHIPPED = [spec for spec in ENCODERS.values() if spec.weights is None]
PROTOCOLS = {"audio": AudioEncoder, "video": VideoEncoder, "text": TextEncoder}


def name_of(spec: EncoderSpec) -> str:
    return spec.name


def folder_of(spec: EncoderSpec) -> Path:
    return ROOT / Path(*spec.factory.partition(":")[0].split(".")).parent


@pytest.mark.parametrize("spec", SHIPPED, ids=name_of)
def test_a_loaded_encoder_is_what_its_spec_says(spec: EncoderSpec) -> None:
    encoder = load_encoder(spec)
    assert (encoder.card.name, encoder.card.encoder_set) == (spec.name, spec.encoder_set)
    assert isinstance(encoder.audio_input, AudioInput)
    for modality, protocol in PROTOCOLS.items():
        assert isinstance(encoder, protocol) == (modality in spec.modalities)
    if isinstance(encoder, VideoEncoder):
        assert isinstance(encoder.video_input, VideoInput)


@pytest.mark.parametrize("spec", PUBLISHED, ids=name_of)
def test_a_port_takes_name_set_and_hash_of_its_card_from_its_spec(spec: EncoderSpec) -> None:
    """Loading all of them takes minutes; each parity test loads one."""
    module, _, attribute = spec.factory.partition(":")
    port = getattr(importlib.import_module(module), attribute)
    assert {"kit", "dtype", "spec"} <= set(inspect.signature(port).parameters)
    assert all(hasattr(port, modality) for modality in spec.modalities)


@pytest.mark.parametrize("spec", ENCODERS.values(), ids=name_of)
def test_every_role_is_asked_for_by_a_metric(spec: EncoderSpec) -> None:
    asked = {role for metric in METRICS.values() for role in metric.roles}
    assert set(spec.roles) <= asked


@pytest.mark.parametrize("encoder_set", encoder_sets())
def test_variants_tell_the_encoders_of_one_role_apart(encoder_set: str) -> None:
    for specs in playing(encoder_set).values():
        marks = [spec.variant for spec in specs[1:]]
        assert all(marks)
        assert len(set(marks)) == len(marks)


def test_an_unknown_set_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r'Unknown encoder set "pretraind": did you mean "pretrained"\?'):
        playing("pretraind")


@pytest.mark.parametrize("spec", PUBLISHED, ids=name_of)
def test_a_port_is_proven_by_its_publishers_code(spec: EncoderSpec) -> None:
    folder = folder_of(spec)
    for file in ("golden.npz", "cases.json", "make_golden.py"):
        assert (folder / "parity" / file).is_file()
    test = ROOT / "tests" / "encoders" / spec.encoder_set / f"test_{folder.name}.py"
    assert 'golden("' in test.read_text(encoding="utf-8")
    assert manifest(spec).keys


@pytest.mark.parametrize("spec", PUBLISHED, ids=name_of)
def test_weights_are_known_or_the_page_says_what_is_not(spec: EncoderSpec) -> None:
    weights = spec.weights
    assert weights is not None
    assert weights.name == spec.name
    assert weights.checkpoint.sha256 is not None
    trust = DOCS["weights"].partition("## What is trusted")[2]
    for file in weights.files:
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert (file.sha256 and file.size) or f"`{file.name}`" in trust


@pytest.mark.parametrize("spec", PUBLISHED, ids=name_of)
def test_the_table_of_weights_is_that_of_the_specs(spec: EncoderSpec) -> None:
    weights = spec.weights
    assert weights is not None
    (row,) = re.findall(rf"^\| `{spec.name}` \|.*", DOCS["weights"], flags=re.MULTILINE)
    _, _, files, gigabytes, licence, scores, _ = (cell.strip() for cell in row.split("|"))
    assert f"`{weights.checkpoint.name}`" in files
    assert weights.checkpoint.size is None or float(gigabytes) == pytest.approx(weights.checkpoint.size / 1e9, abs=5e-3)
    assert licence.replace("*", "") == weights.licence
    assert ("**" in licence) == weights.restricted
    assert scores == scored_by(spec) or f"@{spec.variant}`" in scores


@pytest.mark.parametrize("spec", ENCODERS.values(), ids=name_of)
def test_every_encoder_is_documented(spec: EncoderSpec) -> None:
    assert f"`{spec.name}`" in DOCS["encoders"]
    assert scored_by(spec) != "nothing yet"


def test_listing_imports_no_heavy_package() -> None:
    code = (
        "import sys\n"
        "from vggsound_omni.encoders.registry import ENCODERS, encoder_sets, playing\n"
        "[playing(one) for one in encoder_sets()]\n"
        "print(sorted({'torch', 'scipy', 'pandas', 'transformers', 'huggingface_hub', 'av'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
