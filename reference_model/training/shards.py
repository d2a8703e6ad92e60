"""Encoded training examples: latents and features of conditions, in memory-mapped arrays.

A folder holds one array for each name in :data:`ARRAYS`, and ``shards.json``, written last, which says what they were
made from. Rows are examples; text features have one row per caption of an example.
"""

from __future__ import annotations

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
from vggsound_omni.errors import UserError

ARRAYS: Final = ("latents", "visual", "sync", "text", "words")
"""(n, latents, c), (n, f, w), (n, latents, s), (n, captions, t, w) in float16; words of each caption (n, captions)."""
FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch of examples, ready for the loss."""

    latents: Tensor  # (b, n, c) float32
    conditions: Conditions

    def taken(self, rows: list[int]) -> Batch:
        """Returns some of the examples, in this order."""
        return Batch(latents=self.latents[rows], conditions=self.conditions.taken(rows))


@dataclass(frozen=True)
class Shards:
    """The examples in one folder.

    Raises:
        UserError: the folder holds no examples, or they do not match ``shards.json``.
    """

    folder: Path

    def __post_init__(self) -> None:
        sizes = {name: len(array) for name, array in self.arrays.items()}
        if len(set(sizes.values())) != 1 or self.facts.get("format") != FORMAT:
            raise UserError(f"{self.folder} does not hold examples of format {FORMAT}; make them again.")

    def __len__(self) -> int:
        return len(self.arrays["latents"])

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the examples were made from."""
        try:
            return json.loads((self.folder / "shards.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(
                f"{self.folder} holds no training examples; make them with: omni-train prepare --work "
                f"{self.folder.parent.parent}"
            ) from error

    @cached_property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays by name, memory-mapped."""
        _ = self.facts
        return {name: np.load(self.folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}

    @property
    def seconds(self) -> float:
        """Duration of every example (s)."""
        return float(self.facts["seconds"])

    def batch(self, rows: Sequence[int], captions: Sequence[int], *, text: bool = True, video: bool = True) -> Batch:
        """Returns examples, each with the given one of its captions; ``text`` or ``video`` can be left out."""
        words = self.arrays["words"][list(rows), list(captions)].astype(np.int64)
        longest = int(words.max(initial=0)) if text else 0
        tokens = self.arrays["text"][list(rows), list(captions), :longest]
        present = torch.arange(longest)[None] < torch.from_numpy(words)[:, None]
        visual = self._rows("visual", rows)
        sync = self._rows("sync", rows)
        if not video:
            visual, sync = visual[:, :0], torch.zeros_like(sync)
        return Batch(
            latents=self._rows("latents", rows),
            conditions=Conditions(
                text=torch.from_numpy(tokens.astype(np.float32)),
                text_mask=present,
                visual=visual,
                visual_mask=torch.ones(visual.shape[:2], dtype=torch.bool),
                sync=sync,
                seconds=torch.full((len(rows),), self.seconds),
            ),
        )

    def _rows(self, name: str, rows: Sequence[int]) -> Tensor:
        return torch.from_numpy(self.arrays[name][list(rows)].astype(np.float32))


def together(parts: Sequence[Batch]) -> Batch:
    """Joins several batches into one."""
    return Batch(
        latents=torch.cat([part.latents for part in parts]),
        conditions=Conditions.join([part.conditions for part in parts]),
    )


class Writer:
    """Writes a folder of examples, batch by batch, into arrays of known size.

    Args:
        folder: the folder.
        shapes: shape of one row of each array.
        count: number of rows.
    """

    def __init__(self, folder: Path, shapes: Mapping[str, tuple[int, ...]], count: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "shards.json").unlink(missing_ok=True)
        self._folder, self._at, self._count = folder, 0, count
        self._arrays = {
            name: np.lib.format.open_memmap(
                folder / f"{name}.npy", "w+", np.int16 if name == "words" else np.float16, (count, *shapes[name])
            )
            for name in ARRAYS
        }

    def add(self, rows: Mapping[str, npt.NDArray[Any]]) -> None:
        """Writes the next rows of every array."""
        size = len(rows["latents"])
        for name, array in self._arrays.items():
            array[self._at : self._at + size] = rows[name]
        self._at += size

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Writes ``shards.json``, which marks the folder as complete.

        Raises:
            UserError: rows are missing.
        """
        if self._at != self._count:
            raise UserError(f"{self._at} of {self._count} examples were written to {self._folder}.")
        for array in self._arrays.values():
            array.flush()
        text = json.dumps({"format": FORMAT, **facts}, indent=1)
        (self._folder / "shards.json").write_text(text, encoding="utf-8")
