"""Boosted trees as plain arrays: what scikit-learn has grown, and our own way through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_ROWS = 2048
"""Rows that go through the trees at once."""


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Sums of trees, one sum for each output. A leaf is its own child, so every way through a tree may be as long."""

    start: Floats  # (outputs,): what a sum begins with
    root: npt.NDArray[np.int32]  # (outputs, trees): where each tree begins among the nodes
    feature: npt.NDArray[np.int16]  # (nodes,): what a node asks for
    threshold: Floats  # (nodes,): up to which it sends left
    left: npt.NDArray[np.int32]  # (nodes,)
    right: npt.NDArray[np.int32]  # (nodes,)
    value: Floats  # (nodes,): of leaves
    depth: int  # longest way from a root to a leaf

    def sums(self, features: Floats) -> Floats:
        """(rows, features) to (rows, outputs), before any link function."""
        found = np.empty((len(features), len(self.start)), np.float32)
        for first in range(0, len(features), _ROWS):
            rows = np.ascontiguousarray(features[first : first + _ROWS], np.float32)
            base = np.arange(len(rows), dtype=np.int64)[None] * rows.shape[1]
            for k, roots in enumerate(self.root):
                at = np.repeat(roots[:, None], len(rows), axis=1)  # (trees, rows)
                for _ in range(self.depth):
                    asked = rows.ravel().take(base + self.feature.take(at))
                    at = np.where(asked <= self.threshold.take(at), self.left.take(at), self.right.take(at))
                found[first : first + _ROWS, k] = self.start[k] + self.value.take(at).sum(0, dtype=np.float64)
        return found

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Returns the arrays to be stored, by name."""
        return {
            f"{name}.{key}": np.asarray(getattr(self, key))
            for key in ("start", "root", "feature", "threshold", "left", "right", "value", "depth")
        }

    @classmethod
    def stored(cls, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Forest:
        """Takes a forest from stored arrays."""
        own = {key.partition(".")[2]: value for key, value in arrays.items() if key.partition(".")[0] == name}
        return cls(depth=own.pop("depth").item(), **own)

    @property
    def numbers(self) -> int:
        """Count of trained numbers: thresholds and values."""
        return len(self.left)  # a node has either a threshold or a value
