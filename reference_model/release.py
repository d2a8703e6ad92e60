"""Files of trained transformers: weights in half precision, and a card that says how they were made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from reference_model.dit import DiT, DiTConfig
from vggsound_omni.errors import UserError
from vggsound_omni.io import compute_sha256, replacing

FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True)
class Release:
    """The content of a file."""

    network: DiT
    card: dict[str, Any]
    sha256: str


def write(path: Path, weights: Mapping[str, Tensor], config: DiTConfig, card: Mapping[str, Any]) -> str:
    """Writes weights (float16), the sizes of their network and a card; returns the file's SHA-256."""
    metadata = {
        "format": str(FORMAT),
        "config": json.dumps({**vars(config), "checkpointing": False}),
        "card": json.dumps(dict(card)),
    }
    content = save({name: tensor.half().contiguous() for name, tensor in weights.items()}, metadata)
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read(path: Path, components: str | None = None, device: str = "cpu") -> Release:
    """Loads a network, in evaluation mode, float32.

    Args:
        path: the file.
        components: digest of the encoders that it must have been trained with; None accepts any.
        device: torch device.

    Raises:
        UserError: the file is missing, or has another format, shape or digest.
    """
    if not path.is_file():
        raise UserError(f"There are no weights at {path}.")
    try:
        with safe_open(path, "pt", device=device) as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a mapping
    except SafetensorError as error:
        raise UserError(f"{path} is not a safetensors file: {error}.") from error
    if metadata.get("format") != str(FORMAT):
        raise UserError(f"{path} has format {metadata.get('format')}, but this version reads format {FORMAT}.")
    card = json.loads(metadata["card"])
    if components is not None and card.get("components") != components:
        raise UserError(
            f"{path} was trained with other encoders ({card.get('components', 'unknown')[:12]}) than these."
        )
    network = DiT(DiTConfig(**json.loads(metadata["config"])))
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip()
        raise UserError(f"{path} does not hold the network that it names: {reason}") from error
    return Release(network=network.to(device).eval(), card=card, sha256=compute_sha256(path))


def parameters(config: DiTConfig) -> int:
    """Counts the parameters of a network of these sizes, without allocating it."""
    with torch.device("meta"):
        return sum(p.numel() for p in DiT(config).parameters())
