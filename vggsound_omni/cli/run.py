"""``omni-bench run``."""

from __future__ import annotations

import click
from rich.console import Console

from ._options import RunArguments, run_arguments


@click.command("run", short_help="Generate and score.")
@run_arguments
def command(arguments: RunArguments) -> int:
    """Generates the items of a track with a model, and scores them.

    The run lies in a folder that can always be resumed: the same command again finishes what is missing and changes
    nothing that is there.

    \b
    Examples:
      omni-bench run --track offscreen --model retrieval
      omni-bench run --track all --model my_model.py:MyModel -m steps=50 --output runs/mine
      omni-bench run --suite manifest:clips.csv --track vt2a --model dir:outputs/
      omni-bench run --track t2a --model "cmd:python infer.py" --limit 8

    Exit codes: 0 all well, 1 a mistake in what was asked, 2 more failed items than --max-failures.
    """
    from vggsound_omni.runs.generate import generate
    from vggsound_omni.runs.score import score

    from ._summary import show

    console = Console(stderr=False)
    results = []
    for options in arguments.each_track():
        generate(options, console)
        result = score(options.output, console, encoder_set=arguments.encoders, device=arguments.device or "cpu")
        results.append((options.output, result))
    return show(results, arguments.max_failures, console)
