"""Where files lie: what the package ships, and the cache."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """A folder that comes with the package, such as ``tracks``: beside it in a checkout, inside it in a wheel."""
    inside = _PACKAGE / "shipped" / name
    return inside if inside.exists() else _PACKAGE.parent / name


def cache_dir() -> Path:
    """The folder of everything derived: ``OMNI_BENCH_CACHE``, or the platform's user cache. Not created here."""
    given = os.environ.get("OMNI_BENCH_CACHE")
    return Path(given).expanduser() if given else Path(platformdirs.user_cache_dir("omni-bench", appauthor=False))
