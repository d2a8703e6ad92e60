"""A stage so small that it trains in a test: random examples, one narrow block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from reference_model.dit import NANO
from reference_model.training.batches import Batches
from reference_model.training.config import StageConfig, read
from reference_model.training.shards import write_part

EXAMPLES, LATENTS, FRAMES, WORDS = 12, 10, 4, 6
FACTS: dict[str, object] = {
    "suite": "none",
    "seconds": LATENTS / 25,
    "components": "none",
    "captions": {"dense": 0.7, "brief": 0.3},  # two of each example, and two poor ones
    "labels": [["dog"], ["cat"], ["dog", "cat"]] * (EXAMPLES // 6),
}
SMALL = ("depth=1", "width=16", "heads=2", "batch=4", "precision=float32", "warm_up=2", "checkpoint_every=3")


def small(name: str = "nano-s3", *changes: str) -> StageConfig:
    """A shipped stage, small."""
    return read(name, (*SMALL, *changes))


def write_examples(data: Path, *names: str, seed: int = 0) -> None:
    """Folders of random examples."""
    rng = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "latents": (LATENTS, NANO.latent_channels),
        "visual": (FRAMES, NANO.visual_width),
        "sync": (LATENTS, NANO.sync_width),
        "text": (4, WORDS, NANO.text_width),
        "words": (4,),
    }
    for name in names:
        for part in range(2):
            rows: dict[str, npt.NDArray[np.generic]] = {
                key: rng.standard_normal((EXAMPLES // 2, *shape)) for key, shape in shapes.items()
            }
            rows["words"] = rng.integers(1, WORDS + 1, (EXAMPLES // 2, 4))
            write_part(data / name / f"{part:04d}", rows, FACTS)


def opened(config: StageConfig, data: Path) -> Batches:
    """Batches of random examples, written where they are not yet."""
    if not (data / "train").exists():
        write_examples(data, "train", "train-offscreen", "validation")
    return Batches.open(config, data)
