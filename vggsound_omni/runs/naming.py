"""What run folders are called: short, readable, and the same for the same command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from urllib.parse import urlsplit

_LONGEST = 120  # characters


def slug(text: str) -> str:
    """Returns a text as part of a file's name: without blanks, slashes and other marks."""
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", text).strip("-._")[:80].rstrip("-._") or "model"


def run_name(
    suite: str, track: str, model: str, arguments: Mapping[str, str], without: Sequence[str], seed: int
) -> str:
    """Returns the name of a run's folder: ``clips-vt2a-MyModel-steps=50-seed0``.

    Args:
        suite: as the command names it; of a file or folder the name counts, without path and suffix.
        track: its name.
        model: a model string, or what tables call the model.
        arguments: of the model.
        without: what is withheld from it.
        seed: of the run.
    """
    given = [f"{key}={_short(value)}" for key, value in arguments.items()]
    withheld = [f"without-{part}" for part in without]
    name = "-".join(slug(part) for part in (_short(suite), track, _model(model), *given, *withheld))
    return f"{name[:_LONGEST].rstrip('-._')}-seed{seed}"


def _short(text: str) -> str:
    """Returns a path's last part without suffix, behind any prefix such as ``manifest:``; other text as it is."""
    if not re.search(r"[:/\\]", text):
        return text
    return PurePath(text.rpartition(":")[2].replace("\\", "/")).stem


def _model(model: str) -> str:
    if model.startswith(("http://", "https://")):
        return urlsplit(model).netloc
    if model.startswith("cmd:"):
        try:
            words = shlex.split(model.removeprefix("cmd:"))
        except ValueError:
            words = model.removeprefix("cmd:").split()
        named = [word for word in words if re.search(r"\.\w+$", word)] or words
        return PurePath(named[0]).stem if named else "cmd"
    if model.startswith("dir:"):
        return PurePath(model.removeprefix("dir:")).name
    return model.rpartition(":")[2]


def holds_runs(folder: Path, file: str) -> str | None:
    """Returns a sentence if a folder is no run but holds some, one for each track or seed; None if it holds none.

    Args:
        folder: which may not exist.
        file: what a run has.
    """
    below = sorted(found.parent for depth in ("*", "*/*") for found in folder.glob(f"{depth}/{file}"))
    if not below:
        return None
    count = f"{len(below)} runs" if len(below) > 1 else "a run"
    return f"{folder} is no run but holds {count}; give one, such as {below[0]}."
