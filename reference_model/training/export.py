"""Snapshots of a stage's running averages, and one set of weights made of them."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

from .ema import coefficients, combined, exponent
from .loop import Training


def write_snapshot(folder: Path, training: Training) -> None:
    """Saves the running averages of this step in float16, from which any width can be made later.

    All processes of a stage take part, as each has a share of the weights; the first one writes.
    """
    for index, gamma in enumerate(training.averages.exponents):
        weights = {name: tensor.half().contiguous() for name, tensor in training.average(index).items()}
        if training.rank == 0:
            with replacing(_snapshot(folder, training.step, index)) as path:
                save_file(weights, path, {"step": str(training.step), "exponent": repr(gamma)})


def has_snapshot(folder: Path, step: int) -> bool:
    """Returns whether the averages of this step are saved."""
    return all(_snapshot(folder, step, index).exists() for index in (0, 1))


def _snapshot(folder: Path, step: int, index: int) -> Path:
    return folder / "averages" / f"{step:08d}-{index}.safetensors"


def averaged(folder: Path, width: float) -> tuple[dict[str, Tensor], int]:
    """Returns the average of a relative width at the last snapshot's step, made from all snapshots, and that step.

    Raises:
        UserError: there are no snapshots.
    """
    paths = sorted((folder / "averages").glob("*.safetensors"))
    if not paths:
        raise UserError(f"{folder} holds no averaged weights yet; train first.")
    found = []
    for path in paths:
        with safe_open(path, "pt") as file:
            facts = file.metadata()
        found.append((float(facts["step"]), float(facts["exponent"])))
    last = max(step for step, _ in found)
    parts = coefficients(found, (last, exponent(width)))
    return combined([load_file(path) for path in paths], parts), int(last)
