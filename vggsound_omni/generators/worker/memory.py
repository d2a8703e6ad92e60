"""The most memory that a generator has used: on the host, with what it started, and on its GPUs."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import NamedTuple

_NOTE = "gpu-memory"  # a file in a process's scratch folder: bytes
_MOST_DIGITS = 20


class Peak(NamedTuple):
    """Bytes; None if it cannot be known."""

    host: int | None = None
    gpu: int | None = None

    def most(self, other: Peak) -> Peak:
        """Returns the larger of each."""
        return Peak(*(max((x for x in pair if x is not None), default=None) for pair in zip(self, other, strict=True)))


def host_peak(process: int) -> int | None:
    """Returns the peaks of a process and of what it started and still runs, added up; None without a Linux /proc."""
    found, waiting = 0, [process]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        with contextlib.suppress(OSError, ValueError):
            for line in (folder / "status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    found += int(line.split()[1]) * 1024
            for children in folder.glob("task/*/children"):
                waiting += map(int, children.read_text().split())
    return found or None


def gpu_peak() -> int | None:
    """Returns what torch has taken of this process's GPUs at most; None if it has used none."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    return sum(torch.cuda.max_memory_reserved(device) for device in range(torch.cuda.device_count()))


def note_gpu(folder: str | None) -> None:
    """Writes this process's peak on its GPUs into its scratch folder, where the other side looks."""
    peak = gpu_peak()
    if folder and peak is not None:
        part = Path(folder) / f"{_NOTE}.part"
        with contextlib.suppress(OSError):
            part.write_text(str(peak))
            part.replace(Path(folder) / _NOTE)


def noted_gpu(folder: str) -> int | None:
    """Returns what :func:`note_gpu` wrote there last; it is checked, since a model could have written it."""
    with contextlib.suppress(OSError), (Path(folder) / _NOTE).open("rb") as file:
        digits = file.read(_MOST_DIGITS)
        return int(digits) if digits.isdigit() else None
    return None


def own_peak() -> Peak:
    """Returns the peaks of this process."""
    return Peak(host_peak(os.getpid()), gpu_peak())


def mebibytes(count: int | None) -> int | None:
    """Returns bytes as MiB, rounded up."""
    return None if count is None else -(-count // 2**20)
