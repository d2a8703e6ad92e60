"""The type of a sound function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..scene import Event, Style

Samples = npt.NDArray[np.float64]
Sound = Callable[[Style, Sequence[Event], int, np.random.Generator], Samples]
"""``sound(style, events, length, rng)``: ``length`` dry samples at 16 kHz, in which each event begins at its onset."""


def amplitude(event: Event) -> float:
    """Returns the linear gain of an event: 1 at full strength, 12 dB less at none."""
    return float(10 ** ((event.strength - 1) * 12 / 20))
