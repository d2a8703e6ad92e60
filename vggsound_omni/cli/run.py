"""``omni-bench run``."""

from __future__ import annotations

from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from ._options import RunArguments, run_arguments, score_arguments, score_options


@click.command("run")
@run_arguments
@score_arguments
@click.option("--log", "logs", multiple=True, metavar="WHERE", help="Log as it goes: tensorboard:DIR, wandb:PROJECT.")
def command(arguments: RunArguments, logs: tuple[str, ...], *, as_json: bool, **scoring: Any) -> int:  # noqa: ANN401
    """Generate and score: one generator, some tracks and seeds.

    The run has a folder that can always be resumed: the same command again finishes what is missing and changes
    nothing that is there, and a finished run is not scored again unless something has changed. With --shard, any
    number of workers share it; the one that finishes the last item scores.

    \b
    Examples:
      omni-bench run --track vt2a --model retrieval --limit 24
      omni-bench run --track all --model my_model.py:MyModel -m steps=50 --output runs/mine
      omni-bench run --track t2a --model my_model.py:MyModel --name mine --seeds 0,1,2
      omni-bench run --suite manifest:clips.csv --track vt2a --model dir:outputs/
      omni-bench run --track t2a --model "cmd:python infer.py" --limit 8
      omni-bench run --track vt2a --model my_model.py:MyModel --shard 3/16

    Exit codes: 0 all well, 1 a mistake in what was asked, 2 more failed items than --max-failures.
    """
    from vggsound_omni.api import scored
    from vggsound_omni.present.logs import open_log
    from vggsound_omni.runs.score import encode_shard, scorable, unfinished

    from ._summary import show

    console = Console(stderr=as_json)
    watchers = [open_log(text) for text in logs]
    results = []
    how = score_options(**scoring, device=arguments.device)
    for options, plan in arguments.generate(console, partial(scorable, how), watchers, how):
        if options.shard:
            encode_shard(options.output, options.shard, console, how, plan)
            if left := unfinished(options.output, plan):
                console.print(
                    f"{escape(str(options.output))}: shard {options.shard} is done; of {len(plan.items)} items {left} "
                    "are left to other shards, and whichever finishes last scores.",
                    highlight=False,
                    soft_wrap=True,
                )
                continue
        results.append((options.output, scored(options.output, plan, console, how)))
        for watcher in watchers:
            watcher.finish(results[-1][1])
    return show(results, arguments.max_failures, console, as_json=as_json)
