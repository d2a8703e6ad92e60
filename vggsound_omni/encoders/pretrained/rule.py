"""Weights by rule: a tensor's values follow from its published key and shape, so that a port is proven without a file.

Tests and ``omni-bench crosscheck`` use them, where the published file cannot be had.

For a key K one draw is made from ``numpy.random.Generator(numpy.random.PCG64(crc32(K)))``, in float64 and C order, and
cast to float32 last. The first line that applies:

1. the manifest says that the tensor is kept: not made here
2. an override's pattern is found in the key: as the override says
3. the key ends in running_var: uniform from 0.5 to 1.5
4. the key ends in running_mean: 0.1 normal
5. one dimension, and the last part of the key is weight: 1 + 0.1 normal
6. one dimension: 0.05 normal
7. otherwise: gain * normal / sqrt(product of all dimensions but the first)

Gain and overrides stand in ``parity/cases.json`` beside each port; they keep activations alive.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from vggsound_omni.encoders.registry import ENCODERS

from .manifest import Manifest, manifest


def manifest_of(name: str) -> Manifest:
    """The manifest of an encoder by its name."""
    return manifest(ENCODERS[name])


def _parity(name: str) -> Path:
    """The folder with the fixtures of an encoder, beside its port."""
    package = ENCODERS[name].factory.partition(":")[0].rpartition(".")[0]
    return Path(str(resources.files(package))) / "parity"


def cases(name: str) -> dict[str, Any]:
    """What ``cases.json`` says of an encoder: cases, outputs, weights, contracts."""
    content: dict[str, Any] = json.loads((_parity(name) / "cases.json").read_text(encoding="utf-8"))
    return content


def golden(name: str) -> dict[str, NDArray[Any]]:
    """The outputs of the publisher's code, by ``case/output``."""
    with np.load(_parity(name) / "golden.npz") as file:
        return dict(file)


def rule_array(key: str, shape: tuple[int, ...], weights: dict[str, Any]) -> NDArray[np.float32]:
    """The values of one tensor, float32."""
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode("utf-8"))))
    for override in weights["overrides"]:
        if re.search(override["pattern"], key):
            if "normal" in override:
                mean, deviation = override["normal"]
                return (mean + deviation * generator.standard_normal(shape)).astype(np.float32)
            low, high = override["uniform"]
            return (low + (high - low) * generator.random(shape)).astype(np.float32)
    if key.endswith("running_var"):
        return (0.5 + generator.random(shape)).astype(np.float32)
    if key.endswith("running_mean"):
        return (0.1 * generator.standard_normal(shape)).astype(np.float32)
    if len(shape) == 1:
        if key.rsplit(".", 1)[-1] == "weight":
            return (1.0 + 0.1 * generator.standard_normal(shape)).astype(np.float32)
        return (0.05 * generator.standard_normal(shape)).astype(np.float32)
    scale = weights["gain"] / math.sqrt(math.prod(shape[1:]))
    return (scale * generator.standard_normal(shape)).astype(np.float32)


def rule_state(name: str, only: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """All tensors of an encoder that the rule makes, by published key.

    Args:
        name: of the encoder.
        only: beginnings of keys; empty: all.
    """
    weights = cases(name)["weights"]
    return {
        key: torch.from_numpy(rule_array(key, entry.shape, weights))
        for key, entry in manifest_of(name).keys.items()
        if not entry.kept and (not only or key.startswith(only))
    }


def write_rule_checkpoint(name: str, path: Path, only: tuple[str, ...] = ()) -> Path:
    """Writes a file in the published format: a torch file in its container, or safetensors by the suffix."""
    tensors = rule_state(name, only)
    if path.suffix == ".safetensors":
        save_file(tensors, path)
        return path
    form = manifest_of(name)
    keyed = {form.prefix + key: tensor for key, tensor in tensors.items()}
    torch.save({form.under: keyed} if form.under else keyed, path)
    return path
