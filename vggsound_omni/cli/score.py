"""``omni-bench score``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from vggsound_omni.encoders.pretrained.networks import PRECISIONS, PROFILES, Precision, Profile


@click.command("score", short_help="Score finished runs anew.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--max-failures", default=0, show_default=True, metavar="N", help="Failed items that are tolerated.")
@click.option("--encoders", metavar="SET", help="Encoders to score with.  [default: the suite's]")
@click.option(
    "--profile", type=click.Choice(PROFILES), default="omni", show_default=True, help="Whose choices, if pretrained."
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="float32",
    show_default=True,
    help="Of pretrained networks. bfloat16 is tried on some items first, and refused if it moves their scores.",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the pretrained weights lie.  [default: where omni-bench weights puts them]",
)
@click.option("--device", default="cpu", show_default=True, metavar="NAME", help="Where the encoders run.")
def command(
    runs: tuple[Path, ...],
    max_failures: int,
    encoders: str | None,
    profile: Profile,
    precision: Precision,
    weights: Path | None,
    device: str,
) -> int:
    """Computes the result of each run folder anew from its audio.

    \b
    With the field's encoders, as av-benchmark uses them:
      omni-bench score --profile av-benchmark --encoders pretrained runs/mine
    """
    from vggsound_omni.runs.score import score

    from ._summary import show

    console = Console()
    results = [
        (
            run,
            score(
                run,
                console,
                encoder_set=encoders,
                profile=profile,
                precision=precision,
                weights=weights,
                device=device,
            ),
        )
        for run in runs
    ]
    return show(results, max_failures, console)
