"""``omni-bench power``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import PATH, format_option


@click.command("power")
@click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN [RUN]")
@click.option("--metric", required=True, metavar="NAME", help="As in tables: kl, ms-clap, fd.")
@click.option(
    "--difference",
    required=True,
    type=click.FloatRange(min=0, min_open=True),
    help="To be detected, in the metric's unit.",
)
@click.option(
    "--power",
    "chance",
    type=click.FloatRange(0.05, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    help="Chance of detecting it.",
)
@click.option(
    "--correlation",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.5,
    show_default=True,
    help="Assumed between systems, if one run is given.",
)
@click.option(
    "--comparisons",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many share the level of 5 %, as in compare: 1 for two systems, k (k - 1) / 2 for k.",
)
@format_option("table", "json")
def command(
    runs: tuple[Path, ...],
    metric: str,
    difference: float,
    chance: float,
    correlation: float,
    comparisons: int,
    form: str,
) -> None:
    """Estimate how many clips a comparison needs.

    That is, to show a difference between two systems at the 5 % level, from the variance of finished runs. One run
    stands for both systems; two runs show how much their differences vary.

    \b
    Examples:
      omni-bench power --metric ms-clap --difference 0.02 runs/mine
      omni-bench power --metric fd --difference 5 runs/mine runs/baseline
      omni-bench power --metric kl --difference 0.1 runs/mine --comparisons 10
    """
    import json
    from dataclasses import asdict

    from vggsound_omni.analysis.compare.power import designs
    from vggsound_omni.analysis.compare.systems import systems
    from vggsound_omni.analysis.words import estimate
    from vggsound_omni.board.results import read_run
    from vggsound_omni.errors import UserError
    from vggsound_omni.metrics import metric_key, metric_of

    if len(runs) > 2:
        raise UserError(f"power takes one run or two; {len(runs)} were given.")
    key = metric_key(metric)
    spec = metric_of(key)
    assert spec is not None  # as metric_key() found it
    found = systems([read_run(run) for run in runs], metrics=[key], each_run=True)
    plans = designs(found, key, difference, power=chance, correlation=correlation, comparisons=comparisons)
    if form == "json":
        whole = {"version": 1, "metric": key, "difference": difference, "power": chance, "level": 0.05}
        whole["comparisons"] = comparisons
        click.echo(json.dumps(whole | {"designs": [asdict(plan) for plan in plans]}, indent=1))
        return
    unit = spec.unit.partition(",")[0]
    over = f" over {comparisons} comparisons" if comparisons > 1 else ""
    click.echo(f"{spec.title}, a difference of {difference:g} ({unit}), {chance:.0%} power at 5 %{over}:")
    for plan in plans:
        click.echo(
            f"  {plan.words}:\n"
            f"    {plan.clips} clips are needed; the {plan.at_hand} of the run show "
            f"{estimate(plan.detectable)[0]} or more, and {difference:g} with {plan.power_at_hand:.0%} power."
        )
    if not spec.per_item:
        click.echo(
            "  These counts hold to first order: with far fewer clips than in the run, a metric of the set varies more."
        )
