"""``omni-bench show``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import format_option, runs_argument


@click.command("show")
@runs_argument
@format_option("table", "json", "csv", "markdown", "latex", what="How; csv has one line a run and metric.")
@click.option("--values", is_flag=True, help="Show values as other kits print them, bias included, not estimates.")
def command(runs: tuple[Path, ...], form: str, *, values: bool) -> None:
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

    from vggsound_omni.present import formats
    from vggsound_omni.present.terminal import print_tables
    from vggsound_omni.runs.result import read_result

    results = [read_result(run) for run in runs]
    if form == "table":
        print_tables(results, Console(), values=values)
    elif form in ("markdown", "latex"):
        write = {"markdown": formats.to_markdown, "latex": formats.to_latex}[form]
        click.echo(write(results, values=values), nl=False)
    else:  # these hold both
        click.echo({"json": formats.to_json, "csv": formats.to_csv}[form](results), nl=False)
