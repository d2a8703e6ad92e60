"""``omni-bench compare``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Only this metric; may be repeated.")
@click.option("--each-run", is_flag=True, help="Treat every run as a system, to compare seeds of one model.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "latex"]),
    default="table",
    show_default=True,
    help="How; csv has one line a metric and pair.",
)
def command(runs: tuple[Path, ...], metrics: tuple[str, ...], form: str, *, each_run: bool) -> None:
    """Test which systems differ, and rank them.

    Systems are compared item by item: differences with intervals, tests, effect sizes, ranks with ties. Give run
    folders, or result.json files. Runs of one model at several seeds are one system.

    \b
    Examples:
      omni-bench compare runs/mine runs/baseline
      omni-bench compare runs/mine-seed* runs/baseline --metric kl --metric fd
      omni-bench compare runs/mine runs/baseline --format latex
    """
    import numpy as np
    from rich.console import Console

    from vggsound_omni.analysis.compare.comparison import compare
    from vggsound_omni.analysis.compare.systems import systems
    from vggsound_omni.metrics import metric_key
    from vggsound_omni.present import comparison_tables
    from vggsound_omni.runs.result import read_result

    keys = list(dict.fromkeys(map(metric_key, metrics)))
    found = systems([read_result(run) for run in runs], metrics=keys, each_run=each_run)
    comparison = compare(found, np.random.default_rng(0))
    if form == "table":
        comparison_tables.print_comparison(comparison, Console())
    else:
        write = {
            "json": comparison_tables.to_json,
            "csv": comparison_tables.to_csv,
            "latex": comparison_tables.to_latex,
        }[form]
        click.echo(write(comparison), nl=False)
