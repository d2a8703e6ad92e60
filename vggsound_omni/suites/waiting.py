"""A progress bar that appears only if there is something to wait for."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

_PATIENCE = 2.0
"""Seconds of silence before a progress bar appears."""
Result = TypeVar("Result")


def with_progress(done: Iterable[Result], total: int, title: str) -> Iterator[Result]:
    """Yields the same results as they come, with a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TextColumn("files"), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(file=sys.stderr), transient=True)
    task = progress.add_task(title, total=total)
    began = time.monotonic()
    try:
        for result in done:
            progress.advance(task)
            if not progress.live.is_started and time.monotonic() - began > _PATIENCE:
                progress.start()
            yield result
    finally:
        if progress.live.is_started:
            progress.stop()
