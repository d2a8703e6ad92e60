"""Encoded training examples: latents and features of conditions, in memory-mapped arrays.

A folder holds parts, each a folder with one array for each name in :data:`ARRAYS` and ``shards.json``, written last,
which says what they were made from. Rows are examples; text features have one row per caption of an example.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from reference_model.conditioning import Conditions
from reference_model.rates import LATENT_RATE
from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

ARRAYS: Final = ("latents", "visual", "sync", "text", "words")
"""(n, latents, c), (n, f, w), (n, latents, s), (n, captions, t, w) in float16; words of each caption (n, captions)."""
FORMAT: Final = 2
FACTS: Final = "shards.json"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch of examples, ready for the loss."""

    latents: Tensor  # (b, n, c) float32
    conditions: Conditions

    def taken(self, rows: list[int]) -> Batch:
        """Returns some of the examples, in this order."""
        return Batch(latents=self.latents[rows], conditions=self.conditions.taken(rows))

    def window(self, starts: Sequence[int], seconds: int) -> Batch:
        """Returns ``seconds`` of each example from its start, in whole seconds."""
        span = seconds * LATENT_RATE
        parts = [
            row[start * LATENT_RATE : start * LATENT_RATE + span]
            for row, start in zip(self.latents, starts, strict=True)
        ]
        return Batch(latents=torch.stack(parts), conditions=self.conditions.window(starts, seconds))


@dataclass(frozen=True)
class Shards:
    """The examples in the parts of one folder.

    Args:
        folder: the folder.
        classes: take only examples of which everything that is heard is one of these; None takes all.

    Raises:
        UserError: the folder holds no such examples, or a part does not match its ``shards.json``.
    """

    folder: Path
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for part in self._parts:
            sizes = {len(array) for array in part.arrays.values()}
            if sizes != {len(part.facts["labels"])} or part.facts.get("format") != FORMAT:
                raise UserError(f"{part.folder} does not hold examples of format {FORMAT}; make them again.")
        if not self._rows:
            raise UserError(f"{self.folder} has no example whose sounds are all {', '.join(self.classes or ())}.")

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def _parts(self) -> list[_Part]:
        found = [_Part(path.parent) for path in sorted(self.folder.glob(f"*/{FACTS}"))]
        if not found:
            raise UserError(
                f"{self.folder} holds no training examples; make them with: omni-train prepare --work "
                f"{self.folder.parent.parent}"
            )
        return found

    @cached_property
    def _rows(self) -> list[tuple[_Part, int]]:
        return [
            (part, row)
            for part in self._parts
            for row, labels in enumerate(part.facts["labels"])
            if self.classes is None or set(labels) <= set(self.classes)
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """What the examples were made from, as the first part says."""
        return self._parts[0].facts

    @property
    def identity(self) -> str:
        """SHA-256 of what all parts were made from: scenes, encoders, captions."""
        told = [[part.folder.name, part.facts] for part in self._parts]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @property
    def seconds(self) -> float:
        """Duration of every example (s)."""
        return float(self.facts["seconds"])

    @property
    def captions(self) -> list[float]:
        """The share of each caption of an example in training."""
        return [float(share) for share in self.facts["captions"].values()]

    def batch(self, rows: Sequence[int], captions: Sequence[int], *, text: bool = True, video: bool = True) -> Batch:
        """Returns examples, each with the given one of its captions; ``text`` or ``video`` can be left out."""
        places = [self._rows[row] for row in rows]
        words = [int(part.arrays["words"][row, k]) for (part, row), k in zip(places, captions, strict=True)]
        longest = max(words) if text else 0
        tokens = torch.zeros(len(places), longest, self._parts[0].arrays["text"].shape[3])
        if text:
            for out, (part, row), k, count in zip(tokens, places, captions, words, strict=True):
                out[:count] = _float(part.arrays["text"][row, k, :count])
        present = torch.arange(longest)[None] < torch.tensor(words)[:, None]
        latents, visual, sync = (
            torch.stack([_float(part.arrays[name][row]) for part, row in places])
            for name in ("latents", "visual", "sync")
        )
        if not video:
            visual, sync = visual[:, :0], torch.zeros_like(sync)
        return Batch(
            latents=latents,
            conditions=Conditions(
                text=tokens,
                text_mask=present,
                visual=visual,
                visual_mask=torch.ones(visual.shape[:2], dtype=torch.bool),
                sync=sync,
                start=torch.zeros(len(places)),
                seconds=torch.full((len(places),), self.seconds),
            ),
        )


@dataclass(frozen=True, eq=False)
class _Part:
    folder: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        return facts_of(self.folder) or {}

    @cached_property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {name: np.load(self.folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}


def facts_of(part: Path) -> dict[str, Any] | None:
    """Returns what the examples of a part were made from; None if it is not complete."""
    try:
        found: dict[str, Any] = json.loads((part / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def write_part(part: Path, rows: Mapping[str, npt.NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Writes the examples of a part; ``shards.json``, which marks it as complete, comes last.

    Args:
        part: its folder.
        rows: the arrays by name; all have one row per example.
        facts: what they were made from; ``labels`` has the classes heard in each example.
    """
    part.mkdir(parents=True, exist_ok=True)
    (part / FACTS).unlink(missing_ok=True)
    for name in ARRAYS:
        np.save(part / f"{name}.npy", rows[name].astype(np.int16 if name == "words" else np.float16))
    with replacing(part / FACTS) as path:
        path.write_text(json.dumps({"format": FORMAT, **facts}), encoding="utf-8")


def _float(row: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(row.astype(np.float32))


def together(parts: Sequence[Batch]) -> Batch:
    """Joins several batches into one."""
    return Batch(
        latents=torch.cat([part.latents for part in parts]),
        conditions=Conditions.join([part.conditions for part in parts]),
    )
