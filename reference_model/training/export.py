"""Combines the snapshots of a stage into one set of weights."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from vggsound_omni.errors import UserError

from .ema import coefficients, combined, exponent


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
