"""What all tests share: a cache of their own, used by every process of one test run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Points the cache at a temporary folder unless it is set, and gives each worker one thread, before any starts."""
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")
    if "OMNI_BENCH_CACHE" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="omni-bench-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ["OMNI_BENCH_CACHE"] = folder.name


@pytest.fixture
def captions_only(tmp_path: Path) -> Path:
    """A manifest of six captions without media, a second each."""
    path = tmp_path / "captions.csv"
    rows = [f"item{i},a sound number {i},1.0" for i in range(6)]
    path.write_text("id,caption,duration\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path
