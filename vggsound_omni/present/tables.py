"""Tables of results: which runs may share one, what its cells show, and the formats it can be written in.

A row is a metric, a column is a run. Numbers are comparable only within one suite, track (by the hash of its items),
encoder set and kit, so runs that differ in any of these get separate tables.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vggsound_omni.analysis.words import model_name, number
from vggsound_omni.metrics import metric_of, ordered
from vggsound_omni.runs.result import Result, Score, media_sentence
from vggsound_omni.wording import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ARROWS = {"higher": "↑", "lower": "↓", None: ""}  # by the direction that is better
BEST_NOTE = "Bold: the best value in each row, even if intervals overlap."
BIAS_NOTE = (
    "bias: estimated error of the value due to the small number of clips (positive: too high); "
    "it is included in the value and removed from the interval."
)
_UNKNOWN = Score(status="not_computed", reason="this result does not include it")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One metric of one run."""

    score: Score
    best: bool  # whether no comparable run of the table has a better value
    note: int | None  # number of its footnote, from 1: why there is no value, or a caveat

    @property
    def text(self) -> str:
        """The value; or "n/a" or "not computed" if there is none."""
        if self.score.value is None:
            return "n/a" if self.score.status == "not_applicable" else "not computed"
        return number(self.score.value)

    @property
    def interval(self) -> str:
        """``[low, high]``, or an empty string."""
        return f"[{', '.join(map(number, self.score.interval))}]" if self.score.interval else ""

    @property
    def bias(self) -> str:
        """The small-sample bias with its sign, or an empty string."""
        bias = self.score.bias
        return "" if bias is None else f"{'+' if bias > 0 else ''}{number(bias)}"

    @property
    def certainty(self) -> str:
        """Interval and bias, as written after the value."""
        return " ".join(part for part in (self.interval, f"(bias {self.bias})" if self.bias else "") if part)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One metric across runs."""

    key: str
    title: str
    arrow: str
    unit: str
    cells: tuple[Cell, ...]

    @property
    def label(self) -> str:
        """Title, arrow and unit."""
        return " ".join(part for part in (self.title, self.arrow, f"({self.unit})" if self.unit else "") if part)


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """Comparable runs in one table."""

    title: str  # suite, track and encoder set
    columns: tuple[str, ...]  # the names of the runs, all different
    rows: tuple[Row, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]  # further rows of text: items scored, loudness, time
    footnotes: tuple[str, ...]  # the cells' notes refer to these; each reason appears once
    remarks: tuple[str, ...]  # about the whole table, one sentence each


def score_tables(results: Sequence[Result]) -> list[ScoreTable]:
    """Returns a table for each group of comparable runs; groups and runs keep the order given."""
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        suite = result.suite
        identity = (suite.name, suite.version, result.items_sha256, result.encoder_set, result.track, result.kit)
        groups.setdefault(identity, []).append(result)
    return [_table(group) for group in groups.values()]


def split_sentence(tables: Sequence[ScoreTable]) -> str | None:
    """Returns a sentence that says why there are several tables; None if there is one."""
    if len(tables) < 2:
        return None
    return f"{len(tables)} tables: numbers of different suites, items, tracks, encoder sets or kits are not comparable."


def _table(results: Sequence[Result]) -> ScoreTable:
    suite, other_media = results[0].suite, media_sentence(results)
    same_items = len({frozenset(result.signals) for result in results}) == 1 and other_media is None
    reasons: dict[str, int] = {}
    rows = tuple(
        _row(key, [result.scores.get(key, _UNKNOWN) for result in results], reasons, mark=same_items)
        for key in ordered(key for result in results for key in result.scores)
    )
    columns = _columns(results)
    remarks = [
        f"{column}: the first {result.limit} items only; not comparable with published numbers."
        for column, result in zip(columns, results, strict=True)
        if result.limit is not None
    ]
    remarks += [f"{name}: {text}" for name, result in zip(columns, results, strict=True) for text in result.warnings]
    if any(cell.bias for row in rows for cell in row.cells):
        remarks.append(BIAS_NOTE)
    if any(cell.best for row in rows for cell in row.cells):
        remarks.append(BEST_NOTE)
    elif other_media is not None:
        remarks.append(other_media)
    elif not same_items:
        remarks.append("No best value is marked: the runs were not scored on the same items.")
    return ScoreTable(
        title=(
            f"Suite {suite.name} {suite.version} (items {results[0].items_sha256[:12]}), track {results[0].track}, "
            f"{results[0].encoder_set} encoders, kit {results[0].kit}"
        ),
        columns=tuple(columns),
        rows=rows,
        facts=(
            ("items scored", tuple(f"{r.counts.scored} of {r.counts.planned}" for r in results)),
            ("loudness", tuple(map(loudness, results))),
            ("seconds an item", tuple(_pace(r) for r in results)),
        ),
        footnotes=tuple(reasons),
        remarks=tuple(remarks),
    )


def _row(key: str, scores: Sequence[Score], reasons: dict[str, int], *, mark: bool) -> Row:
    info = metric_of(key)
    known = next((score for score in scores if score.value is not None), scores[0])
    direction = known.direction or (info.better if info else None)
    valued = [score for score in scores if score.value is not None]
    # With another encoder or checkpoint, it is another metric.
    alike = len({(s.metric_id, s.encoder, s.checkpoint_sha256, s.unit, s.direction, s.n) for s in valued}) == 1
    values = [score.value for score in valued if score.value is not None]
    best = None
    if mark and alike and len(values) > 1 and direction:
        best = max(values) if direction == "higher" else min(values)
    return Row(
        key=key,
        title=info.title if info else key,
        arrow=ARROWS[direction],
        unit=known.unit or (info.unit if info else ""),
        cells=tuple(
            Cell(
                score=score,
                best=best is not None and score.value == best,
                note=reasons.setdefault(score.reason, len(reasons) + 1) if score.reason else None,
            )
            for score in scores
        ),
    )


def _columns(results: Sequence[Result]) -> list[str]:
    names = [model_name(result) for result in results]
    if len(set(names)) < len(names):
        names = [f"{name}, seed {result.seed}" for name, result in zip(names, results, strict=True)]
    return [f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def loudness(result: Result) -> str:
    """Returns the median RMS of the clips that are not digital silence, as text."""
    values = sorted(signal.rms_dbfs for signal in result.signals.values() if signal.rms_dbfs is not None)
    return f"{values[len(values) // 2]:.1f} dBFS RMS" if values else "silence"


def _pace(result: Result) -> str:
    seconds = result.timings.get("generate")
    return "unknown" if seconds is None else f"{seconds / max(result.counts.planned, 1):.2f}"


def rich_table(table: ScoreTable) -> Table:
    """Draws a table for the terminal. All strings are shown as plain text, without markup."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=Text(table.title), title_justify="left")
    drawn.add_column("metric")
    for column in table.columns:
        drawn.add_column(Text(column), overflow="fold")
    for row in table.rows:
        cells = []
        for cell in row.cells:
            style = "bold" if cell.best else "dim" if cell.score.value is None else ""
            text = Text(cell.text, style)
            if cell.certainty:
                text.append(f" {cell.certainty}", "not bold dim")
            cells.append(text.append(_superscript(cell.note), "not bold"))
        drawn.add_row(Text(row.label), *cells)
    drawn.add_section()
    for name, words in table.facts:
        drawn.add_row(name, *(Text(word) for word in words))
    return drawn


def notes(table: ScoreTable) -> list[str]:
    """Returns the lines below a table: footnotes, then remarks."""
    return [f"{_superscript(i)} {text}" for i, text in enumerate(table.footnotes, 1)] + list(table.remarks)


def _superscript(note: int | None) -> str:
    return "" if note is None else str(note).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def print_tables(results: Sequence[Result], console: Console) -> None:
    """Prints every table with its notes."""
    tables = score_tables(results)
    for line in filter(None, [split_sentence(tables)]):
        console.print(line, markup=False, highlight=False)
    for table in tables:
        console.print(rich_table(table))
        for note in notes(table):
            console.print(f"  {clean(note)}", markup=False, highlight=False)


def to_markdown(results: Sequence[Result]) -> str:
    """Writes GitHub's pipe tables, with the best value of each row in bold."""

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def words(cell: Cell) -> str:
        value = f"**{cell.text}**" if cell.best else cell.text
        mark = f"<sup>{cell.note}</sup>" if cell.note else ""
        return f"{value} {cell.certainty}".rstrip() + mark

    tables = score_tables(results)
    blocks = [sentence] if (sentence := split_sentence(tables)) else []
    for table in tables:
        rows = [
            line(["metric", *map(_markdown, table.columns)]),
            line(["---", *("---:" for _ in table.columns)]),
            *(line([_markdown(row.label), *map(words, row.cells)]) for row in table.rows),
            *(line([name, *values]) for name, values in table.facts),
        ]
        feet = [f"<sup>{i}</sup> {_markdown(text)}" for i, text in enumerate(table.footnotes, 1)]
        blocks += [_markdown(table.title), "\n".join(rows), *feet, *map(_markdown, table.remarks)]
    return "\n\n".join(blocks) + "\n"


def _markdown(text: str) -> str:
    """Escapes everything that Markdown, or HTML within it, would interpret."""
    flat = " ".join(text.split())
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", flat.replace("&", "&amp;").replace("<", "&lt;"))


def to_latex(results: Sequence[Result]) -> str:
    """Writes a LaTeX ``table`` for each group; they need the package booktabs."""

    def line(cells: Iterable[str]) -> str:
        return " & ".join(cells) + r" \\"

    def words(cell: Cell) -> str:
        value = rf"\textbf{{{cell.text}}}" if cell.best else cell.text
        certainty = rf" {{\scriptsize {cell.certainty}}}" if cell.certainty else ""
        return value + certainty + (rf"\textsuperscript{{{cell.note}}}" if cell.note else "")

    tables = score_tables(results)
    blocks = ["% needs \\usepackage{booktabs}"]
    blocks += [f"% {sentence}"] if (sentence := split_sentence(tables)) else []
    for table in tables:
        feet = [rf"\textsuperscript{{{i}}} {latex(text)}" for i, text in enumerate(table.footnotes, 1)]
        blocks += [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex(table.title)}}}",
            rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
            r"\toprule",
            line(["metric", *map(latex, table.columns)]),
            r"\midrule",
            *(line([latex(row.label), *map(words, row.cells)]) for row in table.rows),
            r"\midrule",
            *(line([name, *map(latex, values)]) for name, values in table.facts),
            r"\bottomrule",
            r"\end{tabular}",
            *(rf"\par\footnotesize {text}" for text in [*feet, *map(latex, table.remarks)]),
            r"\end{table}",
        ]
    return "\n".join(blocks) + "\n"


_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
} | {character: f"\\{character}" for character in "&%$#_{}"}


def latex(text: str) -> str:
    """Puts text on one line and escapes all special characters of LaTeX."""
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))


def to_csv(results: Sequence[Result]) -> str:
    """Writes one line per run and metric, with everything that identifies the number (RFC 4180, with a header)."""
    out = io.StringIO()
    lines = [
        _identity(result) | {"metric": key} | _flat(result.scores[key])
        for result in results
        for key in ordered(result.scores)
    ]
    # Every text is quoted, because some readers would end the line at a carriage return in a name.
    fields = list(lines[0]) if lines else ["metric"]
    writer = csv.DictWriter(out, fields, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def _identity(result: Result) -> dict[str, Any]:
    return {
        "model": result.model.get("name"),
        "label": model_name(result),
        "arguments": json.dumps(result.model.get("arguments") or {}, ensure_ascii=False, sort_keys=True),
        "suite_name": result.suite.name,
        "suite_version": result.suite.version,
        "items_sha256": result.items_sha256,
        "encoder_set": result.encoder_set,
        "track": result.track,
        "seed": result.seed,
        "kit": result.kit,
        "limit": result.limit,
        **result.counts.model_dump(),
        "omni_bench": result.environment.get("omni_bench"),
        "commit": result.environment.get("commit"),
    }


def _flat(score: Score) -> dict[str, Any]:
    fields = score.model_dump()
    low, high = fields.pop("interval") or (None, None)
    return fields | {"interval_low": low, "interval_high": high}


def to_json(results: Sequence[Result]) -> str:
    """Writes an array of the results as they are in their files."""
    return json.dumps([result.model_dump(mode="json") for result in results], indent=1, ensure_ascii=False) + "\n"
