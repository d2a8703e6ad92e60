"""``omni-bench compare``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import format_option, metrics_option, runs_argument


@click.command("compare")
@runs_argument
@metrics_option
@click.option("--each-run", is_flag=True, help="Treat every run as a system, to compare seeds of one model.")
@click.option(
    "--family",
    type=click.Choice(("metric", "table")),
    default="metric",
    show_default=True,
    help="Which comparisons share the level of 5 %: those on one metric, or all.",
)
@click.option(
    "--equivalent-within",
    "margins",
    multiple=True,
    metavar="METRIC=MARGIN",
    help="Also test whether systems differ by less, in the metric's unit.",
)
@click.option("--stratum", help="Compare on the items of one stratum.")
@click.option("--strata", "each", is_flag=True, help="Compare on each stratum in turn; all share the level.")
@click.option("--verdicts", is_flag=True, help="Print a sentence for each two neighbours on each metric, too.")
@format_option("table", "json", "csv", "latex", what="How; csv has one line a metric and pair.")
def command(
    runs: tuple[Path, ...],
    metrics: tuple[str, ...],
    family: str,
    margins: tuple[str, ...],
    stratum: str | None,
    form: str,
    *,
    each_run: bool,
    each: bool,
    verdicts: bool,
) -> None:
    """Test which systems differ, and rank them.

    Systems are compared item by item: differences with intervals, tests, effect sizes, ranks with ties. Give run
    folders, result.json files, or published rows. Runs of one model at several seeds are one system.

    \b
    Examples:
      omni-bench compare runs/mine runs/baseline
      omni-bench compare runs/mine-seed* runs/baseline --metric kl --metric fd
      omni-bench compare runs/mine runs/baseline --equivalent-within ms-clap=0.01
      omni-bench compare runs/mine runs/baseline --format latex
    """
    from rich.console import Console

    from vggsound_omni.analysis.compare.comparison import Family, compare
    from vggsound_omni.analysis.compare.systems import strata, systems
    from vggsound_omni.board.results import read_run
    from vggsound_omni.errors import UserError
    from vggsound_omni.metrics import metric_key
    from vggsound_omni.present.comparison_tables import to_csv, to_json, to_latex
    from vggsound_omni.present.comparison_terminal import print_comparison

    if each and (stratum or form in ("json", "csv")):
        other = "--stratum" if stratum else f"--format {form}"
        raise UserError(f"--strata compares on every stratum, so it does not go with {other}; use --stratum NAME.")
    keys = list(dict.fromkeys(map(metric_key, metrics)))
    within = dict(_margin(text) for text in margins)
    results = [read_run(run) for run in runs]
    chosen: Family = "table" if family == "table" else "metric"
    names = strata(results) if each else [stratum]
    for name in names:
        found = systems(results, metrics=keys, each_run=each_run, stratum=name)
        comparison = compare(found, family=chosen, within=within, stratum=name, strata=len(names))
        if form == "table":
            print_comparison(comparison, Console(), verdicts=verdicts)
        else:
            write = {"json": to_json, "csv": to_csv, "latex": to_latex}[form]
            click.echo(write(comparison), nl=False)


def _margin(text: str) -> tuple[str, float]:
    """Returns metric key and margin of ``ms-clap=0.01``."""
    from vggsound_omni.errors import UserError
    from vggsound_omni.metrics import metric_key

    name, _, number = text.partition("=")
    try:
        margin = float(number)
    except ValueError:
        margin = 0.0
    if not 0 < margin < float("inf"):
        raise UserError(
            f'--equivalent-within takes METRIC=MARGIN with a margin above 0, like ms-clap=0.01, not "{text}".'
        )
    return metric_key(name), margin
