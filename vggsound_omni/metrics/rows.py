"""Rows of features that know their clip.

A row of a Fréchet distance is a clip (PANNs, PaSST) or a patch of a clip (VGGish: 0.96 s). Whatever is resampled or
subsampled later is clips: patches of one clip are not independent draws.
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

    rows: F64
    """(rows, d)."""
    counts: NDArray[np.int64]
    """(clips,): rows of each clip, at least one."""

    @classmethod
    def of(cls, features: Features | Sequence[Features], what: str) -> ClipRows:
        """Rows from any of three forms.

        Args:
            features: (clips, d), a row a clip; (clips, patches, d); or for each clip its (patches, d).
            what: how an error names them: "generated features".

        Raises:
            MetricError: not finite, or a clip without rows, as one shorter than a patch would be: it would vanish from
                the set in silence.
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
        """Count of clips."""
        return len(self.counts)

    def take(self, clips: NDArray[np.integer]) -> ClipRows:
        """The rows of these clips, by index, repeats allowed."""
        starts = np.cumsum(self.counts) - self.counts
        counts = self.counts[clips]
        begins = np.cumsum(counts) - counts
        return ClipRows(self.rows[np.repeat(starts[clips] - begins, counts) + np.arange(counts.sum())], counts)
