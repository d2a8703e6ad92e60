"""Fitting a sound to the length of a request."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def sample_count(duration: float, sample_rate: int) -> int:
    """Returns the number of samples in that many seconds, rounded, at least one."""
    return max(1, round(duration * sample_rate))


def cut_or_pad(samples: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Returns the first ``count`` samples of (channels, samples), padded with zeros if there are fewer."""
    missing = max(0, count - samples.shape[1])
    return np.pad(samples[:, :count], ((0, 0), (0, missing)))


def cut_or_loop(samples: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Returns the first ``count`` samples of (channels, samples) in a loop."""
    return samples[:, np.arange(count) % samples.shape[1]]
