"""A cell as a small drawing: a dot, a line for its interval, from chance at the left to the ceiling at the right.

Right is better, whichever way the metric counts. A distance that is a square (FD) is drawn by its root.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .table import BoardTable, Cell

WIDTH = 72
"""Of the drawing, in pixels."""
_MARGIN = 6  # pixels left and right, in which an arrow says that a value lies beyond
_NEAR = 0.02  # share of the way within which a reference line would only thicken the end


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Where a cell's dot and interval lie, in pixels."""

    at: int
    low: int  # the left end of its interval
    high: int
    beyond: str  # "left" or "right" if the estimate lies outside the drawing, else ""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From values of a metric to pixels."""

    worst: float  # at the left, in the metric's unit
    best: float  # at the right
    anchored: bool  # whether these are chance and ceiling
    rooted: bool  # whether roots of values are drawn

    def place(self, value: float) -> float:
        """Returns a value's place, 0 to 1 between the ends."""
        worst, best, value = (self._drawn(one) for one in (self.worst, self.best, value))
        return (value - worst) / (best - worst)

    def strip(self, cell: Cell, width: int = WIDTH) -> Strip | None:
        """Returns a cell's drawing; None if it has no estimate."""
        value = cell.score.estimate
        if value is None:
            return None
        ends = sorted(self.place(end) for end in (*(cell.score.interval or ()), value))
        at = self.place(value)
        low, here, high = (
            round(_MARGIN + (width - 2 * _MARGIN) * min(max(one, 0), 1)) for one in (ends[0], at, ends[-1])
        )
        return Strip(at=here, low=low, high=high, beyond="left" if at < 0 else "right" if at > 1 else "")

    def tick(self, value: float, width: int = WIDTH) -> int | None:
        """Returns where a reference line stands; None if it is at an end or beyond."""
        place = self.place(value)
        return round(_MARGIN + (width - 2 * _MARGIN) * place) if _NEAR < place < 1 - _NEAR else None

    def _drawn(self, value: float) -> float:
        return math.sqrt(max(value, 0.0)) if self.rooted else value


def scale(table: BoardTable, column: int) -> Scale | None:
    """Returns the scale of a column; None if nothing in it differs.

    The ends are chance and ceiling. Without these, or for a metric without a better direction, they are the least and
    the greatest value of the table.
    """
    info, cells = table.columns[column], [row[column] for row in table.cells]
    rooted = info.metric is not None and info.metric.squared
    anchors = next((cell.anchors for cell in cells if cell.anchors is not None), None)
    if info.better is not None and anchors is not None and anchors.chance is not None and anchors.ceiling is not None:
        worst, best = anchors.chance.estimate, anchors.ceiling.estimate
        if (best - worst) * (1 if info.better == "higher" else -1) > 0:
            return Scale(worst=worst, best=best, anchored=True, rooted=rooted)
    ends = list(_ends(cells))
    if not ends or min(ends) == max(ends):
        return None
    worst, best = (max(ends), min(ends)) if info.better == "lower" else (min(ends), max(ends))
    return Scale(worst=worst, best=best, anchored=False, rooted=rooted)


def _ends(cells: Iterable[Cell]) -> Iterable[float]:
    for cell in cells:
        if cell.score.estimate is not None:
            yield from (cell.score.estimate, *(cell.score.interval or ()))


def ticks(table: BoardTable, column: int, along: Scale, width: int = WIDTH) -> list[tuple[str, int]]:
    """Returns the reference lines of a column that lie between its ends: their names and places."""
    found = []
    for entry in table.references:
        value = entry.cells[column].score.estimate
        if value is not None and (place := along.tick(value, width)) is not None:
            found.append((entry.row.card.name, place))
    return found
