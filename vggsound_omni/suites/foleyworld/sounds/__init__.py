"""How each class sounds: one function a class, numpy and scipy only, no recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..scene import Event, Style

Samples = npt.NDArray[np.float64]
Sound = Callable[[Style, Sequence[Event], int, np.random.Generator], Samples]
"""``sound(style, events, length, rng)``: ``length`` dry samples at 16 kHz, in which each event begins at its onset."""
