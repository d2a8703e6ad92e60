"""A device that is not there is one sentence, before anything is generated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vggsound_omni.devices import check_device
from vggsound_omni.errors import UserError
from vggsound_omni.generators.worker.worker import Worker

from .samples import model_file, request


def sentence(name: str) -> str:
    with pytest.raises(UserError) as caught:
        check_device(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def pretend(monkeypatch: pytest.MonkeyPatch, *, built: bool, devices: int) -> None:
    monkeypatch.setattr(torch.version, "cuda", "12.8" if built else None)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: devices > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: devices)


@pytest.mark.parametrize("name", [None, "cpu", "cpu:0"])
def test_the_cpu_is_always_there(name: str | None) -> None:
    check_device(name)


def test_a_torch_without_cuda_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, built=False, devices=0)
    for name in ("cuda", "cuda:1"):
        assert sentence(name) == (
            f'There is no device "{name}": the installed torch {torch.__version__} was built without CUDA; install one '
            "that has it, or leave --device out to run on the CPU."
        )


def test_a_machine_without_a_gpu_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, built=True, devices=0)
    assert "finds none of that kind here; leave --device out to run on the CPU." in sentence("cuda")


def test_a_number_beyond_the_last_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, built=True, devices=1)
    check_device("cuda")
    check_device("cuda:0")
    assert sentence("cuda:7") == 'There is no device "cuda:7": those of cuda here are numbered 0 only.'
    pretend(monkeypatch, built=True, devices=4)
    check_device("cuda:3")
    assert sentence("cuda:7").endswith("are numbered 0 to 3.")


@pytest.mark.parametrize(
    "name", ["gpu", "cdua", "", "cuda:", "cuda:one", "cuda:-1", "cuda:99999999999999999999", "\x1b"]
)
def test_what_is_no_device_gives_the_usual_ones(name: str) -> None:
    assert sentence(name).endswith("known are cpu, cuda, mps, xpu.")
    assert 'did you mean "cuda"?' in sentence("cdua")


def test_a_device_that_computes_nothing_is_none() -> None:
    assert "finds none of that kind here" in sentence("meta")


def test_the_cpu_needs_no_torch() -> None:
    code = (
        "import sys; from vggsound_omni.devices import check_device; check_device('cpu'); print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_a_model_is_not_even_loaded_on_a_device_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, built=False, devices=0)
    file = model_file(tmp_path, "class M(Good):\n    def __init__(self, device='cpu'):\n        open('loaded', 'w')\n")
    with Worker(f"{file}:M", device="cuda") as worker, pytest.raises(UserError, match="was built without CUDA"):
        worker.generate([request()])
    assert worker._process is None
