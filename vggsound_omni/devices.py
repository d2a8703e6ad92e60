"""Checks that a device exists before anything runs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vggsound_omni.errors import UserError, unknown_name

if TYPE_CHECKING:
    import torch

_USUAL = ("cpu", "cuda", "mps", "xpu")


def check_device(name: str | None) -> None:
    """Refuses a device that this machine, or this build of torch, does not have.

    Args:
        name: as torch writes it: ``cpu``, ``cuda``, ``cuda:1``, ``mps``; None leaves the choice to the model. Torch is
            not imported for ``cpu`` and None.

    Raises:
        UserError: there is no such device; names those that exist.
    """
    if name is None or name == "cpu":
        return
    import torch

    try:
        device = torch.device(name)
    except RuntimeError:
        raise unknown_name("device", name, _USUAL) from None
    if device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available() and not device.index):
        return
    if device.type == "cuda" and torch.version.cuda is None and torch.version.hip is None:
        raise UserError(
            f'There is no device "{name}": the installed torch {torch.__version__} was built without CUDA; install one '
            "that has it, or leave --device out to run on the CPU."
        )
    count = _count(device)
    if not count:
        raise UserError(
            f'There is no device "{name}": torch {torch.__version__} finds none of that kind here; leave --device out '
            "to run on the CPU."
        )
    if (device.index or 0) >= count:
        there = f"0 to {count - 1}" if count > 1 else "0 only"
        raise UserError(f'There is no device "{name}": those of {device.type} here are numbered {there}.')


def _count(device: torch.device) -> int:
    """How many devices of a kind exist; nothing is allocated on the usual ones."""
    import torch

    if device.type == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device.type == "xpu":
        return torch.xpu.device_count() if torch.xpu.is_available() else 0
    try:
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, NotImplementedError, AssertionError, ImportError):
        return 0
    return (device.index or 0) + 1
