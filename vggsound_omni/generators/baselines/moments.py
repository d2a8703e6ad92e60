"""Moments: when the picture shows that something happens, by how much it changes; nothing is learnt."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from vggsound_omni.protocol import Video

_FPS, _PIXELS = 25.0, 64
_AROUND = 12
"""Frames to either side over which a change is usual."""
_APART = 3
"""Frames to either side in which a moment changes most."""
_STANDS_OUT = 1.0
"""By so many times the usual change a moment stands out of it."""


def moments(video: Video) -> npt.NDArray[np.float64]:
    """Returns (moments, 2), by time: seconds, and by how much the picture changes more than around it."""
    frames = video.frames(_FPS, _PIXELS).astype(np.float32).mean(3)
    if len(frames) < 2:
        return np.empty((0, 2))
    step = np.abs(np.diff(frames, axis=0, prepend=frames[:1]))
    # The hundredth of the picture that changes most: what acts is small, and noise and drift are everywhere.
    changed = np.sort(step.reshape(len(step), -1), axis=1)[:, -(_PIXELS**2) // 100 :].mean(1)
    usual = ndimage.median_filter(changed, 2 * _AROUND + 1)
    beyond = changed - usual
    peaks = (changed == ndimage.maximum_filter1d(changed, 2 * _APART + 1)) & (beyond > _STANDS_OUT * (usual + 1))
    at = np.flatnonzero(peaks)
    return np.stack((at / _FPS, beyond[at]), axis=1)


def chosen(found: npt.NDArray[np.float64], count: int) -> list[float]:
    """Returns the seconds of the ``count`` strongest moments, in order; of fewer, all."""
    strongest = np.argsort(-found[:, 1], kind="stable")[:count]
    return sorted(found[strongest, 0].tolist())
