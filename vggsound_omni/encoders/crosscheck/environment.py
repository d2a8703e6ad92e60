"""An environment of its own for each package, in the cache: pinned versions, and the torch that runs here."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import cache_dir, replacing

from .packages import Package

_MADE = "made.json"
"""Written last: a folder without it was not finished."""
Told = Callable[[str], None]
"""Called with what is being done."""


def home(package: Package) -> Path:
    """Returns the folder of a package's environment, which may not exist."""
    return cache_dir() / "crosscheck" / package.name


def python_of(package: Package) -> Path | None:
    """Returns the interpreter of a package's environment; None if it is not made, or made of other versions."""
    folder = home(package)
    try:
        identity = json.loads((folder / _MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return _python(folder) if identity == _identity(package) else None


def made(package: Package) -> Path:
    """Returns the interpreter of a package's environment.

    Raises:
        UserError: it is not made.
    """
    if (python := python_of(package)) is None:
        raise UserError(
            f"{package.name} has no environment, or one of other versions; make it: "
            f"omni-bench crosscheck --setup {package.name}."
        )
    return python


def make(package: Package, told: Told = lambda _: None) -> Path:
    """Makes the environment of a package, unless it is there, and returns its interpreter.

    Args:
        package: whose.
        told: called with each line that pip writes.

    Raises:
        UserError: it cannot be made; what there is of it is removed.
    """
    if (python := python_of(package)) is not None:
        return python
    folder = home(package)
    remove(package)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The pip that runs here can install into an environment without one, which is made in no time.
    has_pip = find_spec("pip") is not None
    bare, pip = (["--without-pip"], [sys.executable, "-m", "pip", "--python"]) if has_pip else ([], [])
    try:
        command = [sys.executable, "-m", "venv", *bare, str(folder)]
        _run(command, f"No environment for {package.name} can be made", told)
        _share_torch(folder)
        # Wheels only: no code of a package runs before it is imported.
        options = ("--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check")
        command = [*pip, str(_python(folder)), *([] if pip else ["-m", "pip"]), "install", *options]
        _run([*command, *package.requirements], f"{package.name} cannot be installed", told)
    except BaseException:
        remove(package)
        raise
    with replacing(folder / _MADE) as temporary:
        temporary.write_text(json.dumps(_identity(package)), encoding="utf-8")
    return _python(folder)


def remove(package: Package) -> None:
    """Removes the environment of a package."""
    if home(package).exists():
        shutil.rmtree(home(package))


def _identity(package: Package) -> dict[str, object]:
    """What an environment must have been made of to be used."""
    pins = hashlib.sha256("\n".join(package.requirements).encode()).hexdigest()
    torch = metadata.distribution("torch")
    return {"python": sys.version, "torch": [torch.version, str(torch.locate_file(""))], "requirements": pins}


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _run(command: list[str], problem: str, told: Told) -> None:
    """Runs a program and passes its lines on; the sentence of an error holds the last that names one."""
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            told(lines[-1])
    if process.returncode:
        errors = (
            [line.removeprefix("ERROR: ") for line in lines if "error" in line.lower()] or lines or ["it says nothing"]
        )
        raise UserError(f"{problem}: {errors[-1].rstrip('.')}.")


def _share_torch(folder: Path) -> None:
    """Puts the torch that runs here, and what it needs, at the end of the environment's path.

    The links lie outside of the environment, so that its pip never removes what they lead to.
    """
    shared = folder.parent / f"torch-{metadata.version('torch')}"
    shared.mkdir(exist_ok=True)
    for name in _with_needs("torch", "torchaudio"):
        for part in {file.parts[0] for file in metadata.distribution(name).files or ()}:
            source, link = Path(str(metadata.distribution(name).locate_file(part))), shared / part
            if part not in {"..", "__pycache__"} and not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(source, target_is_directory=source.is_dir())
    (packages,) = folder.glob("Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages")
    (packages / "shared-torch.pth").write_text(f"{shared}\n", encoding="utf-8")


def _with_needs(*names: str) -> Iterator[str]:
    """Distributions and all that they require and is here, each once."""
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        try:
            needs = metadata.distribution(name).requires or ()
        except metadata.PackageNotFoundError:
            continue  # for another system
        if name in seen or name == "numpy":  # each environment has its own
            continue
        seen.add(name)
        yield name
        waiting += [match[0] for need in needs if "extra ==" not in need and (match := re.match(r"[\w.-]+", need))]
