"""Writes comparisons for the terminal, LaTeX, spreadsheets and programs, and agreements for the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vggsound_omni.analysis.compare.agreement import Agreements, Correlation
from vggsound_omni.analysis.compare.comparison import Comparison, MetricComparison, Pair
from vggsound_omni.analysis.compare.verdicts import remarks, verdict, verdicts
from vggsound_omni.analysis.words import number
from vggsound_omni.metrics import title_of
from vggsound_omni.stats.paired import LEVEL

from .formats import latex
from .tables import ARROWS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

JSON_VERSION = 2
"""Of what :func:`to_json` writes. 2: ``kit`` was called ``profile``."""


def title(comparison: Comparison) -> str:
    """Returns suite, track and encoder set, as one line."""
    shared = comparison.systems[0].identity
    suite = f"Suite {shared['suite']} {shared['suite_version']} (items {shared['items_sha256'][:12]})"
    return f"{suite}, track {shared['track']}, {shared['encoder_set']} encoders, kit {shared['kit']}"


def _label(metric: MetricComparison) -> str:
    unit = f"({metric.unit})" if metric.unit else ""
    return " ".join(part for part in (metric.title, ARROWS[metric.direction], unit) if part)


def _leads(metric: MetricComparison, system: str) -> bool:
    """Returns whether a system has the first rank, and some other has not."""
    ranks = metric.ranks
    return metric.direction is not None and ranks[system].rank == 1 and any(r.rank > 1 for r in ranks.values())


def rich_table(comparison: Comparison) -> Table:
    """Returns the values with letters and ranks; bold if none is shown to be better. No string is read as markup."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=Text(title(comparison)), title_justify="left")
    drawn.add_column("metric")
    for system in comparison.systems:
        drawn.add_column(Text(system.name), overflow="fold")
    for metric in comparison.metrics:
        cells = []
        for system in comparison.systems:
            if system.name not in metric.values:
                cells.append(Text("no value", "dim"))
                continue
            place = metric.ranks[system.name]
            text = Text(number(metric.values[system.name]), "bold" if _leads(metric, system.name) else "")
            text.append(f" {place.letters}", "not bold cyan")
            if metric.direction:
                text.append(f" {place.text}.", "not bold dim")
            cells.append(text)
        drawn.add_row(Text(_label(metric)), *cells)
    drawn.add_section()
    drawn.add_row("seeds", *(Text(", ".join(map(str, system.seeds))) for system in comparison.systems))
    return drawn


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Prints the table, a sentence for each two neighbours on each metric, and the remarks."""
    console.print(rich_table(comparison))
    for metric in comparison.metrics:
        for sentence in verdicts(metric):
            console.print(sentence, markup=False, highlight=False)
    for line in [*remarks(comparison), *_absences(comparison)]:
        console.print(f"  {line}", style="dim", markup=False, highlight=False)


def _absences(comparison: Comparison) -> list[str]:
    """Returns what is not compared; metrics with the same reason share a line."""
    lines: dict[str, list[str]] = {}
    for key, reason in comparison.not_compared.items():
        lines.setdefault(f"not compared: {reason}", []).append(title_of(key))
    for metric in comparison.metrics:
        for system, reason in metric.absent.items():
            lines.setdefault(f"{system} has no value: {reason}", []).append(metric.title)
    return [f"{', '.join(keys)}: {line}" for line, keys in lines.items()]


def to_latex(comparison: Comparison) -> str:
    """Returns a ``table`` with letters as superscripts and the verdicts below; needs the package booktabs."""

    def line(cells: Iterable[str]) -> str:
        return " & ".join(cells) + r" \\"

    def words(metric: MetricComparison, system: str) -> str:
        if system not in metric.values:
            return "--"
        value = number(metric.values[system])
        value = rf"\textbf{{{value}}}" if _leads(metric, system) else value
        return value + rf"\textsuperscript{{{metric.ranks[system].letters}}}"

    names = [system.name for system in comparison.systems]
    sentences = [sentence for metric in comparison.metrics for sentence in verdicts(metric)]
    feet = [*sentences, *remarks(comparison), *_absences(comparison)]
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex(title(comparison))}}}",
        rf"\begin{{tabular}}{{l{'r' * len(names)}}}",
        r"\toprule",
        line(["metric", *map(latex, names)]),
        r"\midrule",
        *(line([latex(_label(metric)), *(words(metric, name) for name in names)]) for metric in comparison.metrics),
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par\footnotesize {latex(text)}" for text in feet),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def to_csv(comparison: Comparison) -> str:
    """Returns one line a metric and pair, every number in full."""
    out = io.StringIO()
    shared = comparison.systems[0].identity
    rows = [{**shared, **_flat(metric, pair)} for metric in comparison.metrics for pair in metric.pairs]
    # Every text is quoted: some readers end the line at a carriage return in a name.
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _flat(metric: MetricComparison, pair: Pair) -> dict[str, Any]:
    low, high = pair.interval or (None, None)
    fields = asdict(pair)
    del fields["interval"]
    return {
        "metric": metric.key,
        "unit": metric.unit,
        "direction": metric.direction,
        **fields,
        "interval_low": low,
        "interval_high": high,
        "apart": pair.apart,
        "verdict": verdict(metric, pair),
    }


def to_json(comparison: Comparison) -> str:
    """Returns everything; ``version`` grows if an old reader could misread it."""
    metrics = []
    for metric in comparison.metrics:
        fields = asdict(metric)
        for pair, entry in zip(metric.pairs, fields["pairs"], strict=True):
            entry |= {"apart": pair.apart, "verdict": verdict(metric, pair)}
        metrics.append(fields)
    whole = {
        "version": JSON_VERSION,
        **comparison.systems[0].identity,
        "level": LEVEL,
        "hypotheses": comparison.hypotheses,
        "systems": [{"name": system.name, "seeds": system.seeds} for system in comparison.systems],
        "metrics": metrics,
        "not_compared": dict(comparison.not_compared),
        "remarks": remarks(comparison),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def agreement_table(agreements: Agreements) -> tuple[Table, list[str]]:
    """Returns a table for the terminal, and the lines below it; each reason once."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=Text("Agreement with people; 1 is full agreement"), title_justify="left")
    for name in ("metric", "level", "n", "Kendall's tau-b", "Pearson"):
        drawn.add_column(name)
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in agreements.rows:
        drawn.add_row(Text(row.title), row.level, str(row.n), *map(_words, (row.kendall, row.pearson)))
        if row.reason:
            reasons.setdefault((row.level, row.reason), []).append(row.title)
    notes = []
    for (level, reason), titles in reasons.items():
        everyone = len(titles) == sum(row.level == level for row in agreements.rows)
        notes.append(f"{level if everyone else f'{level}, ' + ', '.join(titles)}: {reason}")
    return drawn, [*notes, *agreements.remarks]


def _words(correlation: Correlation | None) -> str:
    if correlation is None:
        return "no value"
    if correlation.interval is None:
        return f"{correlation.value:.2f}"
    return f"{correlation.value:.2f} [{correlation.interval[0]:.2f}, {correlation.interval[1]:.2f}]"
