"""What is printed at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from vggsound_omni.present.tables import print_tables
from vggsound_omni.runs.result import Result


def show(results: Sequence[tuple[Path, Result]], max_failures: int, console: Console) -> int:
    """Prints the scores, then for each run what failed and where its files are; returns the exit code."""
    print_tables([result for _, result in results], console)
    code = 0
    for path, result in results:
        console.print(f"[bold]{escape(str(path))}[/]: result.json, report.html", highlight=False)
        if result.limit is not None:
            console.print(f"  The first {result.limit} items only; not for comparison.", highlight=False)
        for rule in sorted({failure.rule for failure in result.failures}):
            ids = [failure.id for failure in result.failures if failure.rule == rule]
            console.print(f"  [red]{len(ids)} failed[/] ({rule}): {escape(', '.join(ids))}", highlight=False)
        if len(result.failures) > max_failures:
            code = 2
    return code
