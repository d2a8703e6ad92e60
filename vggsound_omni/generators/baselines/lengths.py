"""Making a sound as long as a request asks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def sample_count(duration: float, sample_rate: int) -> int:
    """Samples in that many seconds, to the nearest, at least one."""
    return max(1, round(duration * sample_rate))


def cut_or_pad(samples: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """The first ``count`` samples of (channels, samples), followed by zeros where there are fewer."""
    missing = max(0, count - samples.shape[1])
    return np.pad(samples[:, :count], ((0, 0), (0, missing)))


def cut_or_loop(samples: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """The first ``count`` samples of (channels, samples) played over and over."""
    return samples[:, np.arange(count) % samples.shape[1]]
