"""Tables of results as HTML for a notebook: no script, no style sheet, readable on light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from vggsound_omni.runs.result import Result

from .tables import Cell, Row, ScoreTable, further, further_columns, score_tables


def to_html(results: Sequence[Result]) -> str:
    """Returns a table for each group of comparable runs, with its notes."""
    return "".join(map(_table, score_tables(results)))


def _table(table: ScoreTable) -> str:
    beside = further_columns(table)
    heads = "".join(f'<th style="text-align:left">{escape(name)}</th>' for name in ("", *table.columns, *beside))
    rows = "".join(_row(row, table) for row in table.rows)
    notes = [f"<sup>{number}</sup> {escape(text)}" for number, text in enumerate(table.footnotes, 1)]
    small = "<br>".join([*notes, *map(escape, table.remarks)])
    return (
        f"<table><caption>{escape(table.title)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<p><small>{small}</small></p>"
    )


def _row(row: Row, table: ScoreTable) -> str:
    cells = [f"<td>{_cell(cell)}</td>" for cell in row.cells]
    cells += [f'<td style="opacity:.6">{text}</td>' for text in further(row, table, _raised)]
    return f'<tr><th scope="row" style="text-align:left">{escape(row.label)}</th>{"".join(cells)}</tr>'


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    shown = f"<b>{text}</b>" if cell.best else f'<span style="opacity:.6">{text}</span>' if cell.grey else text
    return f"{shown} <small>{escape(cell.interval)}</small>{_raised(cell.notes)}"


def _raised(notes: Sequence[int]) -> str:
    return f"<sup>{','.join(map(str, notes))}</sup>" if notes else ""
