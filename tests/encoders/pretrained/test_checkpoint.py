"""A published file loads whole, in every container it comes in; any other file is refused in one sentence."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from vggsound_omni.encoders.pretrained.checkpoint import load_checkpoint
from vggsound_omni.encoders.pretrained.rule import manifest_of, rule_array, rule_state, write_rule_checkpoint
from vggsound_omni.encoders.registry import ENCODERS, published_weights
from vggsound_omni.errors import UserError

FIRST = ("features.0.", "features.3.")
"""The first two layers of VGGish: the smallest part of a published file that is a network."""
HEAD = ("bn0.", "spectrogram_extractor.", "logmel_extractor.")
"""The front end of PANNs, where the kept tensors are."""


class Slice(nn.Module):
    """Two layers of VGGish under their published names."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 64, 3), nn.ReLU(), nn.ReLU(), nn.Conv2d(64, 128, 3))


class FrontEnd(nn.Module):
    """The first layer of PANNs and, where asked for, its real STFT kernel."""

    def __init__(self, kernel: Tensor | None = None) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(64)
        if kernel is not None:
            self.register_buffer("kernel", kernel)


@pytest.fixture
def tensors() -> dict[str, Tensor]:
    return rule_state("vggish", FIRST)


def loaded(path: Path, only: tuple[str, ...] = FIRST) -> dict[str, Tensor]:
    network = Slice()
    load_checkpoint(network, ENCODERS["vggish"], path, only=only)
    return network.state_dict()


def refusal(path: Path, network: nn.Module | None = None, only: tuple[str, ...] = FIRST) -> str:
    """The sentence; the network must be as it was before."""
    network = network or Slice()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(UserError) as error:
        load_checkpoint(network, ENCODERS["vggish"], path, only=only)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    sentence = str(error.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


CONTAINERS: dict[str, Callable[[dict[str, Tensor]], Any]] = {
    "bare": lambda t: t,
    "model": lambda t: {"model": t},
    "state_dict": lambda t: {"state_dict": t},
    "module.": lambda t: {f"module.{k}": v for k, v in t.items()},
    "model.": lambda t: {f"model.{k}": v for k, v in t.items()},
    "state_dict and model.": lambda t: {"state_dict": {f"model.{k}": v for k, v in t.items()}, "model_cfg": {"a": 1}},
    "state_dict and module., as trained": lambda t: {
        "epoch": 15,
        "name": "training",
        "optimizer": {"state": {}, "param_groups": [{"lr": np.float64(1e-3)}]},
        "best": np.float32(0.9),
        "sampler": {"indexes": np.arange(7)},
        "state_dict": {f"module.{k}": v for k, v in t.items()},
    },
}


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before torch 1.6"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_gives_the_same_network(
    tmp_path: Path, tensors: dict[str, Tensor], container: str, zipped: bool
) -> None:
    path = tmp_path / "published.pth"
    torch.save(CONTAINERS[container](tensors), path, _use_new_zipfile_serialization=zipped)
    got = loaded(path)
    assert got.keys() == tensors.keys()
    assert all(torch.equal(got[key], tensors[key]) for key in tensors)


def test_safetensors_are_told_by_content_not_by_name(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    path = tmp_path / "published.pth"
    save_file(tensors, path)
    assert torch.equal(loaded(path)["features.3.bias"], tensors["features.3.bias"])


@pytest.mark.parametrize("name", ["panns", "laion-clap", "ms-clap"])
def test_rule_files_have_the_published_container(tmp_path: Path, name: str) -> None:
    prefix = {"panns": "bn0.", "laion-clap": "audio_branch.bn0.", "ms-clap": "audio_encoder.base.htsat.bn0."}[name]
    network = nn.BatchNorm2d(64)
    path = write_rule_checkpoint(name, tmp_path / "published.pt", only=(prefix,))
    form, content = manifest_of(name), torch.load(path, weights_only=True)
    assert set(content) == {form.under}
    assert all(key.startswith(form.prefix + prefix) for key in content[form.under])
    load_checkpoint(network, ENCODERS[name], path, rename=lambda key: key.removeprefix(prefix), only=(prefix,))
    assert torch.equal(network.running_var, rule_state(name, (prefix,))[f"{prefix}running_var"])  # type: ignore[arg-type]


def test_the_network_is_ready_for_evaluation(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    torch.save(tensors, tmp_path / "f.pt")
    network = Slice()
    load_checkpoint(network, ENCODERS["vggish"], tmp_path / "f.pt", only=FIRST)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_network_on_the_meta_device_is_filled(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    torch.save(tensors, tmp_path / "f.pt")
    with torch.device("meta"):
        network = Slice()
    load_checkpoint(network, ENCODERS["vggish"], tmp_path / "f.pt", only=FIRST)
    assert torch.equal(network.state_dict()["features.0.weight"], tensors["features.0.weight"])


def test_a_half_precision_network_gets_rounded_weights(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    torch.save(tensors, tmp_path / "f.pt")
    network = Slice().to(torch.bfloat16)
    load_checkpoint(network, ENCODERS["vggish"], tmp_path / "f.pt", only=FIRST)
    assert torch.equal(network.state_dict()["features.3.weight"], tensors["features.3.weight"].bfloat16())


def test_keys_are_renamed_and_left_out(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    torch.save(tensors, tmp_path / "f.pt")
    network = nn.Conv2d(64, 128, 3)
    load_checkpoint(
        network,
        ENCODERS["vggish"],
        tmp_path / "f.pt",
        rename=lambda key: key.rsplit(".")[-1] if key.startswith("features.3") else None,
        only=FIRST,
    )
    assert torch.equal(network.bias, tensors["features.3.bias"])  # type: ignore[arg-type]


def test_a_port_that_lacks_a_tensor_is_a_fault_of_the_port(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    path = tmp_path / "f.pt"
    torch.save(tensors, path)
    with pytest.raises(RuntimeError, match=r"Unexpected key.*features.3"):
        load_checkpoint(
            nn.ModuleDict({"features": nn.Sequential(nn.Conv2d(1, 64, 3))}), ENCODERS["vggish"], path, only=FIRST
        )


class TestRefusals:
    """Every wrong file is one sentence, and the network stays as it was."""

    def test_no_file(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "f.pt") == f"{tmp_path}/f.pt is missing: omni-bench weights pull vggish fetches it."

    @pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
    @pytest.mark.parametrize("share", [0.999, 0.5, 0.01])
    def test_truncated(self, tmp_path: Path, tensors: dict[str, Tensor], suffix: str, share: float) -> None:
        path = tmp_path / f"f{suffix}"
        if suffix == ".pt":
            torch.save(tensors, path)
        else:
            save_file(tensors, path)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        assert "is cut short or damaged" in refusal(path)

    @pytest.mark.parametrize("share", [0.999, 0.5, 0.01])
    def test_truncated_before_torch_1_6(self, tmp_path: Path, tensors: dict[str, Tensor], share: float) -> None:
        path = tmp_path / "f.pt"
        torch.save(tensors, path, _use_new_zipfile_serialization=False)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        assert "is cut short or damaged" in refusal(path)

    @pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><p>Not found", b"{}", b"version https://git-lfs"])
    def test_another_kind_of_file(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "f.pt").write_bytes(content)
        assert "is neither a torch nor a safetensors file: vggish-10086976.pth was expected" in refusal(
            tmp_path / "f.pt"
        )

    @pytest.mark.parametrize("zipped", [True, False])
    def test_code_is_not_run(self, tmp_path: Path, tensors: dict[str, Tensor], zipped: bool) -> None:
        class Bomb:
            def __reduce__(self) -> tuple[Any, ...]:
                return (Path.touch, (tmp_path / "ran",))

        torch.save(tensors | {"extra": Bomb()}, tmp_path / "f.pt", _use_new_zipfile_serialization=zipped)
        assert "is never run" in refusal(tmp_path / "f.pt")
        assert not (tmp_path / "ran").exists()

    def test_code_in_a_plain_pickle_is_not_run(self, tmp_path: Path) -> None:
        class Bomb:
            def __reduce__(self) -> tuple[Any, ...]:
                return (Path.touch, (tmp_path / "ran",))

        (tmp_path / "f.pt").write_bytes(pickle.dumps(Bomb(), protocol=2))
        assert "is never run" in refusal(tmp_path / "f.pt")
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize("content", [[1, 2], {}, {"a": 1}, {"model": {"a": "b"}}, 3.0], ids=str)
    def test_no_tensors(self, tmp_path: Path, content: object) -> None:
        torch.save(content, tmp_path / "f.pt")
        assert "holds no table of tensors" in refusal(tmp_path / "f.pt")

    def test_missing_keys(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        del tensors["features.3.bias"]
        torch.save(tensors, tmp_path / "f.pt")
        assert refusal(tmp_path / "f.pt").endswith(
            "is not the checkpoint of vggish, published as vggish-10086976.pth: it lacks features.3.bias."
        )
        assert refusal(tmp_path / "f.pt", only=()).endswith("it lacks features.3.bias and 14 more keys.")

    def test_extra_keys(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        torch.save(tensors | {"classifier.weight": torch.zeros(3)}, tmp_path / "f.pt")
        assert refusal(tmp_path / "f.pt").endswith(": it also holds classifier.weight.")

    def test_extra_keys_that_are_known(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        torch.save(tensors | {"pproc.pca_means": torch.zeros(128, 1)}, tmp_path / "f.pt")
        assert torch.equal(loaded(tmp_path / "f.pt")["features.0.bias"], tensors["features.0.bias"])

    def test_wrong_shape(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        tensors["features.3.weight"] = tensors["features.3.weight"].transpose(0, 1).contiguous()
        torch.save(tensors, tmp_path / "f.pt")
        assert refusal(tmp_path / "f.pt").endswith(
            "features.3.weight has the shape 64 x 128 x 3 x 3, 128 x 64 x 3 x 3 was expected."
        )

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64])
    def test_wrong_number_format(self, tmp_path: Path, tensors: dict[str, Tensor], dtype: torch.dtype) -> None:
        tensors["features.0.bias"] = tensors["features.0.bias"].to(dtype)
        torch.save(tensors, tmp_path / "f.pt")
        name = str(dtype).removeprefix("torch.")
        assert refusal(tmp_path / "f.pt").endswith(f"features.0.bias is {name}, float32 was expected.")

    def test_the_file_of_another_encoder(self, tmp_path: Path) -> None:
        path = write_rule_checkpoint("panns", tmp_path / "f.pt", only=("bn0.",))
        assert ": it lacks features.0.weight and 3 more keys." in refusal(path)


def real_kernel() -> Tensor:
    """The real part of the DFT of 512 samples under a periodic Hann window, as the publisher stores it."""
    n, k = np.arange(512), np.arange(257)[:, None]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 512)
    return torch.from_numpy((np.cos(2 * np.pi * k * n / 512) * window).astype(np.float32))[:, None]


KERNEL = "spectrogram_extractor.stft.conv_real.weight"


class TestKept:
    """What the architecture sets may be absent; where present it must be what it should be."""

    def front(self, path: Path, kernel: Tensor | None = None) -> FrontEnd:
        network = FrontEnd(kernel)
        load_checkpoint(
            network, ENCODERS["panns"], path, rename=lambda key: "kernel" if key == KERNEL else key, only=HEAD
        )
        return network

    def save(self, path: Path, **more: Tensor) -> Path:
        torch.save({"model": rule_state("panns", HEAD) | more}, path)
        return path

    def test_absent(self, tmp_path: Path) -> None:
        network = self.front(self.save(tmp_path / "f.pt"), real_kernel())
        assert torch.equal(network.get_buffer("kernel"), real_kernel())
        assert network.bn0.num_batches_tracked == 0

    def test_equal_up_to_rounding(self, tmp_path: Path) -> None:
        kernel = real_kernel()
        network = self.front(self.save(tmp_path / "f.pt", **{KERNEL: kernel * (1 + 1e-6)}), kernel)
        assert torch.equal(network.get_buffer("kernel"), kernel)

    def test_different_from_the_publishers(self, tmp_path: Path) -> None:
        symmetric = real_kernel().roll(1, dims=-1)
        with pytest.raises(UserError, match=r"conv_real.weight, which the architecture sets, has other values\.$"):
            self.front(self.save(tmp_path / "f.pt", **{KERNEL: symmetric}))

    def test_different_from_the_ports(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"conv_real.weight.* is not what this encoder computes\.$"):
            self.front(self.save(tmp_path / "f.pt", **{KERNEL: real_kernel()}), real_kernel().roll(1, dims=-1))

    def test_a_counter_is_what_the_file_says(self, tmp_path: Path) -> None:
        path = self.save(tmp_path / "f.pt", **{"bn0.num_batches_tracked": torch.tensor(600_000)})
        assert self.front(path).bn0.num_batches_tracked == 600_000

    def test_of_the_wrong_shape(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"shape 257 x 512, 257 x 1 x 512 was expected\.$"):
            self.front(self.save(tmp_path / "f.pt", **{KERNEL: real_kernel()[:, 0]}))

    def test_a_trained_scale_is_what_the_file_says(self, tmp_path: Path) -> None:
        network = nn.ParameterDict({"logit_scale": nn.Parameter(torch.tensor(1.0))})
        torch.save({"model": {"logit_scale": torch.tensor(4.6)}}, tmp_path / "f.pt")
        load_checkpoint(network, ENCODERS["ms-clap"], tmp_path / "f.pt", only=("logit_scale",))
        assert network["logit_scale"] == pytest.approx(4.6)

    def test_a_mask_of_minus_infinity(self, tmp_path: Path) -> None:
        key = "modality_preprocessors.text.mask"
        mask = torch.full((77, 77), -torch.inf).triu(1)

        def load(mask: Tensor) -> None:
            torch.save({key: mask}, tmp_path / "f.pt")
            network = nn.Module()
            network.register_buffer("mask", torch.full((77, 77), -torch.inf).triu(1))
            load_checkpoint(network, ENCODERS["imagebind"], tmp_path / "f.pt", rename=lambda _: "mask", only=(key,))

        load(mask)
        with pytest.raises(UserError, match="has other values"):
            load(torch.full((77, 77), -torch.inf).triu(2))
        with pytest.raises(UserError, match="is not what this encoder computes"):
            load(mask.T.contiguous())


LARGE = """
import sys
from pathlib import Path
import torch
from dataclasses import replace
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.encoders.pretrained.checkpoint import load_checkpoint
from vggsound_omni.encoders.registry import ENCODERS
spec = ENCODERS["vggish"]
if sys.argv[2] == "published":
    file = replace(spec.weights.checkpoint, sha256=checkpoint_sha256(Path(sys.argv[1])))
    spec = replace(spec, weights=replace(spec.weights, files=(file,)))
def kilobytes(field):
    return int(next(line for line in open("/proc/self/status") if line.startswith(field)).split()[1])
with torch.device("meta"):
    network = torch.nn.Linear(12288, 4096)
rename = lambda key: key.removeprefix("embeddings.0.")
before = kilobytes("VmRSS")
load_checkpoint(network, spec, Path(sys.argv[1]), rename=rename, only=("embeddings.0.",))
after = kilobytes("VmHWM")
network(torch.ones(4, 12288))
print((after - before) * 1024, (kilobytes("VmHWM") - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize(("suffix", "whose"), [(".pt", "published"), (".safetensors", "published"), (".pt", "own")])
def test_a_large_file_is_in_memory_once_and_the_published_one_only_when_used(
    tmp_path: Path, suffix: str, whose: str
) -> None:
    path, keys = tmp_path / f"f{suffix}", manifest_of("vggish").keys
    tensors = {k: torch.zeros(keys[k].shape) for k in ("embeddings.0.weight", "embeddings.0.bias")}
    if suffix == ".pt":
        torch.save(tensors, path)
    else:
        save_file(tensors, path)
    done = subprocess.run([sys.executable, "-c", LARGE, str(path), whose], capture_output=True, text=True, check=True)
    loading, using = (int(count) for count in done.stdout.split())
    size = path.stat().st_size
    assert loading < (0.1 if whose == "published" else 1.3) * size
    assert using < 1.3 * size


@pytest.mark.parametrize("name", published_weights())
def test_manifests_agree_with_the_rule(name: str) -> None:
    form = manifest_of(name)
    assert len(form.keys) > 15
    assert all(entry.kept or entry.dtype == "float32" for entry in form.keys.values())
    assert not any(form.ignores(key) for key in form.keys)
    key = min((k for k, e in form.keys.items() if not e.kept), key=lambda k: np.prod(form.keys[k].shape))
    assert rule_array(key, form.keys[key].shape, {"gain": 1.0, "overrides": []}).shape == form.keys[key].shape
