"""A metric of a table as a drawing: a dot a model, a line its interval, the best first; chance and ceiling across."""

from __future__ import annotations

from dataclasses import dataclass

from .table import BoardTable, Column


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One model; places are percent of the width."""

    label: str
    text: str
    at: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One metric."""

    info: Column
    dots: tuple[Dot, ...]
    marks: tuple[tuple[str, float], ...]  # chance and ceiling: names and places, percent of the width
    ends: tuple[float, float]  # what the left and the right edge stand for


def plot(table: BoardTable, column: int) -> Plot | None:
    """Returns the drawing, or None if no model has an estimate."""
    info = table.columns[column]
    found = [
        (s.label, cells[column], cells[column].score.estimate) for s, cells in zip(table.rows, table.cells, strict=True)
    ]
    known = [(label, cell, value) for label, cell, value in found if value is not None]
    if not known:
        return None
    sign = -1 if info.better == "higher" else 1
    known.sort(key=lambda one: sign * one[2])
    anchors = next((cell.anchors for _, cell, _ in known if cell.anchors is not None), None)
    marks = [] if anchors is None else [("chance", anchors.chance), ("ceiling", anchors.ceiling)]
    places = [(name, anchor.estimate) for name, anchor in marks if anchor is not None]
    reached = [end for _, cell, value in known for end in (*(cell.score.interval or ()), value)]
    reached += [place for _, place in places]
    low, high = min(reached), max(reached)
    width = (high - low) or 1.0

    def at(value: float) -> float:
        return round(100 * (value - low) / width, 2)

    return Plot(
        info=info,
        ends=(low, low + width),
        marks=tuple((name, at(place)) for name, place in places),
        dots=tuple(
            Dot(
                label=label,
                text=f"{cell.text} {cell.interval}".rstrip(),
                at=at(value),
                low=at(cell.score.interval[0]) if cell.score.interval else at(value),
                high=at(cell.score.interval[1]) if cell.score.interval else at(value),
            )
            for label, cell, value in known
        ),
    )
