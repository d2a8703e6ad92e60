"""Comparisons on a terminal, readable at 80 columns: verdicts first, then the numbers, then each reason once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vggsound_omni.analysis.compare.comparison import Comparison, MetricComparison, Pair
from vggsound_omni.analysis.compare.verdicts import finding, reasons, remarks, rounded, tally, undecided
from vggsound_omni.analysis.compare.verdicts import verdicts as sentences
from vggsound_omni.analysis.words import estimate
from vggsound_omni.metrics import title_of
from vggsound_omni.wording import clean

from .comparison_tables import leads, title
from .tables import ARROWS

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 2  # blanks between columns
_LONGEST_NAME = 16  # characters of a system's name before it is broken


@dataclass(frozen=True)
class _Cell:
    """A text, its marks of footnotes, and how it is drawn."""

    text: str
    marks: str = ""
    style: str = ""

    @property
    def width(self) -> int:
        return len(self.text) + len(self.marks)


def print_comparison(comparison: Comparison, console: Console, *, verdicts: bool = False) -> None:
    """Prints who is better on how much, a table of estimates, and what must be known of them.

    Args:
        comparison: of any systems.
        console: where; a table that is wider is printed in parts.
        verdicts: adds a sentence for each two neighbours on each metric.
    """
    from rich.padding import Padding
    from rich.text import Text

    def note(mark: str, text: str) -> None:
        console.print(
            Padding(Text(f"{mark} " if mark else "", "dim").append(clean(text)), (0, 0, 0, 2)), highlight=False
        )

    console.print(Text(title(comparison), "bold"), highlight=False)
    for line in verdict_lines(comparison):
        console.print(Text(clean(line)), highlight=False)
    console.print()
    marks = {reason: _raised(number) for number, reason in enumerate(_reasons(comparison), 1)}
    _print_table(_two(comparison, marks) if len(comparison.systems) == 2 else _many(comparison, marks), console)
    for reason, mark in marks.items():
        note(mark, reason)
    for line in [*_undecided(comparison), *_units(comparison), *remarks(comparison), *not_compared(comparison)]:
        note("", line)
    if verdicts:
        console.print()
        for metric in comparison.metrics:
            for sentence in sentences(metric, finding):
                console.print(Text(clean(sentence)), highlight=False)


def verdict_lines(comparison: Comparison) -> list[str]:
    """Returns how the first system does against each other one, or the one against the other."""
    first, *others = (system.name for system in comparison.systems)
    if len(others) == 1:
        return [f"{first} against {others[0]}: {tally(comparison, first, others[0]).sentence}."]
    widest = max(map(len, others))
    return [f"Against {first}:", *(f"  {name:<{widest}}  {tally(comparison, name, first).sentence}" for name in others)]


def not_compared(comparison: Comparison) -> list[str]:
    """Returns what is not compared at all; metrics with the same reason share a line."""
    lines: dict[str, list[str]] = {}
    for key, reason in comparison.not_compared.items():
        lines.setdefault(reason, []).append(title_of(key, comparison.encoder_set))
    return [f"{', '.join(titles)} not compared: {reason}" for reason, titles in lines.items()]


def _reasons(comparison: Comparison) -> list[str]:
    """Returns the footnotes, in the order in which a reader meets them."""
    found = list(reasons(comparison))
    if len(comparison.systems) == 2:
        found += [reason for reason in undecided(comparison) if reason not in found]
    return found


def _marks(comparison: Comparison, marks: dict[str, str]) -> dict[tuple[str, str], str]:
    """Returns the marks by metric key and system; the system is empty where all have the mark."""
    found: dict[tuple[str, str], list[str]] = {}
    for reason, places in reasons(comparison).items():
        for metric in comparison.metrics:
            names = [name for one, name in places if one is metric]
            for name in [""] if len(names) == len(comparison.systems) else names:
                found.setdefault((metric.key, name), []).append(marks[reason])
    return {place: " ".join(texts) for place, texts in found.items()}


def _head(metric: MetricComparison, marks: dict[tuple[str, str], str]) -> _Cell:
    return _Cell(f"{metric.title} {ARROWS[metric.direction]}".rstrip(), marks.get((metric.key, ""), ""))


def _estimate(metric: MetricComparison, name: str, marks: dict[tuple[str, str], str], *, letters: bool) -> _Cell:
    mark = marks.get((metric.key, name), "")
    if name not in metric.shown:
        return _Cell("none", mark, "dim")
    found = metric.shown[name]
    text = estimate(found.estimate, found.interval)[0] if found.estimate else "0"
    if letters and name in metric.ranks:
        text += f" {metric.ranks[name].letters}"
    return _Cell(text, mark, "bold" if leads(metric, name) else "")


def _two(comparison: Comparison, reasons_: dict[str, str]) -> list[list[_Cell]]:
    marks = _marks(comparison, reasons_)
    one, other = (system.name for system in comparison.systems)
    rows = [[_Cell(""), _Cell(one), _Cell(other), _Cell("difference"), _Cell("verdict")]]
    for metric in comparison.metrics:
        pair = metric.pair(one, other)
        mark = reasons_.get(pair.why, "") if pair.why else ""
        rows.append(
            [
                _head(metric, marks),
                _estimate(metric, one, marks, letters=False),
                _estimate(metric, other, marks, letters=False),
                _Cell(_difference(pair, one)),
                _Cell(_word(metric, pair, one), mark),
            ]
        )
    return rows


def _difference(pair: Pair, one: str) -> str:
    """Returns the difference of a system from the other, with its interval."""
    sign = 1.0 if pair.first == one else -1.0
    if pair.interval is None:
        return ""
    value, low, high = rounded(sign * pair.difference, (sign * pair.interval[0], sign * pair.interval[1]))
    return f"{value} [{low}, {high}]"


def _word(metric: MetricComparison, pair: Pair, one: str) -> str:
    """Returns what is known of a system against the other, in a word or two."""
    if pair.interval is None:
        return "not compared"
    within = pair.equivalence is not None and pair.equivalence.shown
    if not pair.apart:
        return "equivalent" if within else "undecided"
    other = pair.second if pair.first == one else pair.first
    up, down = ("better", "worse") if metric.direction else ("higher", "lower")
    return (up if metric.better(one, other) else down) + (", within" if within else "")


def _many(comparison: Comparison, reasons_: dict[str, str]) -> list[list[_Cell]]:
    marks, names = _marks(comparison, reasons_), [system.name for system in comparison.systems]
    return [
        [_Cell(""), *map(_Cell, names)],
        *(
            [_head(metric, marks), *(_estimate(metric, name, marks, letters=True) for name in names)]
            for metric in comparison.metrics
        ),
    ]


def _print_table(rows: Sequence[Sequence[_Cell]], console: Console) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    for columns in _parts(rows, console.width):
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, _GAP - 1, 0, 0), show_edge=False)
        for column in columns:
            drawn.add_column(Text(clean(rows[0][column].text)), no_wrap=column == 0, overflow="fold")
        for row in rows[1:]:
            cells = [row[column] for column in columns]
            drawn.add_row(*(Text(clean(cell.text), cell.style).append(cell.marks, "not bold dim") for cell in cells))
        console.print(drawn)


def _parts(rows: Sequence[Sequence[_Cell]], width: int) -> list[list[int]]:
    """Returns the columns of each part, the first one in all of them: as few parts as fit, of about one size."""

    def needed(column: int) -> int:
        head = rows[0][column].text[:_LONGEST_NAME]
        return max(len(head), *(row[column].width for row in rows[1:])) + _GAP

    columns = range(1, len(rows[0]))
    for count in range(1, len(columns) + 1):
        size = math.ceil(len(columns) / count)
        parts = [[0, *columns[start : start + size]] for start in range(0, len(columns), size)]
        if all(sum(map(needed, part)) <= width for part in parts):
            return parts
    return [[0, column] for column in columns]


def _undecided(comparison: Comparison) -> list[str]:
    """Returns why pairs of several systems are not apart, a line a reason; of two, the table says it."""
    if len(comparison.systems) == 2:
        return []
    found = []
    for reason, counts in undecided(comparison).items():
        places = [f"{name} ({count} pair{'s' * (count > 1)})" for name, count in counts.items()]
        found.append(f"{', '.join(places)}: {reason}")
    return found


def _units(comparison: Comparison) -> list[str]:
    units: dict[str, list[str]] = {}
    for metric in comparison.metrics:
        if metric.unit:
            units.setdefault(metric.unit, []).append(title_of(metric.key))
    told = "; ".join(f"{', '.join(titles)}: {unit}" for unit, titles in units.items())
    letters = "Systems that share a letter cannot be distinguished; bold: none is shown to be better."
    return [f"{told}."] * bool(told) + [letters] * (len(comparison.systems) > 2)


def _raised(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
