"""What is printed at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from vggsound_omni.present.formats import to_json
from vggsound_omni.present.terminal import print_tables
from vggsound_omni.runs.result import Result


def show(
    results: Sequence[tuple[Path, Result]],
    max_failures: int,
    console: Console,
    *,
    as_json: bool = False,
    files: bool = True,
) -> int:
    """Prints the scores, then for each run what failed and where its files are.

    Args:
        results: with their folders.
        max_failures: failed items that are tolerated.
        console: where it is printed; JSON goes to standard output.
        as_json: prints the scores as JSON and nothing else.
        files: whether the folders hold a result and a report.

    Returns:
        The exit code.
    """
    if not results:  # of a shard, after which others are left
        return 0
    code = 2 if any(len(result.failures) > max_failures for _, result in results) else 0
    if as_json:
        click.echo(to_json([result for _, result in results]), nl=False)
        return code
    if scored := [result for _, result in results if result.counts.scored]:
        print_tables(scored, console)
    for path, result in results:
        if files:
            console.print(f"[bold]{escape(str(path))}[/]: result.json, report.html", highlight=False, soft_wrap=True)
        if not result.counts.scored:
            console.print(f"  [red]None of its {result.counts.planned} items could be scored.[/]", highlight=False)
        for rule in sorted({failure.rule for failure in result.failures}):
            ids = [failure.id for failure in result.failures if failure.rule == rule]
            console.print(f"  [red]{len(ids)} failed[/] ({rule}): {escape(', '.join(ids))}", highlight=False)
    return code
