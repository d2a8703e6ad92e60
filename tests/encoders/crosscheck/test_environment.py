"""Environments of packages: pinned wheels, the torch that runs here, nothing else; and nothing left of what fails."""

from __future__ import annotations

import subprocess
import zipfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from vggsound_omni.encoders.crosscheck import environment
from vggsound_omni.encoders.crosscheck.packages import PACKAGES, Package
from vggsound_omni.encoders.registry import ENCODERS
from vggsound_omni.errors import UserError


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def bell(tmp_path: Path) -> Package:
    """A package on the disk, with a module that says what it can import."""
    wheel = tmp_path / "bell-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("bell.py", "import torch\nprint(torch.__version__)\n")
        archive.writestr("bell-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: bell\nVersion: 1.0\n")
        archive.writestr("bell-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("bell-1.0.dist-info/RECORD", "")
    return replace(PACKAGES["hear21passt"], name="bell", requirements=(str(wheel),))


def test_an_environment_holds_its_pins_and_the_torch_that_runs_here(tmp_path: Path) -> None:
    package, lines = bell(tmp_path), list[str]()
    assert environment.python_of(package) is None
    with pytest.raises(UserError, match="omni-bench crosscheck --setup bell"):
        environment.made(package)
    python = environment.make(package, lines.append)
    assert any("bell" in line for line in lines), "pip says what it does"
    said = subprocess.run([python, "-c", "import bell"], capture_output=True, text=True, check=True).stdout
    assert said.strip() == metadata.version("torch")
    absent = subprocess.run([python, "-c", "import click"], capture_output=True, text=True, check=False)
    assert "No module named 'click'" in absent.stderr
    assert environment.made(package) == python == environment.make(package)
    other = replace(package, requirements=(*package.requirements, "numpy==2.2.6"))
    assert environment.python_of(other) is None, "other pins are another environment"
    environment.remove(package)
    assert environment.python_of(package) is None
    assert Path(str(metadata.distribution("torch").locate_file("torch/__init__.py"))).is_file(), (
        "links are not followed"
    )


def test_what_cannot_be_installed_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    package = replace(bell(tmp_path), requirements=("bell==2.0",))
    with pytest.raises(UserError, match=r"^bell cannot be installed: .*bell==2\.0.*\.$"):
        environment.make(package)
    assert not environment.home(package).exists()


@pytest.mark.parametrize("name", PACKAGES)
def test_every_requirement_is_pinned_once(name: str) -> None:
    package = PACKAGES[name]
    assert package.encoder in ENCODERS
    assert all("==" in requirement for requirement in package.requirements)
    # A marker chooses between two versions for two kinds of machine.
    unmarked = [requirement.partition("==")[0] for requirement in package.requirements if ";" not in requirement]
    assert len(unmarked) == len(set(unmarked))
