"""Puts a published checkpoint into a network: all of it or nothing, memory-mapped, no code of the file run."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.errors import UserError

from .manifest import Key, Manifest, manifest

_CONTAINERS = ("state_dict", "model")
_PREFIXES = ("module.", "model.")
_SCALAR: Callable[..., Any] = np.float64(0).__reduce__()[0]  # type: ignore[assignment]
_ARRAY: Callable[..., Any] = np.zeros(0).__reduce__()[0]  # type: ignore[assignment]
_PLAIN_NUMBERS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    *((_SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    *((_ARRAY, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")),
    np.ndarray,
    np.dtype,
    *(type(np.dtype(code)) for code in ("bool", "int32", "int64", "float32", "float64")),
]
"""Training checkpoints hold numpy numbers and arrays beside their tensors (LAION-CLAP a score, PANNs the state of its
sampler): data without code, which torch refuses unless it is named."""


def load_checkpoint(
    network: nn.Module,
    spec: EncoderSpec,
    path: Path,
    rename: Callable[[str], str | None] | None = None,
    only: tuple[str, ...] = (),
) -> None:
    """Loads a published file, safetensors or torch, into a network, for evaluation and without gradients.

    The tensors may lie under ``state_dict`` or ``model`` and begin with ``module.`` or ``model.``. Everything is
    compared with the manifest before the network is touched. On the CPU and in the file's own number format the
    network then uses the mapped file itself: its memory is needed once, and only for what is used. Parameters on the
    meta device are filled as well, so a large network is best made under ``torch.device("meta")``. A file that is not
    the published one, by its SHA-256, is read whole: it may hold what is no number.

    Kept tensors may be absent. Where a kept array is present it must be what the publisher's code makes, and equal the
    network's own of that name, if it has one; a kept number (a logit scale, a counter) is taken from the file.

    Args:
        network: its ``state_dict`` names exactly what it takes; buffers of a front end are not persistent.
        spec: of the encoder.
        path: of the file.
        rename: the published key to the network's own; None for what the network does not use.
        only: beginnings of published keys; nothing else is loaded, nor needed in the file.

    Raises:
        UserError: no such file, not a file of tensors, not this encoder's, or weights that are not finite.
    """
    form = manifest(spec)
    found = {key: tensor for key, tensor in _unwrapped(_read(path, form), path).items() if not form.ignores(key)}
    difference = _difference(found, form, only)
    if difference:
        raise UserError(f"{path} is not the checkpoint of {form.name}, published as {form.file}: {difference}.")
    own = network.state_dict()
    given = {}
    for key, entry in form.keys.items():
        target = key if rename is None else rename(key)
        if target is None or (only and not key.startswith(only)):
            continue
        if not entry.kept:
            given[target] = found[key]
        elif target in own:
            given[target] = _kept(key, found.get(key), own[target], path)
    for target in given.keys() & own.keys():
        device = "cpu" if own[target].is_meta else own[target].device
        given[target] = given[target].to(device=device, dtype=own[target].dtype)
    if not is_published(spec, path):
        _check_finite({key: found[key] for key, entry in form.keys.items() if key in found and _trained(entry)}, path)
    network.load_state_dict(given, strict=True, assign=True)
    network.eval().requires_grad_(requires_grad=False)


def is_published(spec: EncoderSpec, path: Path) -> bool | None:
    """Tells whether a file is the published checkpoint of an encoder, by its SHA-256; None if that is not known."""
    assert spec.weights is not None
    expected = spec.weights.checkpoint.sha256
    return None if expected is None else checkpoint_sha256(path) == expected


def _trained(entry: Key) -> bool:
    """Whether a tensor must be finite; masks of minus infinity need not."""
    return "infinite_count" not in entry.stats


def _check_finite(tensors: dict[str, Tensor], path: Path) -> None:
    """Makes sure that weights are numbers.

    Raises:
        UserError: names the first tensor that holds others.
    """
    for key, tensor in tensors.items():
        # The extremes are NaN if any number is, and cost no memory.
        if tensor.numel() and not all(math.isfinite(extreme) for extreme in tensor.aminmax()):
            wrong = int((~tensor.isfinite()).sum())
            raise UserError(
                f"{path}: {wrong:,} of the {tensor.numel():,} numbers of {key} are NaN or infinite, and nothing can be "
                "encoded with them: take the file from its publisher, or train it again."
            )


def _read(path: Path, form: Manifest) -> Any:  # noqa: ANN401
    """What the file holds, mapped where its format allows; told by its first bytes, not by its name."""
    if not path.is_file():
        raise UserError(f"{path} is missing: omni-bench weights pull {form.name} fetches it.")
    with path.open("rb") as file:
        start = file.read(9)
    try:
        if start[8:] == b"{":
            with safe_open(path, framework="pt") as file:
                return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        if start[:2] == b"PK" or start[:1] == b"\x80":
            with torch.serialization.safe_globals(_PLAIN_NUMBERS):
                return torch.load(path, map_location="cpu", weights_only=True, mmap=start[:2] == b"PK")
    except pickle.UnpicklingError as error:
        if "Weights only load failed" in str(error):
            raise UserError(
                f"{path} holds more than tensors and plain values, and what else it holds is never run: "
                f"take {form.file} from its publisher, or a safetensors file of its tensors."
            ) from error
        raise _broken(path, form) from error
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise _broken(path, form) from error
    raise UserError(f"{path} is neither a torch nor a safetensors file: {form.file} was expected.")


def _broken(path: Path, form: Manifest) -> UserError:
    return UserError(
        f"{path} ({path.stat().st_size:,} bytes) is cut short or damaged: remove it, and "
        f"omni-bench weights pull {form.name} fetches it again."
    )


def _unwrapped(content: Any, path: Path) -> dict[str, Tensor]:  # noqa: ANN401
    """The tensors by their keys, out of their container and without the prefix that all of them have."""
    if isinstance(content, dict):
        content = next((content[name] for name in _CONTAINERS if isinstance(content.get(name), dict)), content)
    if not isinstance(content, dict) or not content or not all(isinstance(t, Tensor) for t in content.values()):
        raise UserError(f"{path} holds no table of tensors, at its top or under state_dict or model.")
    for prefix in _PREFIXES:
        if all(str(key).startswith(prefix) for key in content):
            content = {key.removeprefix(prefix): tensor for key, tensor in content.items()}
    return content


def _difference(found: dict[str, Tensor], form: Manifest, only: tuple[str, ...]) -> str:
    """The first difference from the manifest, in words; empty if there is none."""
    needed = [key for key, entry in form.keys.items() if not entry.kept and (not only or key.startswith(only))]
    missing = [key for key in needed if key not in found]
    if missing:
        return f"it lacks {_some(missing)}"
    extra = [key for key in found if key not in form.keys]
    if extra:
        return f"it also holds {_some(extra)}"
    for key, tensor in found.items():
        entry = form.keys[key]
        dtype = str(tensor.dtype).removeprefix("torch.")
        if tuple(tensor.shape) != entry.shape:
            return f"{key} has the shape {_shape(tensor.shape)}, {_shape(entry.shape)} was expected"
        if dtype != entry.dtype:
            return f"{key} is {dtype}, {entry.dtype} was expected"
        if entry.kept and tensor.ndim and not _as_published(tensor, entry):
            return f"{key}, which the architecture sets, has other values"
    return ""


def _some(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1} more keys"


def _shape(shape: Iterable[int]) -> str:
    return " x ".join(str(size) for size in shape) or "of a single number"


def _as_published(tensor: Tensor, entry: Key) -> bool:
    """Whether a kept array has the statistics of the publisher's; rounding is allowed."""
    flat = tensor.double().flatten()
    if "infinite_count" in entry.stats:
        return int((flat == -math.inf).sum()) == entry.stats["infinite_count"]
    ramp = torch.cos(torch.arange(flat.numel(), dtype=torch.float64))
    got = {
        "sum": flat.sum(),
        "abs_sum": flat.abs().sum(),
        "sq_sum": flat.square().sum(),
        "cos_sum": (flat * ramp).sum(),
    }
    allowed = 1e-5 * entry.stats["abs_sum"]
    return all(math.isclose(got[k], entry.stats[k], rel_tol=1e-4, abs_tol=allowed) for k in got)


def _kept(key: str, published: Tensor | None, own: Tensor, path: Path) -> Tensor:
    """The network's own tensor, once the file's has been compared with it; a single number is the file's."""
    if published is None:
        if own.is_meta and key.endswith("num_batches_tracked"):
            return torch.zeros((), dtype=own.dtype)
        if own.is_meta:
            raise UserError(f"{path} lacks {key}, and the network does not make it: take the file from its publisher.")
        return own
    if own.is_meta or own.ndim == 0:
        return published
    ours, theirs = own.double().cpu(), published.double()
    if ours.shape != theirs.shape or not torch.allclose(ours, theirs, rtol=1e-4, atol=1e-5 * _largest(theirs)):
        raise UserError(f"{path}: {key}, which the architecture sets, is not what this encoder computes.")
    return own


def _largest(values: Tensor) -> float:
    finite = values[values.isfinite()]
    return float(finite.abs().max()) if finite.numel() else 0.0
