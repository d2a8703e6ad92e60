"""``omni-bench score``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console


@click.command("score", short_help="Score finished runs anew.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--max-failures", default=0, show_default=True, metavar="N", help="Failed items that are tolerated.")
@click.option("--encoders", metavar="SET", help="Encoders to score with.  [default: the suite's]")
@click.option("--device", default="cpu", show_default=True, metavar="NAME", help="Where the encoders run.")
def command(runs: tuple[Path, ...], max_failures: int, encoders: str | None, device: str) -> int:
    """Computes the result of each run folder anew from its audio."""
    from vggsound_omni.score import score

    from ._summary import show

    console = Console()
    return show(
        [(run, score(run, console, encoder_set=encoders, device=device)) for run in runs], max_failures, console
    )
