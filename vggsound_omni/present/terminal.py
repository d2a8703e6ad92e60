"""Tables of results on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vggsound_omni.runs.result import Result
from vggsound_omni.wording import clean

from .tables import ScoreTable, further, further_columns, score_tables, split_sentence

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_GAP = 2  # blanks between columns, of which rich's box draws one
_LONGEST_NAME = 24  # characters of a run's name before it is broken


def print_tables(results: Sequence[Result], console: Console, *, values: bool = False) -> None:
    """Prints every table with its notes; one that is wider than the console in parts.

    Args:
        results: of any runs.
        console: where.
        values: shows values as other kits print them in place of estimates.
    """
    from rich.padding import Padding
    from rich.text import Text

    tables = score_tables(results, values=values)
    for line in filter(None, [split_sentence(tables)]):
        console.print(line, markup=False, highlight=False)
    for table in tables:
        console.print()
        console.print(table.title, style="bold", markup=False, highlight=False)
        for columns in _parts(table, console.width):
            console.print(rich_table(table, columns))
        for mark, text in notes(table):
            hanging = Text(f"{mark} " if mark else "", style="dim")
            console.print(Padding(hanging.append(clean(text)), (0, 0, 0, 2)), highlight=False)


def rich_table(table: ScoreTable, columns: Sequence[int]) -> Table:
    """Draws some of a table's runs. All strings are shown as plain text, without markup.

    Args:
        table: the whole.
        columns: which of its runs.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, _GAP - 1, 0, 0), show_edge=False)
    drawn.add_column("", no_wrap=True)
    for column in columns:
        drawn.add_column(Text(table.columns[column]), overflow="fold")
    for name in further_columns(table):
        drawn.add_column(Text(name, "dim"), style="dim", justify="left" if name == "share" else "right", no_wrap=True)
    for row in table.rows:
        cells = []
        for cell in (row.cells[column] for column in columns):
            text = Text(cell.text, "bold" if cell.best else "dim" if cell.grey else "", no_wrap=True)
            if cell.interval:
                text.append(f" {cell.interval}", "not bold dim")
            cells.append(text.append(_raised(cell.notes), "not bold dim"))
        drawn.add_row(Text(row.name), *cells, *further(row, table, _raised))
    drawn.add_section()
    for name, words in table.facts:
        drawn.add_row(Text(name, "dim"), *(Text(words[column], "dim") for column in columns))
    return drawn


def _parts(table: ScoreTable, width: int) -> Iterator[list[int]]:
    """Yields the runs that fit beside each other, by column, at least one at a time."""

    def widest(words: Sequence[str]) -> int:
        return max(map(len, words), default=0) + _GAP

    first = widest([*(row.name for row in table.rows), *(name for name, _ in table.facts)])
    behind = sum(
        widest([name, *(further(row, table, _raised)[k] for row in table.rows)])
        for k, name in enumerate(further_columns(table))
    )
    room, part, left = width - first - behind, list[int](), width - first - behind
    for column, name in enumerate(table.columns):
        cells = [f"{row.cells[column].text} {row.cells[column].interval}".rstrip() for row in table.rows]
        marks = [_raised(row.cells[column].notes) for row in table.rows]
        needed = widest(
            [
                *(text + mark for text, mark in zip(cells, marks, strict=True)),
                *(words[column] for _, words in table.facts),
                name[:_LONGEST_NAME],
            ]
        )
        if part and needed > left:
            yield part
            part, left = [], room
        part.append(column)
        left -= needed
    if part:
        yield part


def notes(table: ScoreTable) -> list[tuple[str, str]]:
    """Returns the lines below a table, each with its mark: footnotes, units, then remarks without one."""
    units: dict[str, list[str]] = {}
    for row in table.rows:
        if row.unit and any(cell.score.value is not None for cell in row.cells):
            units.setdefault(row.unit, []).append(row.title)
    told = "; ".join(f"{', '.join(titles)}: {unit}" for unit, titles in units.items())
    return [
        *((_raised([number]), text) for number, text in enumerate(table.footnotes, 1)),
        *([("", f"{told}.")] if told else []),
        *(("", text) for text in table.remarks),
    ]


def _raised(notes: Sequence[int]) -> str:
    return " ".join(map(str, notes)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
