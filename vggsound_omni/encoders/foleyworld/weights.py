"""Weights as shipped: safetensors in half precision, with the card in the file's own header, and the hashes of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vggsound_omni.errors import UserError
from vggsound_omni.io import compute_sha256, replacing

WEIGHTS = Path(__file__).parent / "weights"
VERSION = "1"
SUMS = "SHA256SUMS"
"""The file beside the weights with the SHA-256 of each, as ``sha256sum`` writes it."""


def save(folder: Path, name: str, network: nn.Module, **facts: Any) -> Path:  # noqa: ANN401
    """Writes ``NAME.safetensors``: float16 tensors, and ``facts`` as JSON in its header; and its hash into SHA256SUMS.

    Args:
        folder: where.
        name: of the encoder.
        network: in evaluation form; whole numbers (counters of batch normalisation) are left out.
        facts: kind, trained_on, held_out, and whatever else its reader needs.
    """
    tensors = {
        key: value.half().contiguous() for key, value in network.state_dict().items() if value.is_floating_point()
    }
    return store(folder, name, tensors, facts | {"parameters": sum(p.numel() for p in network.parameters())})


def store(folder: Path, name: str, tensors: dict[str, Tensor], facts: dict[str, Any]) -> Path:
    """Writes ``NAME.safetensors`` with ``facts`` in its header, and its hash into SHA256SUMS."""
    path = folder / f"{name}.safetensors"
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"version": VERSION, "card": json.dumps(facts)})
    sums = (_sums(folder) if (folder / SUMS).exists() else {}) | {path.name: compute_sha256(path)}
    with replacing(folder / SUMS) as temporary:
        temporary.write_text("".join(f"{sums[file]}  {file}\n" for file in sorted(sums)), encoding="ascii")
    return path


def verified(path: Path) -> str:
    """Returns the SHA-256 of a file of weights, once it is known to be the one that SHA256SUMS lists.

    Raises:
        UserError: a file is missing or damaged.
    """
    _check_there(path)
    expected, digest = _sums(path.parent).get(path.name), compute_sha256(path)
    if digest != expected:
        raise UserError(
            f"{path} is damaged: its SHA-256 is {digest[:12]}, and {SUMS} beside it says "
            f"{expected[:12] if expected else 'none'}; install the package again."
        )
    return digest


def _sums(folder: Path) -> dict[str, str]:
    """SHA-256 by file name."""
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
        return {name: digest for digest, name in (line.split() for line in lines)}
    except (OSError, ValueError) as error:
        raise UserError(
            f"{folder / SUMS}, which lists the hashes of the weights, is missing or damaged; install the package again."
        ) from error


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise UserError(
            f"{path} is missing: install the package again, or train it with "
            f"python -m vggsound_omni.encoders.foleyworld.train {path.stem}."
        )


def load(path: Path, network: nn.Module) -> nn.Module:
    """Puts weights into a network, as float32 and for evaluation.

    Raises:
        UserError: the file is not there, belongs to another network, or holds weights that are not finite.
    """
    _check_there(path)
    tensors = {key: value.float() for key, value in load_file(path).items()}
    expected = {key: value.shape for key, value in network.state_dict().items() if value.is_floating_point()}
    if {key: value.shape for key, value in tensors.items()} != expected:
        raise UserError(f"{path.name} holds the weights of another network; train it again or update the package.")
    if wrong := [key for key, value in tensors.items() if not value.isfinite().all()]:
        raise UserError(f"{path.name} holds weights that are NaN or infinite, first in {wrong[0]}; train it again.")
    network.load_state_dict(tensors, strict=False)
    return network.eval().requires_grad_(requires_grad=False)


def facts(path: Path) -> dict[str, Any]:
    """What the header says, and the SHA-256 of the file.

    Raises:
        UserError: see :func:`verified`.
    """
    digest = verified(path)
    with safe_open(path, framework="pt") as file:
        card: dict[str, Any] = json.loads(file.metadata()["card"])
    return card | {"checkpoint_sha256": digest}
