"""Rows of features, grouped by clip.

A row of a Fréchet distance is a clip (PANNs, PaSST) or a patch of a clip (VGGish: 0.96 s). Resampling and subsampling
always take whole clips, because patches of one clip are not independent draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .estimate import F64, MetricError
from .validation import Features, checked


@dataclass(frozen=True, eq=False)
class ClipRows:
    """The rows of a set of clips, clip after clip."""

    rows: F64  # (rows, d)
    counts: NDArray[np.int64]  # (clips,): rows per clip, at least one

    @classmethod
    def of(cls, features: Features | Sequence[Features], what: str) -> ClipRows:
        """Groups the rows of features given in any of three forms.

        Args:
            features: (clips, d), one row per clip; (clips, patches, d); or a sequence of (patches, d), one per clip.
            what: their name in an error: "generated features".

        Raises:
            MetricError: a value is not finite, or a clip has no rows because it is shorter than a patch; it would
                silently be left out of the set.
        """
        if isinstance(features, np.ndarray):
            if features.ndim == 3:
                array = checked(features, what, ("clips", "patches", "dimensions"))
                return cls(array.reshape(-1, array.shape[2]), np.full(len(array), array.shape[1], np.int64))
            array = checked(features, what, ("clips", "dimensions"))
            return cls(array, np.ones(len(array), np.int64))
        clips = [np.asarray(clip) for clip in features]
        for i, clip in enumerate(clips):
            if clip.ndim != 2 or clip.shape[1:] != clips[0].shape[1:]:
                raise MetricError(
                    f"The {what} of clip {i} have the shape {clip.shape}; (patches, dimensions) is needed."
                )
            if not len(clip):
                raise MetricError(f"The {what} of clip {i} have no rows: it is too short for a patch.")
        rows = checked(np.concatenate(clips), what, ("rows", "dimensions")) if clips else np.empty((0, 1))
        return cls(rows, np.array([len(clip) for clip in clips], np.int64))

    @property
    def clips(self) -> int:
        """Number of clips."""
        return len(self.counts)

    def take(self, clips: NDArray[np.integer]) -> ClipRows:
        """Returns the rows of the clips with these indices, which may repeat."""
        starts = np.cumsum(self.counts) - self.counts
        counts = self.counts[clips]
        begins = np.cumsum(counts) - counts
        return ClipRows(self.rows[np.repeat(starts[clips] - begins, counts) + np.arange(counts.sum())], counts)
