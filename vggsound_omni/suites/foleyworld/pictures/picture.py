"""The protocol of a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from ..canvas import Canvas
from ..scene import Event, Style


class Picture(Protocol):
    """Something that can be seen. Local coordinates lie in [-1, 1] x [-1, 1], y down."""

    contact: tuple[float, float, float] | None
    """Local x, y and radius of a disc in which nothing moves before an onset and something visibly moves in the very
    frame of the onset: what is struck, not what strikes. None for classes without impacts."""
    rays: bool
    """Whether rays burst from its contacts; set before it is drawn."""

    def still(self, canvas: Canvas) -> None:
        """Draws what never moves; called once."""

    def draw(self, canvas: Canvas, t: float) -> None:
        """Draws what moves, as it is at ``t`` seconds."""


MakePicture = Callable[[Style, Sequence[Event], np.random.Generator], Picture]
