"""``omni-bench show``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import format_option, runs_argument


@click.command("show")
@runs_argument
@format_option("table", "json", "csv", "markdown", "latex", what="How; csv has one line a run and metric.")
def command(runs: tuple[Path, ...], form: str) -> None:
    """Show the scores of runs side by side.

    Give run folders, or result.json files. Runs on different suites, items, tracks, encoder sets or kits never
    share a table.

    \b
    Examples:
      omni-bench show runs/mine runs/baseline
      omni-bench show runs/* --format csv > scores.csv
      omni-bench show runs/mine --format latex
    """
    from rich.console import Console

    from vggsound_omni.present import tables
    from vggsound_omni.runs.result import read_result

    results = [read_result(run) for run in runs]
    if form == "table":
        tables.print_tables(results, Console())
    else:
        write = {"json": tables.to_json, "csv": tables.to_csv, "markdown": tables.to_markdown, "latex": tables.to_latex}
        click.echo(write[form](results), nl=False)
