"""``omni-bench compare``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import format_option, metrics_option, runs_argument


@click.command("compare")
@runs_argument
@metrics_option
@click.option("--each-run", is_flag=True, help="Treat every run as a system, to compare seeds of one model.")
@format_option("table", "json", "csv", "latex", what="How; csv has one line a metric and pair.")
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
    from vggsound_omni.present.comparison_tables import print_comparison, to_csv, to_json, to_latex
    from vggsound_omni.runs.result import read_result

    keys = list(dict.fromkeys(map(metric_key, metrics)))
    found = systems([read_result(run) for run in runs], metrics=keys, each_run=each_run)
    comparison = compare(found, np.random.default_rng(0))
    if form == "table":
        print_comparison(comparison, Console())
    else:
        write = {"json": to_json, "csv": to_csv, "latex": to_latex}[form]
        click.echo(write(comparison), nl=False)
