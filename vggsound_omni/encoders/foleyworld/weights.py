"""Weights as shipped: safetensors in half precision, with the card beside them in the file's own header."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from vggsound_omni.errors import UserError
from vggsound_omni.files import compute_sha256, replacing

WEIGHTS = Path(__file__).parent / "weights"
VERSION = "1"


def save(folder: Path, name: str, network: nn.Module, **facts: Any) -> Path:  # noqa: ANN401
    """Writes ``NAME.safetensors``: float16 tensors, and ``facts`` as JSON in its header.

    Args:
        folder: where.
        name: of the encoder.
        network: in evaluation form; whole numbers (counters of batch normalisation) are left out.
        facts: kind, trained_on, held_out, and whatever else its reader needs.
    """
    tensors = {
        key: value.half().contiguous() for key, value in network.state_dict().items() if value.is_floating_point()
    }
    facts |= {"parameters": sum(p.numel() for p in network.parameters())}
    path = folder / f"{name}.safetensors"
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"version": VERSION, "card": json.dumps(facts)})
    return path


def load(path: Path, network: nn.Module) -> nn.Module:
    """Puts weights into a network, as float32 and for evaluation.

    Raises:
        UserError: the file is not there, or belongs to another network.
    """
    if not path.exists():
        raise UserError(
            f"{path} is missing: train it with python -m vggsound_omni.encoders.foleyworld.train {path.stem}."
        )
    tensors = {key: value.float() for key, value in load_file(path).items()}
    expected = {key: value.shape for key, value in network.state_dict().items() if value.is_floating_point()}
    if {key: value.shape for key, value in tensors.items()} != expected:
        raise UserError(f"{path.name} holds the weights of another network; train it again or update the package.")
    network.load_state_dict(tensors, strict=False)
    return network.eval().requires_grad_(requires_grad=False)


def facts(path: Path) -> dict[str, Any]:
    """What the header says, and the SHA-256 of the file."""
    with safe_open(path, framework="pt") as file:
        card: dict[str, Any] = json.loads(file.metadata()["card"])
    return card | {"checkpoint_sha256": compute_sha256(path)}
