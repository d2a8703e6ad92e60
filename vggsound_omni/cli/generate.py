"""``omni-bench generate``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape

from ._options import RunArguments, run_arguments


@click.command("generate")
@run_arguments
def command(arguments: RunArguments) -> int:
    """Generate the items of a track, without scoring them.

    ``omni-bench score FOLDER`` scores them later, there or on another machine. With --shard, several workers share the
    folder.
    """
    from vggsound_omni.runs.folder import RunFolder
    from vggsound_omni.sharding import shard_of

    console = Console()
    code = 0
    for options, plan in arguments.generate(console):
        records = RunFolder(options.output).records()
        own = shard_of(plan.items, options.shard)
        failed = [item.id for item in own if records[item.id].status == "failed"]
        of = f" of shard {options.shard}" if options.shard else ""
        console.print(
            f"{escape(str(options.output))}: {len(own) - len(failed)} of {len(own)} items{of} generated.",
            highlight=False,
        )
        if len(failed) > arguments.max_failures:
            console.print(f"Failed: {escape(', '.join(failed))}", highlight=False)
            code = 2
    return code
