"""Checkpoints, written atomically in torch's distributed format, the same for one process and for many.

Beside them is noted what a training was begun with.
"""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.checkpoint import state_dict_loader, state_dict_saver
from torch.distributed.checkpoint.api import CheckpointException

from vggsound_omni.errors import UserError
from vggsound_omni.io import creating

_NAME = re.compile(r"step-(\d{8})")


def begun_with(what: str, noted: Path) -> bool:
    """Returns whether this is what a training was begun with, as noted in a file; the first time, notes it."""
    if not noted.exists():
        with creating(noted) as path:
            path.write_text(what, encoding="utf-8")
    return noted.read_text(encoding="utf-8") == what


def latest(folder: Path) -> Path | None:
    """Returns the checkpoint of the highest step; None if there is none."""
    found = [path for path in folder.glob("step-*") if _NAME.fullmatch(path.name)]
    return max(found, default=None)


def step_of(checkpoint: Path) -> int:
    """Returns the step after which a checkpoint was written."""
    match = _NAME.fullmatch(checkpoint.name)
    assert match
    return int(match[1])


def save(folder: Path, step: int, state: Mapping[str, Any], keep: int = 2) -> Path:
    """Writes ``folder/step-NNNNNNNN`` and removes all but the last ``keep``.

    Raises:
        UserError: the disk has no room for it; no partial checkpoint remains.
    """
    path = folder / f"step-{step:08d}"
    partial = folder / f".{path.name}.partial"
    needed = sum(tensor.nbytes for tensor in _tensors(state))
    first = not dist.is_initialized() or dist.get_rank() == 0
    if first:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        free = shutil.disk_usage(folder).free
        if free < needed * 1.1:
            raise UserError(
                f"A checkpoint needs {needed / 2**20:,.0f} MiB, but {folder} has {free / 2**20:,.0f}; make room "
                "and start again."
            )
    try:
        with _one_or_many():
            state_dict_saver.save(dict(state), checkpoint_id=partial)
    except (OSError, CheckpointException) as error:
        if first:
            shutil.rmtree(partial, ignore_errors=True)
        raise UserError(f"The checkpoint of step {step} could not be written to {folder}: {error}.") from error
    if first:
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
        for old in sorted(folder.glob("step-*"))[:-keep]:
            shutil.rmtree(old)
    if dist.is_initialized():
        dist.barrier()
    return path


def load(checkpoint: Path, state: dict[str, Any]) -> None:
    """Loads a checkpoint into ``state``, in place.

    Raises:
        UserError: the checkpoint belongs to another network.
    """
    try:
        with _one_or_many():
            state_dict_loader.load(state, checkpoint_id=checkpoint)
    except (RuntimeError, ValueError, OSError, CheckpointException) as error:
        sentence = str(error).strip().splitlines()[-1]
        raise UserError(f"{checkpoint} is not a checkpoint of this config: {sentence}") from error


@contextmanager
def _one_or_many() -> Iterator[None]:
    """Silences the warning that there is no process group, which is intended for a single process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)
        yield


def _tensors(state: Mapping[str, Any]) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    for value in state.values():
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, Mapping):
            found += _tensors(value)
    return found
