"""The environment of a result: versions, machine and code. It imports none of the packages that it reports on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from vggsound_omni.version import __version__

_PACKAGES = ("torch", "torchaudio", "numpy", "scipy", "av", "soundfile", "soxr", "transformers")


def package_versions() -> dict[str, str | None]:
    """Returns the versions of the packages that numbers depend on; None for one that is not installed."""
    return {name: _version(name) for name in _PACKAGES}


def environment() -> dict[str, Any]:
    """Returns versions, operating system, processor and commit as JSON values; no names of users or machines."""
    return {
        "omni_bench": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "packages": package_versions(),
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Returns the commit of this checkout, with ``+changes`` if files differ; None outside a checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
        changes = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+changes" if changes.stdout.strip() else "")
