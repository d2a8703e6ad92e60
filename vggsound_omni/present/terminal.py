"""Tables of results on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from vggsound_omni.runs.result import Result
from vggsound_omni.wording import clean

from .tables import Cell, Row, ScoreTable, further, further_columns, score_tables, split_sentence

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Marks = Callable[[Sequence[int]], str]
_GAP = 2  # blanks between columns, of which rich's box draws one
_STRIPS = (14, 8)  # characters between chance and ceiling; the first that fits
_ENDLESS = 1000  # characters of a line on which any table fits
_LONGEST_NAME = 16  # characters of a run's name before it is broken
STACKED_NOTE = "Below each name: chance → ceiling."


def print_tables(results: Sequence[Result], console: Console, *, values: bool = False) -> None:
    """Prints every table with its notes.

    If a table is wider than the console, intervals go below their estimates, and chance and ceiling below the metric's
    name; if it still is, it is printed in parts.

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
        stacked = len(list(_parts(table, console.width, stacked=False))) > 1
        for columns in _parts(table, console.width, stacked=stacked):
            console.print(rich_table(table, columns, stacked=stacked, strips=_strips(table, console)))
        for mark, text in notes(table, stacked=stacked):
            hanging = Text(f"{mark} " if mark else "", style="dim")
            console.print(Padding(hanging.append(clean(text)), (0, 0, 0, 2)), highlight=False)


def rich_table(table: ScoreTable, columns: Sequence[int], *, stacked: bool = False, strips: int = 0) -> Table:
    """Draws some of a table's runs. All strings are shown as plain text, without markup.

    Args:
        table: the whole. Metrics that no run has a value of are left to :func:`notes`.
        columns: which of its runs.
        stacked: intervals below estimates, chance and ceiling below the metric's name.
        strips: length of a drawing of where the score of a single run lies between chance and ceiling; 0: none.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, _GAP - 1, 0, 0), show_edge=False)
    raised = _marks(table)
    drawn.add_column("", no_wrap=True)
    for column in columns:
        drawn.add_column(Text(table.columns[column]), overflow="fold")
    for name in () if stacked else further_columns(table):
        drawn.add_column(Text(name, "dim"), style="dim", justify="left" if name == "share" else "right", no_wrap=True)
    if strips:
        drawn.add_column(Text("0 → 100 %", "dim"), no_wrap=True)
    shown = _shown(table)
    groups = list(dict.fromkeys(row.group for row in shown))
    for number, row in enumerate(shown):
        if len(groups) > 1 and (not number or shown[number - 1].group != row.group):
            drawn.add_row(Text(row.group, "dim italic"))
        label = Text(row.name)
        cells = []
        for cell in (row.cells[column] for column in columns):
            text = Text(cell.text, "bold" if cell.best else "dim" if cell.grey else "", no_wrap=True)
            if stacked:
                text.append(raised(cell.notes), "not bold dim").append(f"\n{cell.interval}", "not bold dim")
            else:
                text.append(f" {cell.interval}" if cell.interval else "", "not bold dim")
                text.append(raised(cell.notes), "not bold dim")
            cells.append(text)
        if stacked:
            label.append(f"\n  {_anchors(row)}", "dim")
        drawn.add_row(
            label, *cells, *(() if stacked else further(row, table, raised)), *([strip(row, strips)] if strips else ())
        )
    drawn.add_section()
    for name, words in table.facts:
        drawn.add_row(Text(name, "dim"), *(Text(words[column], "dim") for column in columns))
    return drawn


def strip(row: Row, length: int) -> str:
    """Returns where a single run's score lies between chance, left, and ceiling, right: ``│   ─●─  │``."""
    place = row.cells[0].place
    if place is None:
        return ""
    share, low, high = (round(min(max(one, 0.0), 1.0) * (length - 1)) for one in place)
    drawn = "".join("●" if k == share else "─" if low <= k <= high else " " for k in range(length))
    return f"{'◂' if place[0] < 0 else '│'}{drawn}{'▸' if place[0] > 1 else '│'}"


def _strips(table: ScoreTable, console: Console) -> int:
    """Returns the length of strips: 0 unless there is one run, and a console that has room and knows the characters."""
    from rich.measure import Measurement

    if not table.shares or not (console.encoding or "").lower().startswith("utf"):
        return 0
    endless = console.options.update_width(_ENDLESS)
    for length in _STRIPS:
        if Measurement.get(console, endless, rich_table(table, [0], strips=length)).maximum <= console.width:
            return length
    return 0


def _parts(table: ScoreTable, width: int, *, stacked: bool) -> Iterator[list[int]]:
    """Yields the runs that fit beside each other, by column, at least one at a time."""

    def widest(words: Sequence[str]) -> int:
        return max(map(len, words), default=0) + _GAP

    rows, raised = _shown(table), _marks(table)
    first = widest([*(row.name for row in rows), *(name for name, _ in table.facts)])
    if stacked:
        first = max(first, widest([f"  {_anchors(row)}" for row in rows]))
    else:
        first += sum(
            widest([name, *(further(row, table, raised)[k] for row in rows)])
            for k, name in enumerate(further_columns(table))
        )
    room = width - first + _GAP
    part, left = list[int](), room
    for column, name in enumerate(table.columns):
        cells = [line for row in rows for line in _lines(row.cells[column], raised, stacked=stacked)]
        needed = widest([*cells, *(words[column] for _, words in table.facts), name[:_LONGEST_NAME]])
        if part and needed > left:
            yield part
            part, left = [], room
        part.append(column)
        left -= needed
    if part:
        yield part


def _lines(cell: Cell, raised: Marks, *, stacked: bool) -> list[str]:
    marked = cell.text + raised(cell.notes)
    if stacked:
        return [marked, cell.interval]
    return [f"{marked} {cell.interval}".rstrip()]


def _anchors(row: Row) -> str:
    return f"{row.chance or '–'} → {row.ceiling or '–'}" if row.chance or row.ceiling else ""


def _shown(table: ScoreTable) -> list[Row]:
    """Returns the metrics that a run has a value of; all, if there is none."""
    return [row for row in table.rows if any(cell.score.value is not None for cell in row.cells)] or list(table.rows)


def notes(table: ScoreTable, *, stacked: bool = False) -> list[tuple[str, str]]:
    """Returns the lines below a table, each with its mark: footnotes, what has no value, units, and remarks."""
    shown, raised = _shown(table), _marks(table)
    units: dict[str, list[str]] = {}
    absent: dict[str, list[str]] = {}
    for row in table.rows:
        if row not in shown:
            why = {table.footnotes[note - 1] for cell in row.cells for note in cell.notes}
            states = {cell.text for cell in row.cells}
            absent.setdefault(f"{' or '.join(sorted(states))}: {' '.join(sorted(why))}", []).append(row.title)
        elif row.unit:
            units.setdefault(row.unit, []).append(row.title)
    told = "; ".join(f"{', '.join(titles)}: {unit}" for unit, titles in units.items())
    return [
        *((raised([note]), table.footnotes[note - 1]) for note in _used(shown)),
        *(("", f"{', '.join(titles)} {why}") for why, titles in absent.items()),
        *([("", f"{told}.")] if told else []),
        *([("", STACKED_NOTE)] if stacked and table.anchored else []),
        *(("", text) for text in table.remarks),
    ]


def _used(rows: Sequence[Row]) -> list[int]:
    return sorted({note for row in rows for cell in row.cells for note in (*cell.notes, *cell.share_notes)})


def _marks(table: ScoreTable) -> Marks:
    """Returns what writes footnotes' numbers small, counted from 1 over those of the metrics that are shown."""
    numbers = {note: str(number) for number, note in enumerate(_used(_shown(table)), 1)}
    small = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    return lambda notes: " ".join(numbers[note] for note in notes).translate(small)
