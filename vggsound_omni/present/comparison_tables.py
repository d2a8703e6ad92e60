"""Writes comparisons as LaTeX, for spreadsheets and for programs, and agreements for the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vggsound_omni.analysis.compare.agreement import Agreements, Correlation
from vggsound_omni.analysis.compare.comparison import Comparison, MetricComparison, Pair
from vggsound_omni.analysis.compare.verdicts import finding, reasons, remarks, verdict, verdicts
from vggsound_omni.analysis.words import estimate
from vggsound_omni.metrics import title_of
from vggsound_omni.stats.paired import LEVEL

from .formats import latex
from .tables import ARROWS

if TYPE_CHECKING:
    from rich.table import Table

JSON_VERSION = 3
"""Of what :func:`to_json` writes. 3: estimates in place of values, and simultaneous intervals."""


def title(comparison: Comparison) -> str:
    """Returns suite, track, encoder set, kit and items, as one line."""
    shared = comparison.systems[0].identity
    stratum = f", stratum {comparison.stratum}" if comparison.stratum else ""
    track = f"{shared['suite']} {shared['suite_version']}, track {shared['track']}{stratum}"
    return f"{track}, {shared['encoder_set']} encoders, kit {shared['kit']} (items {shared['items_sha256'][:12]})"


def _label(metric: MetricComparison) -> str:
    unit = f"({metric.unit})" if metric.unit else ""
    return " ".join(part for part in (metric.title, ARROWS[metric.direction], unit) if part)


def leads(metric: MetricComparison, system: str) -> bool:
    """Returns whether a system has the first rank, and some other has not."""
    ranks = metric.ranks
    if metric.direction is None or system not in ranks:
        return False
    return ranks[system].rank == 1 and any(rank.rank > 1 for rank in ranks.values())


def _absences(comparison: Comparison) -> list[str]:
    """Returns what is not compared and what to beware of, a line a reason."""
    lines = [
        f"{', '.join(f'{metric.title} of {name}' for metric, name in places)}: {reason}"
        for reason, places in reasons(comparison).items()
    ]
    return [
        *lines,
        *(
            f"{title_of(key, comparison.encoder_set)} not compared: {text}"
            for key, text in comparison.not_compared.items()
        ),
    ]


def to_latex(comparison: Comparison) -> str:
    """Returns a ``table`` with letters as superscripts and the verdicts below; needs the package booktabs."""

    def line(cells: Iterable[str]) -> str:
        return " & ".join(cells) + r" \\"

    def words(metric: MetricComparison, system: str) -> str:
        if system not in metric.shown:
            return "--"
        found = metric.shown[system]
        value = estimate(found.estimate, found.interval)[0]
        value = rf"\textbf{{{value}}}" if leads(metric, system) else value
        return value + (rf"\textsuperscript{{{metric.ranks[system].letters}}}" if system in metric.ranks else "")

    names = [system.name for system in comparison.systems]
    sentences = [sentence for metric in comparison.metrics for sentence in verdicts(metric, finding)]
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
    del fields["interval"], fields["equivalence"]
    within = pair.equivalence
    return {
        "metric": metric.key,
        "unit": metric.unit,
        "direction": metric.direction,
        **fields,
        "interval_low": low,
        "interval_high": high,
        "margin": within.margin if within else None,
        "equivalent": within.shown if within else None,
        "verdict": verdict(metric, pair),
    }


def to_json(comparison: Comparison) -> str:
    """Returns everything; ``version`` grows if an old reader could misread it."""
    metrics = []
    for metric in comparison.metrics:
        fields = asdict(metric)
        for pair, entry in zip(metric.pairs, fields["pairs"], strict=True):
            entry |= {"verdict": verdict(metric, pair)}
        metrics.append(fields)
    whole = {
        "version": JSON_VERSION,
        **comparison.systems[0].identity,
        "level": LEVEL,
        "family": comparison.family,
        "stratum": comparison.stratum,
        "systems": [
            {"name": system.name, "seeds": system.seeds, "unranked": system.unranked, "oracle": system.oracle}
            for system in comparison.systems
        ],
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
