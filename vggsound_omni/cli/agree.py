"""``omni-bench agree``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import PATH, format_option, metrics_option, runs_argument


@click.command("agree")
@runs_argument
@click.option(
    "--scores",
    "human",
    required=True,
    type=PATH,
    help="CSV with the columns model, id, score and, if there are several, rater; higher is better.",
)
@metrics_option
@format_option("table", "json")
def command(runs: tuple[Path, ...], human: Path, metrics: tuple[str, ...], form: str) -> None:
    """Correlate metrics with human scores.

    Kendall's tau-b and Pearson's correlation are 1 where a metric orders systems as people do.

    \b
    Examples:
      omni-bench agree runs/a runs/b runs/c --scores human.csv
      omni-bench agree runs/* --scores human.csv --metric ms-clap --format json
    """
    import json
    from dataclasses import asdict

    import numpy as np
    from rich.console import Console

    from vggsound_omni.analysis.compare.agreement import agree
    from vggsound_omni.analysis.compare.human_scores import read_human_scores
    from vggsound_omni.analysis.compare.systems import systems
    from vggsound_omni.board.results import read_run
    from vggsound_omni.metrics import metric_key
    from vggsound_omni.present.comparison_tables import agreement_table

    keys = list(dict.fromkeys(map(metric_key, metrics)))
    found = agree(
        systems([read_run(run) for run in runs], metrics=keys), read_human_scores(human), np.random.default_rng(0)
    )
    if form == "json":
        click.echo(json.dumps({"version": 1} | asdict(found), indent=1, ensure_ascii=False, allow_nan=False))
        return
    console = Console()
    table, notes = agreement_table(found)
    console.print(table)
    for note in notes:
        console.print(f"  {note}", markup=False, highlight=False)
