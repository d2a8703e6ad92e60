"""The table at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from vggsound_omni.results import Result, Score
from vggsound_omni.tracks import METRICS


def show(results: Sequence[tuple[Path, Result]], max_failures: int, console: Console) -> int:
    """Prints one column a run and one row a metric, then the failures; returns the exit code."""
    table = Table(title="Scores", title_justify="left")
    table.add_column("metric")
    for _, result in results:
        table.add_column(f"{result.model['name']}\n{result.suite.name} {result.track}", overflow="fold")
    for key in METRICS:
        table.add_row(key, *(_cell(result.scores[key]) for _, result in results))
    table.add_section()
    table.add_row("items scored", *(f"{r.counts.scored} of {r.counts.planned}" for _, r in results))
    table.add_row("loudness", *(_loudness(r) for _, r in results))
    table.add_row("seconds an item", *(f"{r.timings['generate'] / max(r.counts.planned, 1):.2f}" for _, r in results))
    console.print(table)
    code = 0
    for path, result in results:
        console.print(f"[bold]{path}[/]", highlight=False)
        for reason, keys in _absent(result).items():
            console.print(f"  {', '.join(keys)}: {reason}", highlight=False)
        if result.limit is not None:
            console.print(f"  The first {result.limit} items only; not for comparison.", highlight=False)
        for rule in sorted({failure.rule for failure in result.failures}):
            ids = [failure.id for failure in result.failures if failure.rule == rule]
            console.print(f"  [red]{len(ids)} failed[/] ({rule}): {', '.join(ids)}", highlight=False)
        if len(result.failures) > max_failures:
            code = 2
        console.print(f"  Result: {path / 'result.json'}", highlight=False)
    return code


def _cell(score: Score) -> str:
    if score.status != "computed":
        return "[dim]n/a[/]" if score.status == "not_applicable" else "[dim]–[/]"
    interval = f" [{score.interval[0]:.3f}, {score.interval[1]:.3f}]" if score.interval else ""
    return f"{score.value:.3f}{interval}"


def _absent(result: Result) -> dict[str, list[str]]:
    """Metrics without a value, by the reason."""
    reasons: dict[str, list[str]] = {}
    for key in METRICS:
        score = result.scores[key]
        if score.status != "computed":
            reasons.setdefault(f"{score.status.replace('_', ' ')}, {score.reason}", []).append(key)
    return reasons


def _loudness(result: Result) -> str:
    """Median RMS of the clips that are not digital silence."""
    values = sorted(signal.rms_dbfs for signal in result.signals.values() if signal.rms_dbfs is not None)
    return f"{values[len(values) // 2]:.1f} dBFS RMS" if values else "–"
