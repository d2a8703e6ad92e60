"""Tables of results in files: Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from vggsound_omni.analysis.words import model_name
from vggsound_omni.metrics import ordered
from vggsound_omni.runs.result import Anchors, Result, Score

from .tables import Cell, further, further_columns, score_tables, split_sentence


def to_markdown(results: Sequence[Result], *, values: bool = False) -> str:
    """Writes GitHub's pipe tables, with the best value of each row in bold."""

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def words(cell: Cell) -> str:
        value = f"**{cell.text}**" if cell.best else cell.text
        return f"{value} {cell.interval}".rstrip() + _raised(cell.notes)

    tables = score_tables(results, values=values)
    blocks = [sentence] if (sentence := split_sentence(tables)) else []
    for table in tables:
        beside = further_columns(table)
        rows = [
            line(["metric", *map(_markdown, table.columns), *beside]),
            line(["---", *("---:" for _ in (*table.columns, *beside))]),
            *(
                line([_markdown(row.label), *map(words, row.cells), *further(row, table, _raised)])
                for row in table.rows
            ),
            *(line([name, *facts, *("" for _ in beside)]) for name, facts in table.facts),
        ]
        feet = [f"<sup>{i}</sup> {_markdown(text)}" for i, text in enumerate(table.footnotes, 1)]
        blocks += [_markdown(table.title), "\n".join(rows), *feet, *map(_markdown, table.remarks)]
    return "\n\n".join(blocks) + "\n"


def _raised(notes: Sequence[int]) -> str:
    return f"<sup>{','.join(map(str, notes))}</sup>" if notes else ""


def _markdown(text: str) -> str:
    """Escapes everything that Markdown, or HTML within it, would interpret."""
    flat = " ".join(text.split())
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", flat.replace("&", "&amp;").replace("<", "&lt;"))


def to_latex(results: Sequence[Result], *, values: bool = False) -> str:
    """Writes a LaTeX ``table`` for each group; they need the package booktabs."""

    def line(cells: Iterable[str]) -> str:
        return " & ".join(cells) + r" \\"

    def words(cell: Cell) -> str:
        value = rf"\textbf{{{cell.text}}}" if cell.best else cell.text
        interval = rf" {{\scriptsize {cell.interval}}}" if cell.interval else ""
        return value + interval + raised(cell.notes)

    def raised(notes: Sequence[int]) -> str:
        return rf"\textsuperscript{{{','.join(map(str, notes))}}}" if notes else ""

    tables = score_tables(results, values=values)
    blocks = ["% needs \\usepackage{booktabs}"]
    blocks += [f"% {sentence}"] if (sentence := split_sentence(tables)) else []
    for table in tables:
        beside = further_columns(table)
        feet = [rf"\textsuperscript{{{i}}} {latex(text)}" for i, text in enumerate(table.footnotes, 1)]
        blocks += [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex(table.title)}}}",
            rf"\begin{{tabular}}{{l{'r' * (len(table.columns) + len(beside))}}}",
            r"\toprule",
            line(["metric", *map(latex, table.columns), *beside]),
            r"\midrule",
            *(
                line(
                    [
                        latex(row.label),
                        *map(words, row.cells),
                        *(text.replace("%", r"\%") for text in further(row, table, raised)),
                    ]
                )
                for row in table.rows
            ),
            r"\midrule",
            *(line([name, *map(latex, facts), *("" for _ in beside)]) for name, facts in table.facts),
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
        _identity(result) | {"metric": key} | _flat(result.scores[key]) | _anchored(result.anchors.get(key, Anchors()))
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


def _anchored(anchors: Anchors) -> dict[str, Any]:
    low, high = anchors.share_interval or (None, None)
    chance, ceiling = anchors.chance, anchors.ceiling
    return {
        "chance": chance and chance.estimate,
        "chance_by": chance and chance.by,
        "ceiling": ceiling and ceiling.estimate,
        "ceiling_by": ceiling and ceiling.by,
        "share": anchors.share,
        "share_low": low,
        "share_high": high,
        "above": anchors.above,
    }


def to_json(results: Sequence[Result]) -> str:
    """Writes an array of the results as they are in their files."""
    return json.dumps([result.model_dump(mode="json") for result in results], indent=1, ensure_ascii=False) + "\n"
