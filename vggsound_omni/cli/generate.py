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

    ``omni-bench score FOLDER`` scores them later, there or on another machine.
    """
    from vggsound_omni.runs.folder import RunFolder
    from vggsound_omni.runs.generate import generate

    console = Console()
    code = 0
    for options in arguments.runs:
        plan = generate(options, console)
        records = RunFolder(options.output).records()
        failed = [item.id for item in plan.items if records[item.id].status == "failed"]
        console.print(
            f"{escape(str(options.output))}: {len(plan.items) - len(failed)} of {len(plan.items)} items generated.",
            highlight=False,
        )
        if len(failed) > arguments.max_failures:
            console.print(f"Failed: {escape(', '.join(failed))}", highlight=False)
            code = 2
    return code
